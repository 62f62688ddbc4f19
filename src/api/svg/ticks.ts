/** A number on an axis. */
export interface Tick {
  readonly at: number;
  readonly text: string;
}

/** Where the values of an axis lie on the picture, in px with one decimal. */
export function scaleOf(
  axis: { readonly from: number; readonly to: number },
  [start, end]: readonly [number, number],
): (value: number) => string {
  const perUnit = (end - start) / (axis.to - axis.from || 1);
  return (value) => (start + (value - axis.from) * perUnit).toFixed(1);
}

/** Round numbers from `from` to `to`, about `count`, as short as their distance allows. */
export function ticksOf(from: number, to: number, count: number): Tick[] {
  const rough = (to - from) / count;
  if (!(rough > 0)) return [];
  const ten = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((times) => times * ten >= rough) ?? 10) * ten;
  const decimals = Math.max(0, Math.min(9, -Math.floor(Math.log10(step) + 1e-9)));
  const first = Math.ceil(from / step - 1e-9);
  const last = Math.floor(to / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => {
    const at = (first + i) * step;
    return { at, text: at.toFixed(decimals) };
  });
}
