import { HIGHEST_ORDER, LINES_APART, type Orders } from './orders.ts';

/**
 * Velocity at twice the line frequency, mm/s RMS; NaN where a harmonic of the shaft, as it was told or as it was found, is too near to be
 * told from it.
 */
export function electricalMms(
  { at, shaftHz, lineHz }: Orders,
  { mainsHz, toldHz }: { readonly mainsHz: number; readonly toldHz: number },
): number {
  const twice = 2 * mainsHz;
  const isNear = [toldHz, shaftHz].some((hz) => {
    const order = Math.round(twice / hz);
    return order >= 1 && order <= HIGHEST_ORDER && Math.abs(twice - order * hz) <= LINES_APART * lineHz;
  });
  return isNear ? Number.NaN : at(twice);
}
