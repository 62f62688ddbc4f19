import type uPlot from 'uplot';
import type { Tag } from '../api.generated.ts';
import type { Gap } from './columns.ts';
import { placeLabels } from './limit-labels.ts';
import type { Palette } from './palette.ts';

/** A limit as it is drawn: a line across the chart with its name and value. */
export interface LimitLine {
  /** `null`: it is no limit of the machine, such as where its instrument is no longer believed. */
  readonly level: Tag['limits'][number]['level'] | null;
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

/** Draws limits across the chart. HH and LL differ from H and L by dash as well as by colour; one without a level is grey. */
export function drawLimits(plot: uPlot, limits: readonly LimitLine[], palette: Palette): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  ctx.save();
  clipToPlot(plot);
  ctx.font = palette.font.replace('12px', `600 ${11 * ratio}px`);
  ctx.textBaseline = 'bottom';
  const shown = [...limits]
    .sort((a, b) => b.value - a.value)
    .map((limit) => ({ ...limit, y: Math.round(plot.valToPos(limit.value, 'y', true)) }))
    .filter(({ y }) => y >= bbox.top && y <= bbox.top + bbox.height)
    .map((limit) => ({ ...limit, width: ctx.measureText(limit.text).width, ...lookOf(limit.level, palette) }));
  for (const { y, colour, dash } of shown) {
    ctx.strokeStyle = colour;
    ctx.lineWidth = 1.25 * ratio;
    ctx.setLineDash(dash.map((length) => length * ratio));
    strokeLine(ctx, [bbox.left, y], [bbox.left + bbox.width, y]);
  }
  const right = bbox.left + bbox.width - 5 * ratio;
  const room = { left: bbox.left, right, top: bbox.top, bottom: bbox.top + bbox.height };
  const places = placeLabels(shown, { ...room, lineHeight: 16 * ratio, gap: 10 * ratio });
  for (const [i, { text, width, colour }] of shown.entries()) {
    const { left, top } = places[i]!; // one for each
    label(ctx, { text, left, baseline: top + 14 * ratio, width, colour, surface: palette.surface });
  }
  ctx.restore();
}

function lookOf(level: LimitLine['level'], palette: Palette): { colour: string; dash: readonly number[] } {
  if (level === null) return { colour: palette.text, dash: [2, 4] };
  return level === 'HH' || level === 'LL'
    ? { colour: palette.extreme, dash: [8, 3] }
    : { colour: palette.warning, dash: [3, 3] };
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
