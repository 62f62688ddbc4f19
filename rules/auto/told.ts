import type { EpochMs } from '../detector.ts';
import { type Alone, forgettingOf, LONE_SCALES } from './alone.ts';

/** An alarm of a channel that is judged alone, and what was known before it, so that it can be forgotten again. */
export interface Told {
  readonly from: EpochMs;
  /** When it was normal again; while the alarm lasts, its newest reading. */
  to: EpochMs;
  /** `Alone.readings` at that reading. */
  readings: number;
  /** `Charts.known` of all charts, one behind the other, as it was when the alarm began; three digits, as the state is kept. */
  readonly known: readonly number[];
}

/** Alarms that can be forgotten; of older ones what was known before them is not kept. */
const MOST_TOLD = 3;

/** Keeps what was known before an alarm. To be called with each reading of it, and with the one that ends it. */
export function keepTold(alone: Alone, at: EpochMs, isOnset: boolean): void {
  alone.told ??= []; // absent of what an earlier version has learnt
  const { told, readings } = alone;
  const last = told.at(-1);
  const settled = LONE_SCALES[LONE_SCALES.length - 1]!;
  if (isOnset && (last === undefined || readings - last.readings > settled)) {
    const known = alone.charts.flatMap((each) => each.known.map((distance) => Number(distance.toPrecision(3))));
    told.push({ from: at, to: at, readings, known });
    if (told.length > MOST_TOLD) told.shift();
  } else if (last !== undefined) Object.assign(last, { to: at, readings });
}

/**
 * The alarms from `from` to `to` were faults: how far they went is not known any more, nor how far what still goes on of them will have
 * gone. What came after the first of them is forgotten with it.
 */
export function forgetTold(alone: Alone, { from, to }: { readonly from: EpochMs; readonly to: EpochMs }): void {
  const { told = [], charts, readings, isAlarm } = alone;
  const first = told.findIndex((each) => each.to >= from && each.from <= to);
  if (first < 0) return;
  const fault = told[first]!;
  const left = forgettingOf(alone.learnt) ** (readings - fault.readings);
  for (const [p, each] of charts.entries()) {
    for (const k of LONE_SCALES.keys())
      each.known[k] = Math.min(each.known[k]!, left * fault.known[p * LONE_SCALES.length + k]!);
    const going = [...LONE_SCALES.keys()].filter((k) => each.present[k]! > 0);
    each.ofFault = going;
  }
  alone.told = told.slice(0, isAlarm ? first + 1 : first); // the alarm that lasts is still to be ended
}
