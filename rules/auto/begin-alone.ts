import type { EpochMs } from '../detector.ts';
import { median, robustScale } from '../math/robust.ts';
import { type Alone, LONE_SCALES } from './alone.ts';

/** Readings whose middle and width a channel that is judged alone begins with, and how many of them may be wild. */
const FIRST = 20;
const WILD = 2;

/**
 * Takes in one of the first readings of a channel that is judged alone. With the last of them it has a level and a width that no two wild
 * values move (median and median deviation), and what is learnt later is held within multiples of it. A chart of white noise over n
 * readings strays by 1 / √(2n − 1) of the width (S. W. Roberts, Technometrics 1(3), 1959).
 */
export function beginAlone(alone: Alone, first: number[], at: EpochMs, value: number): void {
  if (alone.readings++ === 0) alone.since = at;
  first.push(value);
  if (first.length < FIRST) return;
  const middle = median(first);
  const nearest = first.toSorted((a, b) => Math.abs(a - middle) - Math.abs(b - middle)).slice(0, FIRST - WILD);
  const { width } = robustScale(nearest);
  const charts = alone.charts[0]!;
  for (const [k, scale] of LONE_SCALES.entries()) charts.variance[k] = width ** 2 / (2 * scale - 1);
  charts.readings = FIRST;
  alone.level = middle;
  delete alone.first;
}
