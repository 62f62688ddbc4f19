import type { MadeSpectrum } from '../../model/spectrum.ts';

/** A picture that ends below this shows nothing; far below it no number is left to divide it by, Hz. */
export const LEAST_TO_HZ = 0.001;

/** The highest line of every column of a picture, so that none is lost: Hz and amplitude, in order of Hz. `width` in px. */
export function columnsOf(
  { amplitudes, lineHz }: MadeSpectrum,
  { toHz, width }: { readonly toHz: number; readonly width: number },
): [hz: number, amplitude: number][] {
  const last = Math.min(amplitudes.length - 1, Math.floor(toHz / lineHz));
  const each = Math.max(1, Math.ceil(last / width));
  const points: [number, number][] = [];
  for (let from = 0; from <= last; from += each) {
    let top = from;
    for (let k = from; k < Math.min(from + each, last + 1); k++) if (amplitudes[k]! > amplitudes[top]!) top = k;
    points.push([top * lineHz, amplitudes[top]!]);
  }
  return points;
}

/** A velocity below this is mostly what integration makes of noise, Hz; ISO 20816 measures from here. */
const VELOCITY_SCALE_FROM_HZ = 10;

/** The highest amplitude that the scale of a picture is made for, from where it says something. */
export function scaleTop(spectrum: MadeSpectrum, { toHz }: { readonly toHz: number }): number {
  const { amplitudes, lineHz } = spectrum;
  const [first, end] = [Math.ceil(saysFromHz(spectrum, { toHz }) / lineHz), Math.floor(toHz / lineHz) + 1];
  return amplitudes.subarray(first, end).reduce((most, one) => Math.max(most, one), 0);
}

/**
 * From where on a picture up to `toHz` says something of the machine: a velocity from 10 Hz on, or from half the speed of a slower shaft.
 * What integration makes of noise below that would press everything else flat.
 */
export function saysFromHz({ unit, cursors }: MadeSpectrum, { toHz }: { readonly toHz: number }): number {
  if (unit !== 'mm/s') return 0;
  const shaftHz = cursors.find(({ name }) => name === '1×')?.hz ?? Number.POSITIVE_INFINITY;
  return Math.min(VELOCITY_SCALE_FROM_HZ, shaftHz / 2, toHz / 4);
}
