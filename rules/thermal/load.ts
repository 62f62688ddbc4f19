import { toCelsius } from './classes.ts';

interface TagOfLoad {
  readonly tag: string;
  /** UCUM code; empty when nobody said. */
  readonly unit: string;
}

/** The load in % of rated, of a reading of its tag; `null` where the unit is not `%` and nobody said what is rated (tag unit). */
export function loadPercentOf(load: number, { unit }: TagOfLoad, rated: number | undefined): number | null {
  if (rated !== undefined) return (100 * load) / rated;
  return unit === '%' ? load : null;
}

/** Why a tag can't say the load, `null` when it can. */
export function refuseLoad({ tag, unit }: TagOfLoad, rated: number | undefined): string | null {
  if (toCelsius(0, unit) !== null)
    return `the load ${tag} is a temperature (${unit}): name its current or its load in %`;
  if (rated !== undefined || unit === '%') return null;
  const has = unit === '' ? 'has no unit' : `is in ${unit}`;
  return `the load ${tag} ${has}, and a difference is corrected by the load in % of rated: say with \`rated\` what ${tag} has at full load`;
}

/** Why a tag can't be judged as a temperature, `null` when it can. */
export function refuseTemperature({ tag, unit }: TagOfLoad): string | null {
  if (toCelsius(0, unit) !== null) return null;
  return `${tag} ${unit === '' ? 'has no unit' : `is in ${unit}`}: temperatures are in Cel, K or [degF]`;
}
