import type { Priority } from '../../src/model/alert.ts';

/** What a temperature difference asks for, least first. */
export type ThermalClass = 'none' | 'possible' | 'probable' | 'monitor' | 'major';

/** With what the part is compared. */
export type Reference = 'similar' | 'ambient';

/** One row: up to and with `toK` the class is this one. */
interface Row {
  readonly toK: number;
  readonly is: ThermalClass;
}

/** Said with each finding. The table is copyrighted and printed in whole degrees only. */
export const PROVENANCE = 'classes of ANSI/NETA MTS table 100.18 from a secondary source';

/**
 * Upper ends of the rows, K. What lies between two rows of the printed table (3 to 4, 15 to 16) is above the upper end of the
 * lower one and so in the next.
 */
const ROWS: Readonly<Record<Reference, readonly Row[]>> = {
  similar: [
    { toK: 3, is: 'possible' },
    { toK: 15, is: 'probable' },
    { toK: Number.POSITIVE_INFINITY, is: 'major' },
  ],
  ambient: [
    { toK: 10, is: 'possible' },
    { toK: 20, is: 'probable' },
    { toK: 40, is: 'monitor' },
    { toK: Number.POSITIVE_INFINITY, is: 'major' },
  ],
};
const LEAST_K = 1;

/** What the class asks for. */
export const ACTION: Readonly<Record<ThermalClass, string>> = {
  none: 'nothing to do',
  possible: 'possible deficiency, investigate',
  probable: 'probable deficiency, repair as time permits',
  monitor: 'monitor until corrective measures can be accomplished',
  major: 'major discrepancy, repair immediately',
};

/** How urgent a repair of the class is: ours, as the table names no times. */
export const URGENCY: Readonly<Record<ThermalClass, Priority>> = {
  none: 'low',
  possible: 'low',
  probable: 'low',
  monitor: 'medium',
  major: 'critical',
};

/** The class of a temperature difference in K; NaN has none. */
export function classOf(differenceK: number, reference: Reference): ThermalClass {
  if (!(differenceK >= LEAST_K)) return 'none';
  return ROWS[reference].find(({ toK }) => differenceK <= toK)!.is; // the last row ends nowhere
}

/** The difference above which a class begins, K. */
export function beginOf(wanted: ThermalClass, reference: Reference): number {
  const rows = ROWS[reference];
  const index = rows.findIndex(({ is }) => is === wanted);
  return index <= 0 ? LEAST_K : rows[index - 1]!.toK;
}

/** Below this load a picture says nothing: a survey wants 40 % at least. */
export const LEAST_LOAD_PERCENT = 40;

/**
 * What the difference would be at full load: ΔT · (100 / load)^exponent. `null` below 40 % load, where the error of the
 * measurement would be multiplied, too. The exponent is 2 for heat of a current (I²R) that leaves in proportion, 1.6 where it
 * leaves the better the hotter it is (free convection); the literature gives both and all between.
 */
export function atFullLoad(differenceK: number, loadPercent: number, exponent: number): number | null {
  if (!(loadPercent >= LEAST_LOAD_PERCENT)) return null;
  return differenceK * (100 / loadPercent) ** exponent;
}

/** A temperature in °C from a tag's unit; `null` for a unit that is none of temperature. */
export function toCelsius(value: number, unit: string): number | null {
  if (unit === 'Cel') return value;
  if (unit === 'K') return value - 273.15;
  return unit === '[degF]' ? ((value - 32) * 5) / 9 : null;
}
