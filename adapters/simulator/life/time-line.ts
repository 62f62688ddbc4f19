import { createRandom, mixSeed } from '../model/random.ts';

/** The sensors of the slow plant are read this often. */
export const STEP_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** A span of a plant's life, ms since it began; `to` is outside. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Steps of a life of so many days. */
export function stepsOf(days: number): number {
  return Math.round((days * DAY_MS) / STEP_MS);
}

/** Whether a moment lies in a span. */
export function isIn(atMs: number, { from, to }: Span): boolean {
  return atMs >= from && atMs < to;
}

/** Hour of the day, 0 to 24. A life begins on a Monday at midnight. */
export function hourOf(atMs: number): number {
  return (atMs % DAY_MS) / HOUR_MS;
}

/** Day of the week, 0 for Monday. */
export function weekdayOf(atMs: number): number {
  return Math.floor(atMs / DAY_MS) % 7;
}

/** A stream of standard normal numbers of its own for each key: Box–Muller (Ann. Math. Stat. 29(2), 1958). */
export function normals(...key: readonly number[]): () => number {
  const random = createRandom(mixSeed(...key));
  return () => Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

/**
 * A value that strays from 0 and is drawn back, one number a step: first-order autoregression (Ornstein & Uhlenbeck, Phys. Rev. 36,
 * 1930) with the standard deviation `sigma` and the time constant `lagMs`.
 */
export function straying(sigma: number, lagMs: number, normal: () => number): () => number {
  const kept = Math.exp(-STEP_MS / lagMs);
  const pushed = sigma * Math.sqrt(1 - kept * kept);
  let value = sigma * normal();
  return () => {
    value = kept * value + pushed * normal();
    return value;
  };
}
