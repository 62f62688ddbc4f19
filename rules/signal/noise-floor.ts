import type { Prepared } from './envelope.ts';

/**
 * The noise under the lines of a power spectrum: at each line the median over `halfWidth` lines to both sides, over ln 2. The
 * power of noise is exponentially distributed, whose median is ln 2 of its mean, and a median does not see the few lines that
 * stand out. O(n · halfWidth / step).
 */
export function noiseFloor(powers: Float64Array, { halfWidth }: { readonly halfWidth: number }): Float64Array {
  const floor = new Float64Array(powers.length);
  const step = Math.max(1, Math.round(halfWidth / 10)); // the floor changes little over a tenth of what it is made of
  for (let from = 0; from < powers.length; from += step) {
    const centre = Math.min(powers.length - 1, from + (step >> 1));
    // The two lines at 0 Hz hold what is left of the mean.
    const around = powers.slice(Math.max(2, centre - halfWidth), centre + halfWidth + 1).sort();
    floor.fill((around[around.length >> 1] ?? 1) / Math.LN2, from, from + step);
  }
  return floor;
}

/**
 * A line of noise exceeds four times the mean with probability e⁻⁴ = 1.8 %: what stands higher is mostly a tone, and cutting
 * it to this height leaves noise as it is.
 */
const TONE_OVER_NOISE = 4;
/** Tones stand on single lines; a resonance that impacts excite is wider than this. */
const NEIGHBOURHOOD_HZ = 100;

/**
 * Takes the tones (shaft, mesh, mains) out of a waveform's spectrum by cutting each line to four times the noise around it.
 * What impacts excite is spread over a resonance and stays: slip makes it random.
 * Source: the separation of discrete and random parts, R. B. Randall, J. Antoni, Mech. Syst. Signal Process. 25(2), 2011, §3.
 */
export function withoutTones(prepared: Prepared): Prepared {
  const lines = prepared.lines.slice();
  const powers = new Float64Array(lines.length / 2);
  for (let k = 0; k < powers.length; k++) powers[k] = lines[2 * k]! ** 2 + lines[2 * k + 1]! ** 2;
  const floor = noiseFloor(powers, { halfWidth: Math.max(20, Math.round(NEIGHBOURHOOD_HZ / prepared.lineHz)) });
  for (let k = 0; k < powers.length; k++) {
    const highest = TONE_OVER_NOISE * floor[k]!;
    if (powers[k]! <= highest) continue;
    const gain = Math.sqrt(highest / powers[k]!);
    lines[2 * k]! *= gain;
    lines[2 * k + 1]! *= gain;
  }
  return { ...prepared, lines };
}
