import { type Point, thin } from '../state/series.ts';
import { gapThreshold } from './columns.ts';
import { scaleRange, TREND_FIT } from './scale-range.ts';

/** A small trend, ready for an SVG `path` in a box of `width` by `height`. */
export interface SparkPath {
  /** Empty when there is nothing to draw. */
  readonly line: string;
  /** Where limits lie in the box, from the top. */
  readonly limits: readonly number[];
  /** Where the last trusted reading lies; `null` when there is none. */
  readonly end: { readonly x: number; readonly y: number } | null;
}

/** What a small trend shows and how large it is drawn. */
export interface SparkOptions {
  readonly fromMs: number;
  readonly toMs: number;
  readonly width: number;
  readonly height: number;
  readonly limits: readonly number[];
}

/** Draws readings as a small trend that breaks where readings are missing or bad. At most two points per unit of width. */
export function sparkPath(points: readonly Point[], options: SparkOptions): SparkPath {
  const { fromMs, toMs, width, height } = options;
  const shown = thin(
    points.filter((point) => point.atMs >= fromMs && point.atMs <= toMs),
    width * 2,
  );
  const range = scaleRange(
    shown.map((point) => (point.quality === 'bad' ? null : point.value)),
    options.limits,
    TREND_FIT,
  );
  if (range === null) return { line: '', limits: [], end: null };
  const [low, high] = range;
  const y = (value: number) => round(height - ((value - low) / (high - low)) * height);
  const x = (atMs: number) => round(((atMs - fromMs) / (toMs - fromMs)) * width);

  const thresholdMs = gapThreshold(shown);
  let line = '';
  let end: SparkPath['end'] = null;
  let previousMs = Number.NEGATIVE_INFINITY;
  for (const { atMs, value, quality } of shown) {
    if (value === null || quality === 'bad') {
      previousMs = Number.NEGATIVE_INFINITY;
      continue;
    }
    end = { x: x(atMs), y: y(value) };
    line += `${atMs - previousMs > thresholdMs ? 'M' : 'L'}${end.x} ${end.y}`;
    previousMs = atMs;
  }
  return { line, limits: options.limits.filter((limit) => limit > low && limit < high).map(y), end };
}

function round(length: number): number {
  return Math.round(length * 10) / 10;
}
