import type uPlot from 'uplot';
import { clipToPlot } from './marks.ts';
import type { Palette } from './palette.ts';
import type { NormalStep, Sight } from './sight.ts';

/** Shades what the rules see: zones, deadbands of limits, what was learnt as normal. Call it before the line is drawn. */
export function drawBands(plot: uPlot, sight: Sight, palette: Palette): void {
  plot.ctx.save();
  clipToPlot(plot);
  drawZones(plot, sight.zones, palette);
  drawDeadbands(plot, sight.limits, palette);
  for (const steps of sight.normals) drawNormal(plot, steps, palette);
  for (const forecast of sight.forecasts) drawForecast(plot, forecast, palette);
  plot.ctx.restore();
}

/** Colour only for what is not normal: C and D; the letters stand at the left edge. */
function drawZones(plot: uPlot, zones: Sight['zones'], palette: Palette): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  ctx.font = palette.font.replace('12px', `600 ${11 * ratio}px`);
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'left';
  for (const { name, from, to } of zones) {
    const bottom = from === null ? bbox.top + bbox.height : plot.valToPos(from, 'y', true);
    const top = to === null ? bbox.top : plot.valToPos(to, 'y', true);
    const [high, low] = [Math.max(bbox.top, top), Math.min(bbox.top + bbox.height, bottom)];
    if (low <= high) continue;
    if (name === 'C' || name === 'D') {
      ctx.fillStyle = name === 'C' ? palette.cautionTint : palette.dangerTint;
      ctx.fillRect(bbox.left, high, bbox.width, low - high);
    }
    if (low - high < 14 * ratio) continue;
    ctx.fillStyle = palette.text;
    ctx.fillText(name, bbox.left + 6 * ratio, (low + high) / 2);
  }
}

function drawDeadbands(plot: uPlot, limits: Sight['limits'], palette: Palette): void {
  const { ctx, bbox } = plot;
  ctx.fillStyle = palette.gap;
  for (const { value, leftAt } of limits) {
    const [a, b] = [plot.valToPos(value, 'y', true), plot.valToPos(leftAt, 'y', true)];
    if (a !== b) ctx.fillRect(bbox.left, Math.min(a, b), bbox.width, Math.abs(a - b));
  }
}

/** The band as steps, its middle as a thin line, and what was judged as a dashed one. */
function drawNormal(plot: uPlot, steps: readonly NormalStep[], palette: Palette): void {
  const { ctx, bbox } = plot;
  const x = (ms: number) => Math.min(bbox.left + bbox.width, Math.max(bbox.left, plot.valToPos(ms / 1_000, 'x', true)));
  const y = (value: number) => plot.valToPos(value, 'y', true);
  ctx.fillStyle = palette.normal;
  for (const { fromMs, toMs, low, high } of steps) {
    const left = Math.floor(x(fromMs));
    ctx.fillRect(left, y(high), Math.ceil(x(toMs)) - left, y(low) - y(high));
  }
  ctx.lineWidth = devicePixelRatio;
  ctx.strokeStyle = palette.normalLine;
  strokeSteps(ctx, steps, { x, y: ({ expected }) => y(expected) });
  ctx.lineWidth = 1.5 * devicePixelRatio;
  ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
  ctx.strokeStyle = palette.text;
  strokeSteps(
    ctx,
    steps.filter(({ value }) => value !== null),
    { x, y: ({ value }) => y(value ?? 0) },
  );
  ctx.setLineDash([]);
}

function strokeSteps(
  ctx: CanvasRenderingContext2D,
  steps: readonly NormalStep[],
  place: { readonly x: (ms: number) => number; readonly y: (step: NormalStep) => number },
): void {
  ctx.beginPath();
  let endMs: number | null = null;
  for (const step of steps) {
    const height = place.y(step);
    if (endMs === step.fromMs) ctx.lineTo(place.x(step.fromMs), height);
    else ctx.moveTo(place.x(step.fromMs), height);
    ctx.lineTo(place.x(step.toMs), height);
    endMs = step.toMs;
  }
  ctx.stroke();
}

/** The line so far, and the fan in which four of five such cases reach the limit. */
function drawForecast(plot: uPlot, forecast: Sight['forecasts'][number], palette: Palette): void {
  const { ctx } = plot;
  const { from, now, limit, p10At, p50At, p90At } = forecast;
  const place = (atMs: number, value: number): [number, number] => [
    plot.valToPos(atMs / 1_000, 'x', true),
    plot.valToPos(value, 'y', true),
  ];
  const start = place(now.at, now.value);
  ctx.fillStyle = palette.fan;
  ctx.beginPath();
  ctx.moveTo(...start);
  ctx.lineTo(...place(p10At, limit));
  ctx.lineTo(...place(p90At, limit));
  ctx.fill();
  ctx.strokeStyle = palette.extreme;
  ctx.lineWidth = 1.5 * devicePixelRatio;
  ctx.beginPath();
  ctx.moveTo(...place(from.at, from.value));
  ctx.lineTo(...start);
  ctx.stroke();
  ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(...start);
  ctx.lineTo(...place(p50At, limit));
  ctx.stroke();
  ctx.setLineDash([]);
}
