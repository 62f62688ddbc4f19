import type { EpochMs } from '../../model/reading.ts';

/** A stretch of time, both ends exclusive. */
export type Stretch = readonly [from: EpochMs, to: EpochMs];

/** A gap that is filled from its middle keeps at most this many pieces; more are not told apart. */
const MAX_PIECES = 32;

/** What is left of `missing` when `[from, to]` is there. The pieces are in order; O(pieces). */
export function without(missing: readonly Stretch[], [from, to]: Stretch): readonly Stretch[] {
  if (!missing.some(([start, end]) => from < end && to > start)) return missing;
  const left = missing.flatMap(([start, end]): Stretch[] => {
    if (from >= end || to <= start) return [[start, end]];
    const pieces: Stretch[] = [];
    if (start < from) pieces.push([start, from]);
    if (to < end) pieces.push([to, end]);
    return pieces;
  });
  return left.length > MAX_PIECES ? missing : left;
}
