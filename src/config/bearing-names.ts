import { bearings } from '../../rules/bearing/catalogue.ts';
import { nearest } from './nearest.ts';

/** Designations of all bearings of the catalogue. */
export const bearingNames: readonly string[] = bearings.map(({ designation }) => designation);

/**
 * Finds the designation somebody probably meant: one with few typing mistakes, else one with the same number (`SKF6205` and
 * `6205` are `6205-2RS`, whose seals change nothing inside). `null` when there is none.
 */
export function meantBearing(designation: string): string | null {
  const number = numberIn(designation);
  const sameNumber = bearingNames.find((name) => number !== '' && numberIn(name) === number);
  return sameNumber ?? nearest(designation, bearingNames);
}

/** The longest run of digits, the first of several. */
function numberIn(designation: string): string {
  return (designation.match(/\d+/g) ?? []).reduce((longest, run) => (run.length > longest.length ? run : longest), '');
}
