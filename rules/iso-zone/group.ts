import type { Foundation, Standard } from './tables.ts';

/** Which zones hold for a machine. */
export interface ZonesOfMachine {
  readonly standard: Standard;
  readonly group: '1' | '2' | 'I';
  readonly foundation: Foundation;
}

/** Above this ISO 10816-3 holds, kW. */
const SMALL_KW = 15;
/** Above this a machine is large, kW. */
const LARGE_KW = 300;

/**
 * The zones of a machine by its power and how it stands: class I of 10816-1 up to 15 kW, group 2 of 10816-3 up to 300 kW, group 1 above.
 * Pumps too: the 1998 edition has groups 3 and 4 for them, whose values are those of 1 and 2.
 */
export function zonesOf(powerKw: number, foundation: Foundation): ZonesOfMachine {
  if (powerKw <= SMALL_KW) return { standard: 'iso-10816-1', group: 'I', foundation };
  return { standard: 'iso-10816-3', group: powerKw > LARGE_KW ? '1' : '2', foundation };
}
