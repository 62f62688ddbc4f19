import type { ReadingItem } from '../api.generated.ts';

/** One reading as charts need it: time in ms, no tag. */
export interface Point {
  readonly atMs: number;
  readonly value: number | null;
  readonly quality: ReadingItem['quality'];
  /** What a tag says in words, in place of a value. */
  readonly text?: string | undefined;
}

/** How much a series keeps: the newest `windowMs`, and never more than `maxPoints`. */
export interface SeriesBound {
  readonly windowMs: number;
  readonly maxPoints: number;
}

/**
 * Keeps the newest readings of one tag in order of time, whatever order they arrive in. When it is full the older ones
 * are thinned to their extremes, so a spike stays visible and memory stays bounded.
 */
export class Series {
  readonly #bound: SeriesBound;
  #points: Point[] = [];

  constructor(bound: SeriesBound) {
    this.#bound = bound;
  }

  /** In order of time, each time once. */
  get points(): readonly Point[] {
    return this.#points;
  }

  /** Adds one reading; one of the same time replaces it. Amortised constant time when readings come in order. */
  append(point: Point): void {
    const points = this.#points;
    let place = points.length;
    while (place > 0 && (points[place - 1]?.atMs ?? 0) > point.atMs) place -= 1;
    const replaces = points[place - 1]?.atMs === point.atMs;
    if (replaces) points[place - 1] = point;
    else if (place === points.length) points.push(point);
    else points.splice(place, 0, point);
    this.#trim();
  }

  /** Adds many readings, as loaded from the API. */
  load(points: readonly Point[]): void {
    for (const point of points) this.append(point);
  }

  #trim(): void {
    const newestMs = this.#points.at(-1)?.atMs ?? 0;
    const oldestMs = newestMs - this.#bound.windowMs;
    let expired = 0;
    while ((this.#points[expired]?.atMs ?? oldestMs) < oldestMs) expired += 1;
    // A reading just before the window is kept: the line must reach the left edge.
    if (expired > 1) this.#points.splice(0, expired - 1);
    const { maxPoints } = this.#bound;
    if (this.#points.length <= maxPoints) return;
    const thinned = thin(this.#points, maxPoints >> 1);
    // A quality that flips with every reading cannot be thinned: then the oldest go.
    this.#points = thinned.length > maxPoints * 0.75 ? thinned.slice(-(maxPoints >> 1)) : thinned;
  }
}

/**
 * Reduces readings to about `target` of them, keeping the lowest and the highest of every stretch of time and every
 * change of quality, so that peaks, gaps and bad readings survive. Linear.
 */
export function thin(points: readonly Point[], target: number): Point[] {
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined || points.length <= target) return [...points];
  const stretchMs = (last.atMs - first.atMs) / Math.max(1, Math.floor(target / 2)) || 1;
  const kept: Point[] = [];
  let low = first;
  let high = first;
  let stretch = 0;
  const close = () => {
    if (low === high) kept.push(low);
    else kept.push(...(low.atMs < high.atMs ? [low, high] : [high, low]));
  };
  for (const point of points) {
    const own = Math.floor((point.atMs - first.atMs) / stretchMs);
    if (own !== stretch || point.quality !== low.quality) {
      close();
      stretch = own;
      low = point;
      high = point;
    } else {
      if ((point.value ?? 0) < (low.value ?? 0)) low = point;
      if ((point.value ?? 0) > (high.value ?? 0)) high = point;
    }
  }
  close();
  return kept;
}
