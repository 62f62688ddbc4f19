import type { DatedLife, RemainingLife } from '../src/model/remaining-life.ts';
import type { EpochMs } from './detector.ts';

const HOUR_MS = 3_600_000;
/** Said twice as near or twice as far as was to be expected, a limit is news. */
const NEWS_FACTOR = 2;
/** Shorter times are all the same to a plan: hours. */
const LEAST_HOURS = 1;

/**
 * What a verdict of `at` says of the life that is left. A detector that judges once an hour repeats its answer until the next: the
 * same numbers again count from when they were said first.
 */
export function dateLife(
  rul: RemainingLife | undefined,
  at: EpochMs,
  before: DatedLife | undefined,
): DatedLife | undefined {
  if (rul === undefined) return undefined;
  const { p10, p50, p90 } = rul;
  if (before?.p10 === p10 && before.p50 === p50 && before.p90 === p90) return before;
  return { at: Math.floor(at), p10, p50, p90 };
}

/**
 * Whether somebody who was told of `told` plans wrongly by now: half the life is left that he expects, or less, or twice as much, or more.
 * Time that merely passes as it was forecast is no news.
 */
export function isNews(life: DatedLife | undefined, told: DatedLife | undefined): boolean {
  if (life === undefined || life === told) return false;
  if (told === undefined) return true;
  const expected = Math.max(LEAST_HOURS, told.p50 - (life.at - told.at) / HOUR_MS);
  const now = Math.max(LEAST_HOURS, life.p50);
  return now >= NEWS_FACTOR * expected || now <= expected / NEWS_FACTOR;
}
