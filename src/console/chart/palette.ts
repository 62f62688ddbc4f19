/** Colours a chart draws with, taken from the style sheet so that charts follow the theme. */
export interface Palette {
  readonly text: string;
  readonly grid: string;
  readonly trend: string;
  readonly doubtful: string;
  readonly gap: string;
  readonly surface: string;
  /** By level: HH and LL share one, H and L another. */
  readonly extreme: string;
  readonly warning: string;
  readonly mark: string;
  /** What was learnt as normal: band and middle. */
  readonly normal: string;
  readonly normalLine: string;
  readonly cautionTint: string;
  readonly dangerTint: string;
  /** Of a forecast. */
  readonly fan: string;
  readonly font: string;
}

/** Reads the colours that hold for `element` now. */
export function paletteOf(element: Element): Palette {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  return {
    text: colour('--muted'),
    grid: colour('--grid'),
    trend: colour('--trend'),
    doubtful: colour('--doubtful'),
    gap: colour('--gap'),
    surface: colour('--surface'),
    extreme: colour('--critical-ink'),
    warning: colour('--high-ink'),
    mark: colour('--text'),
    normal: colour('--normal'),
    normalLine: colour('--normal-line'),
    cautionTint: colour('--medium-tint'),
    dangerTint: colour('--critical-tint'),
    fan: colour('--fan'),
    font: `12px ${style.fontFamily}`,
  };
}
