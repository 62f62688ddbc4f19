/**
 * Where a limit is left again whose deadband lies between: `inside` is negative for an upper limit. What binary fractions add behind the
 * twelfth digit is taken away, as it is written out: 7.1 less 0.2 is 6.9.
 */
export function leftAt(limit: number, inside: number): number {
  return Number((limit + inside).toPrecision(12));
}
