import type { Point } from '../state/series.ts';

/** A stretch of time in which nobody knows the value. */
export interface Gap {
  readonly fromMs: number;
  readonly toMs: number;
  readonly reason: 'no data' | 'bad quality';
}

/** Readings laid out for drawing: one line that breaks at gaps, and the points that should not be trusted. */
export interface Columns {
  /** Seconds since 1970, ascending. */
  readonly atSeconds: readonly number[];
  /** Good and uncertain values; `null` breaks the line. */
  readonly line: readonly (number | null)[];
  /** Uncertain and bad values that came with a number; drawn as marks. */
  readonly doubtful: readonly (number | null)[];
  readonly gaps: readonly Gap[];
}

/** Shortest silence that is shown as a gap, whatever the pace of the tag. */
const SHORTEST_GAP_MS = 10_000;

/**
 * Finds how long a silence must be to count as a gap: three times the pace of the tag, taken at the 95th percentile
 * because a tag with a deadband is quiet for whole heartbeats while nothing is wrong.
 */
export function gapThreshold(points: readonly Point[]): number {
  const steps: number[] = [];
  for (let index = 1; index < points.length; index += 1) {
    steps.push((points[index]?.atMs ?? 0) - (points[index - 1]?.atMs ?? 0));
  }
  steps.sort((a, b) => a - b);
  const pace = steps[Math.floor(steps.length * 0.95)] ?? steps.at(-1) ?? 0;
  return Math.max(SHORTEST_GAP_MS, 3 * pace);
}

/** Lays readings out for drawing up to `endMs`; a silence that still lasts at `endMs` is a gap too. */
export function columnsOf(points: readonly Point[], endMs: number): Columns {
  const atSeconds: number[] = [];
  const line: (number | null)[] = [];
  const doubtful: (number | null)[] = [];
  const gaps: Gap[] = [];
  const thresholdMs = gapThreshold(points);
  let badSinceMs: number | null = null;
  let previous: Point | null = null;

  for (const point of points) {
    if (previous !== null && point.atMs - previous.atMs > thresholdMs) {
      gaps.push({ fromMs: previous.atMs, toMs: point.atMs, reason: 'no data' });
      atSeconds.push((previous.atMs + 1) / 1_000);
      line.push(null);
      doubtful.push(null);
    }
    const isTrusted = point.quality !== 'bad' && point.value !== null;
    atSeconds.push(point.atMs / 1_000);
    line.push(isTrusted ? point.value : null);
    doubtful.push(point.quality === 'good' ? null : point.value);
    if (!isTrusted) badSinceMs ??= point.atMs;
    else if (badSinceMs !== null) {
      gaps.push({ fromMs: badSinceMs, toMs: point.atMs, reason: 'bad quality' });
      badSinceMs = null;
    }
    previous = point;
  }
  if (badSinceMs !== null) gaps.push({ fromMs: badSinceMs, toMs: endMs, reason: 'bad quality' });
  else if (previous !== null && endMs - previous.atMs > thresholdMs) {
    gaps.push({ fromMs: previous.atMs, toMs: endMs, reason: 'no data' });
  }
  return { atSeconds, line, doubtful, gaps };
}
