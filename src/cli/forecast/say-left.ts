import type { ReadingsLeft } from '../../../rules/forecast/fleet.ts';

/** A row of a machine, and what the machine has left. */
export interface ForecastRow {
  readonly unit: number;
  /** The row of this machine, from 1. */
  readonly cycle: number;
  /** The time as it was written. */
  readonly t: string;
  /** `null` while nothing is to be seen yet. */
  readonly left: ReadingsLeft | null;
  /** Hours since its first row; `null` where times are plain numbers and nobody said of what. */
  readonly agedHours: number | null;
}

/**
 * What `millwright forecast` prints of a row: P10, P50 and P90 in rows, and as `rul` in hours by the mean distance of the rows
 * so far. `rul` is `null` while nothing is to be seen or there is no distance yet, and is left out where times are no times.
 */
export function sayLeft({ unit, cycle, t, left, agedHours }: ForecastRow): string {
  const row = { unit, cycle, t, ...(left ?? { p10: null, p50: null, p90: null }) };
  if (agedHours === null) return JSON.stringify(row);
  if (left === null || agedHours <= 0) return JSON.stringify({ ...row, rul: null });
  const hours = (readings: number) => Number(((readings * agedHours) / (cycle - 1)).toPrecision(6));
  return JSON.stringify({
    ...row,
    rul: { p10: hours(left.p10), p50: hours(left.p50), p90: hours(left.p90), unit: 'h' },
  });
}
