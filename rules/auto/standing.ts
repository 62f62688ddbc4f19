import type { Subject } from '../detector.ts';
import { boundIn, type Model, SCALES, TUNING } from './model.ts';
import { adjustResiduals } from './residual.ts';
import { awayOf } from './sides.ts';

/** The start of a machine after it stood. */
export interface Start {
  /** Readings that may still be taken for it; 0: it is over. */
  left: number;
  /** Readings in a row that were far within the limits; from `TUNING.hold` on it has settled. */
  settled: number;
  /** Readings since the farthest channel came nearer. */
  stuck: number;
  /** By channel, the residual since it runs, smoothed over the shortest of `SCALES`; empty before the first reading. */
  smoothed: number[];
  /** How near the farthest channel has come since it runs, as a share of its limit. */
  nearest: number;
}

/**
 * The start that comes after this reading of a machine that stands. One that did not settle goes on instead of beginning anew: it may
 * have been a fault, which would hide behind the next stop.
 */
export function awaitStart(before: Start | undefined): Start {
  if (before && before.settled < TUNING.hold) return { ...before, smoothed: [] };
  return { left: TUNING.longestStart, settled: 0, stuck: 0, smoothed: [], nearest: 0 };
}

/** Takes in how far the farthest channel is, as a share of its limit, once a start is over: what is normal again has settled. */
export function settle(start: Start, ratio: number): void {
  if (start.settled < TUNING.hold) start.settled = ratio > 1 ? 0 : start.settled + 1;
}

/** Units of what stays when a machine stops, or follows slowly: temperatures, and the voltage it is fed with. */
const STAYS: ReadonlySet<string> = new Set(['Cel', '[degF]', 'K', 'V', 'kV']);

/**
 * Says by channel whether it tells a machine that stands from one that runs: a quantity that comes down to nothing, but that running
 * never halves. `rows` are of a machine that runs most of the time. Of a channel that goes to and fro between its middle
 * and nothing, as a control valve or a flow of demand, a low value means no stop.
 */
export function findHalting(rows: readonly Float64Array[], centre: readonly number[], width: readonly number[]) {
  return centre.map((middle, i) => {
    if (middle === 0 || width[i] === 0) return false;
    let running = 0;
    let between = 0;
    for (const row of rows) {
      const share = Math.abs(row[i]! / middle); // NaN is in neither
      if (share >= TUNING.standingShare) running++;
      if (share >= TUNING.standingShare && share < TUNING.runningShare) between++;
    }
    return between <= TUNING.betweenShare * running;
  });
}

/**
 * Says whether the machine stands: every channel that comes to nothing at a stop is near nothing, and there are two at least. Of a
 * dry pump flow and pressure are gone as well, but not the current.
 */
export function stands({ centre, halts = [] }: Model, inputs: Float64Array, { inputs: tags = [] }: Subject): boolean {
  let low = 0;
  for (let i = 0; i < centre.length; i++) {
    if (!halts[i] || STAYS.has(tags[i]?.unit ?? '') || Number.isNaN(inputs[i]!)) continue;
    if (Math.abs(inputs[i]!) >= TUNING.standingShare * Math.abs(centre[i]!)) return false;
    low++;
  }
  return low >= 2;
}

/**
 * Moves a start on by one reading of a machine that runs, and says whether it is still under way: what has cooled down comes
 * back slowly. It is over when nothing has been near its limit for some readings; what is far out and comes no nearer, or is so for
 * too long, is no start. The charts stand still meanwhile, as the slow ones would not forget it soon.
 */
export function isStarting(start: Start, model: Model, inputs: Float64Array): boolean {
  if (start.left === 0) return false;
  const isFirst = start.smoothed.length === 0;
  const far = moveOn(start, model, inputs);
  const isNearer = !isFirst && far < TUNING.nearer * start.nearest;
  if (isFirst || isNearer) start.nearest = far;
  start.stuck = isNearer ? 0 : start.stuck + 1;
  start.settled = far > TUNING.gate ? 0 : start.settled + 1;
  const isOver = start.settled >= TUNING.hold || start.stuck >= TUNING.stuckStart;
  start.left = isOver ? 0 : start.left - 1;
  return start.left > 0;
}

/** Smooths the residuals of a start on, and says how far the farthest is as a share of its limit. */
function moveOn(start: Start, model: Model, inputs: Float64Array): number {
  const into = { deviation: new Float64Array(inputs.length), residual: new Float64Array(inputs.length) };
  adjustResiduals(model, inputs, into, TUNING.mostStartWidths);
  const rest = into.residual.map((residual, i) => residual - model.level[i]!);
  if (start.smoothed.length === 0) start.smoothed = [...rest];
  start.smoothed = start.smoothed.map((smoothed, i) => smoothed + (rest[i]! - smoothed) / SCALES[0]);
  return start.smoothed.reduce((far, smoothed, i) => Math.max(far, shareOf(model, i, smoothed)), 0);
}

function shareOf(model: Model, channel: number, smoothed: number): number {
  const bound = boundIn(model, 0, channel);
  return bound === 0 ? 0 : awayOf(model.sides, channel, smoothed) / bound;
}
