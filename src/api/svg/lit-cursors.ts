import type { MadeSpectrum, SpectrumCursor } from '../../model/spectrum.ts';

/** A line this far above the middle of its surroundings is no chance: one in a thousand of noise is. */
const STANDS_OUT = 4;
/** Lines on either side that are the surroundings. */
const SURROUNDINGS = 40;

/**
 * The cursors whose fault shows: all of a frequency and its harmonics when a line stands out at the first of them. A harmonic alone proves
 * nothing, as the harmonics of one part lie near those of another.
 */
export function litCursors(spectrum: MadeSpectrum): ReadonlySet<SpectrumCursor> {
  const families = new Map<string, SpectrumCursor[]>();
  for (const cursor of spectrum.cursors) {
    const family = cursor.name.replace(/^\d+ × /, '').replace(/^\d+×$/, '1×');
    families.set(family, [...(families.get(family) ?? []), cursor]);
  }
  const lit = [...families.values()].filter(([first]) => first !== undefined && standsOut(first, spectrum));
  return new Set(lit.flat());
}

function standsOut({ hz, amplitude }: SpectrumCursor, { amplitudes, lineHz }: MadeSpectrum): boolean {
  const middle = Math.round(hz / lineHz);
  const around = amplitudes.slice(Math.max(1, middle - SURROUNDINGS), middle + SURROUNDINGS + 1).sort();
  return amplitude > STANDS_OUT * (around[around.length >> 1] ?? Number.POSITIVE_INFINITY);
}
