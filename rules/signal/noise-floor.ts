import type { Prepared } from './envelope.ts';
import { SlidingMedian } from './sliding-median.ts';

/**
 * The noise under the lines of a power spectrum: at each line the median over `halfWidth` lines to both sides, over ln 2. The
 * power of noise is exponentially distributed, whose median is ln 2 of its mean, and a median does not see the few lines that
 * stand out. O(n · halfWidth), most of it moving numbers.
 */
export function noiseFloor(powers: Float64Array, { halfWidth }: { readonly halfWidth: number }): Float64Array {
  const floor = new Float64Array(powers.length);
  const step = stepOf(halfWidth);
  const medians = new SlidingMedian(powers, 2 * halfWidth + 1);
  for (let from = 0; from < powers.length; from += step) {
    const [first, end] = around(from, powers.length, halfWidth);
    floor.fill((medians.over(first, end) ?? 1) / Math.LN2, from, from + step);
  }
  return floor;
}

/** The same noise where it is asked for only: the orders of a shaft are a few dozen lines of thousands. */
export function noiseFloorAt(
  powers: Float64Array,
  { halfWidth }: { readonly halfWidth: number },
): (line: number) => number {
  const step = stepOf(halfWidth);
  const known = new Map<number, number>();
  return (line) => {
    const from = line - (line % step);
    const before = known.get(from);
    if (before !== undefined) return before;
    const [first, end] = around(from, powers.length, halfWidth);
    const sorted = powers.slice(first, end).sort();
    const floor = (sorted[sorted.length >> 1] ?? 1) / Math.LN2;
    known.set(from, floor);
    return floor;
  };
}

/** The floor changes little over a tenth of what it is made of. */
function stepOf(halfWidth: number): number {
  return Math.max(1, Math.round(halfWidth / 10));
}

/** The lines whose median is the floor of those from `from` on: all but the two at 0 Hz, which hold what is left of the mean. */
function around(from: number, length: number, halfWidth: number): readonly [first: number, end: number] {
  const centre = Math.min(length - 1, from + (stepOf(halfWidth) >> 1));
  return [Math.max(2, centre - halfWidth), Math.min(length, centre + halfWidth + 1)];
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
