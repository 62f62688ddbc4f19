import type { EpochMs } from './reading.ts';

/** What figures are made of: single readings, or rollups over UTC minutes, hours or days. */
export type Grain = 'raw' | 'minute' | 'hour' | 'day';

/** Length of a grain's buckets; a reading has none. */
export const GRAIN_MS: Readonly<Record<Grain, number>> = { raw: 0, minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** A part of a range, from `from` (inclusive) to `to` (exclusive), that is answered from one grain. */
export interface Stretch {
  readonly grain: Grain;
  readonly from: EpochMs;
  readonly to: EpochMs;
}

const COARSE_TO_FINE = ['day', 'hour', 'minute'] as const satisfies readonly Grain[];

/** The coarsest grain whose buckets are not longer than `stepMs`. */
export function grainWithin(stepMs: number): Grain {
  return COARSE_TO_FINE.find((grain) => GRAIN_MS[grain] <= stepMs) ?? 'raw';
}

/** The coarsest grain of which `stepMs` is a whole number of buckets. */
export function grainDividing(stepMs: number): Grain {
  return COARSE_TO_FINE.find((grain) => stepMs % GRAIN_MS[grain] === 0) ?? 'raw';
}

/** The coarsest grain at whose buckets all these times begin. */
export function grainMeeting(times: readonly EpochMs[]): Grain {
  return COARSE_TO_FINE.find((grain) => times.every((at) => at % GRAIN_MS[grain] === 0)) ?? 'raw';
}

/**
 * Cuts a range into stretches, in order of time, that cover it exactly: whole buckets of `coarsest` in the middle, finer
 * ones towards its ends, single readings for what is left. At most seven.
 */
export function coverRange(range: { readonly from: EpochMs; readonly to: EpochMs }, coarsest: Grain): Stretch[] {
  const { from, to } = range;
  if (from >= to) return [];
  if (coarsest === 'raw') return [{ grain: 'raw', from, to }];
  const finer = finerThan(coarsest);
  const first = Math.ceil(from / GRAIN_MS[coarsest]) * GRAIN_MS[coarsest];
  const end = Math.floor(to / GRAIN_MS[coarsest]) * GRAIN_MS[coarsest];
  if (first >= end) return coverRange(range, finer);
  return [
    ...coverRange({ from, to: first }, finer),
    { grain: coarsest, from: first, to: end },
    ...coverRange({ from: end, to }, finer),
  ];
}

function finerThan(grain: Exclude<Grain, 'raw'>): Grain {
  switch (grain) {
    case 'day':
      return 'hour';
    case 'hour':
      return 'minute';
    case 'minute':
      return 'raw';
  }
}
