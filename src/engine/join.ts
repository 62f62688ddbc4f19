import type { EpochMs } from '../model/reading.ts';

/**
 * The newest reading of each tag that a watch judges together. Readings make a group until each tag has given one, or one
 * gives its next, or one lies farther off than the tolerance: then the group is judged, at the time of its newest reading.
 * So what is judged depends on the readings and their order alone, not on the batches they came in.
 */
export interface Join {
  /** Per input; NaN is bad or missing. */
  readonly values: Float64Array;
  readonly ats: Float64Array;
  /** 1 = belongs to the group that is not judged yet. */
  readonly isFresh: Uint8Array;
  freshCount: number;
  /** Time of the oldest and the newest reading of the group. */
  oldestAt: EpochMs;
  newestAt: EpochMs;
  /** When the group's last reading arrived, by our own clock. */
  arrivedAt: EpochMs;
}

/** A join as it stands in a checkpoint. */
export interface JoinSnapshot {
  readonly inputs: readonly (readonly [value: number | null, at: EpochMs, isFresh: number])[];
  readonly oldestAt: EpochMs;
  readonly newestAt: EpochMs;
  readonly arrivedAt: EpochMs;
}

/** Readings of one time arrive within this of each other; what has not come then is judged without. */
export const JOIN_PATIENCE_MS = 1_000;

/** A join before its first reading. */
export function createJoin(inputs: number): Join {
  return {
    values: new Float64Array(inputs).fill(Number.NaN),
    ats: new Float64Array(inputs),
    isFresh: new Uint8Array(inputs),
    freshCount: 0,
    oldestAt: 0,
    newestAt: 0,
    arrivedAt: 0,
  };
}

/** True when the group has to be judged before this reading is added. */
export function endsBefore(join: Join, input: number, { at, toleranceMs }: Spacing): boolean {
  if (join.freshCount === 0) return false;
  return join.isFresh[input] === 1 || at - join.oldestAt > toleranceMs;
}

/** What decides whether two readings are of one time. */
interface Spacing {
  readonly at: EpochMs;
  readonly toleranceMs: number;
}

/** Adds a reading to the group; answers whether the group is complete. */
export function add(join: Join, input: number, reading: { value: number; at: EpochMs; arrivedAt: EpochMs }): boolean {
  const { value, at, arrivedAt } = reading;
  join.values[input] = value;
  join.ats[input] = at;
  join.oldestAt = join.freshCount === 0 ? at : Math.min(join.oldestAt, at);
  join.newestAt = join.freshCount === 0 ? at : Math.max(join.newestAt, at); // one wrong clock must not date all that follow
  join.arrivedAt = arrivedAt;
  join.freshCount += 1 - join.isFresh[input]!;
  join.isFresh[input] = 1;
  return join.freshCount === join.isFresh.length;
}

/** Writes the inputs as they are at the group's time into `inputs`, and ends the group. */
export function take(join: Join, inputs: Float64Array, toleranceMs: number): EpochMs {
  for (let i = 0; i < inputs.length; i++) {
    inputs[i] = Math.abs(join.newestAt - join.ats[i]!) <= toleranceMs ? join.values[i]! : Number.NaN;
  }
  join.isFresh.fill(0);
  join.freshCount = 0;
  return join.newestAt;
}

/** Plain JSON. */
export function joinSnapshot({ values, ats, isFresh, oldestAt, newestAt, arrivedAt }: Join): JoinSnapshot {
  return {
    inputs: Array.from(values, (value, i) => [Number.isNaN(value) ? null : value, ats[i]!, isFresh[i]!]),
    oldestAt,
    newestAt,
    arrivedAt,
  };
}

/** Takes a snapshot up again. */
export function restoreJoin(join: Join, { inputs, ...times }: JoinSnapshot): void {
  for (const [i, [value, at, isFresh]] of inputs.entries()) {
    join.values[i] = value ?? Number.NaN;
    join.ats[i] = at;
    join.isFresh[i] = isFresh;
  }
  Object.assign(join, times, { freshCount: inputs.filter(([, , isFresh]) => isFresh === 1).length });
}
