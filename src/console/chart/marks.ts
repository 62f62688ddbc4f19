import type uPlot from 'uplot';
import type { Tag } from '../api.generated.ts';
import type { Gap } from './columns.ts';
import type { Palette } from './palette.ts';

/** A limit as it is drawn: a line across the chart with its name and value. */
export interface LimitLine {
  readonly level: Tag['limits'][number]['level'];
  readonly value: number;
  readonly text: string;
}

/** A moment as it is drawn: a line from top to bottom with a word. */
export interface MomentLine {
  readonly atMs: number;
  readonly text: string;
  readonly weight: 'strong' | 'light';
}

/** Shades the stretches in which the value is not known. Call it before the line is drawn. */
export function drawGaps(plot: uPlot, gaps: readonly Gap[], palette: Palette): void {
  const { ctx, bbox } = plot;
  ctx.save();
  clipToPlot(plot);
  ctx.fillStyle = palette.gap;
  for (const gap of gaps) {
    const { left, right } = edgesOf(plot, gap);
    if (right > left) ctx.fillRect(left, bbox.top, Math.max(devicePixelRatio, right - left), bbox.height);
  }
  ctx.restore();
}

/** Says in a shaded stretch, where there is room, why the value is not known. Call it after the line is drawn. */
export function drawGapNames(plot: uPlot, gaps: readonly Gap[], palette: Palette): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  ctx.save();
  clipToPlot(plot);
  ctx.font = palette.font.replace('12px', `${11 * ratio}px`);
  ctx.textBaseline = 'bottom';
  for (const gap of gaps) {
    const { left, right } = edgesOf(plot, gap);
    const width = ctx.measureText(gap.reason).width;
    if (right - left < width + 10 * ratio) continue;
    const baseline = bbox.top + bbox.height / 2 + 7 * ratio;
    label(ctx, {
      text: gap.reason,
      left: (left + right - width) / 2,
      baseline,
      width,
      colour: palette.text,
      surface: palette.surface,
    });
  }
  ctx.restore();
}

/** Draws limits across the chart. HH and LL differ from H and L by dash as well as by colour. */
export function drawLimits(plot: uPlot, limits: readonly LimitLine[], palette: Palette): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  ctx.save();
  clipToPlot(plot);
  ctx.font = palette.font.replace('12px', `600 ${11 * ratio}px`);
  ctx.textBaseline = 'bottom';
  let previous: { y: number; left: number } | null = null;
  for (const limit of [...limits].sort((a, b) => b.value - a.value)) {
    const y = Math.round(plot.valToPos(limit.value, 'y', true));
    if (y < bbox.top || y > bbox.top + bbox.height) continue;
    const isExtreme = limit.level === 'HH' || limit.level === 'LL';
    const colour = isExtreme ? palette.extreme : palette.warning;
    ctx.strokeStyle = colour;
    ctx.lineWidth = 1.25 * ratio;
    ctx.setLineDash(isExtreme ? [8 * ratio, 3 * ratio] : [3 * ratio, 3 * ratio]);
    strokeLine(ctx, [bbox.left, y], [bbox.left + bbox.width, y]);
    const width = ctx.measureText(limit.text).width;
    // Two limits close together: the second label moves left instead of covering the first.
    const crowded: boolean = previous !== null && y - previous.y < 14 * ratio;
    const left: number =
      (crowded && previous !== null ? previous.left - 10 * ratio : bbox.left + bbox.width - 5 * ratio) - width;
    const hasRoomAbove = y - bbox.top > 16 * ratio;
    const baseline = hasRoomAbove ? y - 2 * ratio : y + 16 * ratio;
    label(ctx, { text: limit.text, left, baseline, width, colour, surface: palette.surface });
    previous = { y, left };
  }
  ctx.restore();
}

/** Draws moments from top to bottom, a strong one with a flag that says what happened. */
export function drawMoments(plot: uPlot, moments: readonly MomentLine[], palette: Palette): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  ctx.save();
  clipToPlot(plot);
  ctx.font = palette.font.replace('12px', `600 ${11 * ratio}px`);
  ctx.textBaseline = 'bottom';
  let writtenTo = Number.NEGATIVE_INFINITY; // a word over another can't be read: its line stays without
  for (const { atMs, text, weight } of moments) {
    const x = Math.round(plot.valToPos(atMs / 1_000, 'x', true));
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.strokeStyle = palette.mark;
    ctx.globalAlpha = weight === 'strong' ? 1 : 0.45;
    ctx.lineWidth = (weight === 'strong' ? 1.75 : 1) * ratio;
    ctx.setLineDash(weight === 'strong' ? [] : [2 * ratio, 3 * ratio]);
    strokeLine(ctx, [x, bbox.top], [x, bbox.top + bbox.height]);
    ctx.globalAlpha = 1;
    const width = ctx.measureText(text).width;
    const hasRoomLeft = x - bbox.left > width + 10 * ratio;
    const left = hasRoomLeft ? x - width - 5 * ratio : x + 5 * ratio;
    const baseline = bbox.top + bbox.height - (weight === 'strong' ? 20 : 5) * ratio;
    if (weight === 'light') {
      if (left < writtenTo) continue;
      writtenTo = left + width + 8 * ratio;
    }
    label(ctx, { text, left, baseline, width, colour: palette.mark, surface: palette.surface });
  }
  ctx.restore();
}

function label(
  ctx: CanvasRenderingContext2D,
  {
    text,
    left,
    baseline,
    width,
    colour,
    surface,
  }: { text: string; left: number; baseline: number; width: number; colour: string; surface: string },
): void {
  const ratio = devicePixelRatio;
  ctx.globalAlpha = 0.85;
  ctx.fillStyle = surface;
  ctx.fillRect(left - 3 * ratio, baseline - 13 * ratio, width + 6 * ratio, 14 * ratio);
  ctx.globalAlpha = 1;
  ctx.fillStyle = colour;
  ctx.textAlign = 'left';
  ctx.fillText(text, left, baseline);
}

function edgesOf(plot: uPlot, gap: Gap): { left: number; right: number } {
  const { bbox } = plot;
  return {
    left: Math.max(bbox.left, plot.valToPos(gap.fromMs / 1_000, 'x', true)),
    right: Math.min(bbox.left + bbox.width, plot.valToPos(gap.toMs / 1_000, 'x', true)),
  };
}

function strokeLine(
  ctx: CanvasRenderingContext2D,
  from: readonly [number, number],
  to: readonly [number, number],
): void {
  ctx.beginPath();
  ctx.moveTo(...from);
  ctx.lineTo(...to);
  ctx.stroke();
}

/** Keeps what is drawn next inside the plot, until the context is restored. */
export function clipToPlot({ ctx, bbox }: uPlot): void {
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
}
