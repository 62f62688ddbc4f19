import type { Fourier } from '../signal/fourier.ts';
import { noiseFloorAt } from '../signal/noise-floor.ts';
import { type Spectrum, spectrumOf, velocitySpectrum } from '../signal/spectrum.ts';

/** What stands on the harmonics of a shaft. */
export interface Orders {
  /** The speed that fits the lines best, near the one that was given. */
  readonly shaftHz: number;
  /** Distance of two lines. */
  readonly lineHz: number;
  /** Velocity, mm/s RMS, at half orders: `velocities[i]` is that of order `(i + 1) / 2`. 0 where nothing stands out. */
  readonly velocities: Float64Array;
  /** Velocity of a line at any frequency, mm/s RMS; 0 where nothing stands out of the noise. */
  readonly at: (hz: number) => number;
}

/** A speed that is known no better than this is found again from the lines. */
const SPEED_TOLERANCE = 0.05;
export const HIGHEST_ORDER = 10;
/** A line of noise exceeds twelve times the mean once in 160,000 (e⁻¹²); a search looks at some thousand. */
const CLEAR_OVER_NOISE = 12;

/**
 * Amplitudes on the harmonics of a shaft, from acceleration in m/s²; the speed is first looked for within ±5 % of `shaftHz`, where
 * the harmonics, and those of the gear mesh with its sidebands, stand highest together. O(n log n + speeds · orders).
 * Where between its lines a peak lies: M. Grandke, IEEE Trans. Instrum. Meas. 32(2), 1983 (Hann window).
 */
export function ordersOf(
  fourier: Fourier,
  samples: Float64Array,
  given: ToldSpeed & { readonly rateHz: number },
): Orders {
  return ordersIn(spectrumOf(fourier, samples, { rateHz: given.rateHz, unit: 'm/s2', convention: 'rms' }), given);
}

/** The same from the RMS spectrum of acceleration in m/s². O(lines + speeds · orders). */
export function ordersIn(acceleration: Spectrum, { shaftHz, teeth, mainsHz }: ToldSpeed): Orders {
  const velocity = velocitySpectrum(acceleration, shaftHz / 4);
  const lines = new Lines(velocity, acceleration, shaftHz);
  const found = bestSpeed(lines, { shaftHz, teeth, mainsHz });
  const velocities = Float64Array.from({ length: 2 * HIGHEST_ORDER }, (_, i) =>
    lines.velocityAt(((i + 1) / 2) * found),
  );
  return { shaftHz: found, lineHz: velocity.lineHz, velocities, at: (hz) => lines.velocityAt(hz) };
}

/** What was told before the real speed is looked for. */
interface ToldSpeed {
  readonly shaftHz: number;
  readonly teeth?: number | undefined;
  /** Frequency of the mains, whose double is no harmonic of the shaft. */
  readonly mainsHz?: number | undefined;
}

/** A Hann line reaches two lines to both sides, and one more is looked at. */
export const LINES_APART = 3;

/** The lines of a spectrum over its noise. */
class Lines {
  readonly lineHz: number;
  readonly #amplitudes: Float64Array;
  /** Of acceleration: the noise of velocity falls so steeply below the first orders that a median around them is far too low. */
  readonly #powers: Float64Array;
  readonly #floorAt: (line: number) => number;

  constructor({ amplitudes, lineHz }: Spectrum, acceleration: Spectrum, shaftHz: number) {
    this.lineHz = lineHz;
    this.#amplitudes = amplitudes;
    this.#powers = acceleration.amplitudes.map((amplitude) => amplitude * amplitude);
    this.#floorAt = noiseFloorAt(this.#powers, { halfWidth: Math.max(20, Math.round(shaftHz / lineHz)) });
  }

  /** Behind the last line. */
  get endHz(): number {
    return this.#amplitudes.length * this.lineHz;
  }

  /**
   * ln of the power of a peak that lies within half a line of `hz` over what noise reaches; 0 below, so that many lines of noise don't
   * add up. The skirts of a peak are none: a strong one would speak as loudly for a speed a line beside its own.
   */
  evidenceAt(hz: number): number {
    const middle = Math.round(hz / this.lineHz);
    let highest = 0;
    for (let k = middle - 1; k <= middle + 1; k++)
      if (Math.abs(this.#peakAt(k) - hz / this.lineHz) <= 0.5) highest = Math.max(highest, this.#evidenceOf(k));
    return highest;
  }

  /** Where between the lines the peak at line k lies, in lines; NaN where none is. */
  #peakAt(k: number): number {
    const [before = 0, here = 0, after = 0] = [this.#powers[k - 1], this.#powers[k], this.#powers[k + 1]];
    if (!(k >= 1 && here > before && here >= after)) return Number.NaN;
    const ratio = Math.sqrt(Math.max(before, after) / here);
    const aside = Math.max(0, (2 * ratio - 1) / (ratio + 1));
    return k + (after > before ? aside : -aside);
  }

  #evidenceOf(k: number): number {
    if (this.#amplitudes[k] === 0 || this.#floorAt(k) <= 0) return 0;
    return Math.max(0, Math.log(this.#powers[k]! / (CLEAR_OVER_NOISE * this.#floorAt(k))));
  }

  velocityAt(hz: number): number {
    const middle = Math.round(hz / this.lineHz);
    let highest = 0;
    for (let k = Math.max(1, middle - 1); k <= Math.min(this.#amplitudes.length - 1, middle + 1); k++)
      if (this.#powers[k]! > CLEAR_OVER_NOISE * this.#floorAt(k)) highest = Math.max(highest, this.#amplitudes[k]!);
    return highest;
  }
}

function bestSpeed(lines: Lines, { shaftHz, teeth, mainsHz }: ToldSpeed): number {
  const electricalHz = mainsHz === undefined ? Number.NaN : 2 * mainsHz;
  const isElectrical = (hz: number) => Math.abs(hz - electricalHz) <= LINES_APART * lines.lineHz;
  const evidenceAt = (hz: number) => (isElectrical(hz) ? 0 : lines.evidenceAt(hz));
  const slowestHz = shaftHz * (1 - SPEED_TOLERANCE);
  // What lies beyond the spectrum says nothing, and without it the steps are at most a fifth of the lines.
  const orders = ordersTo(teeth).filter((order) => order * slowestHz < lines.endHz);
  if (orders.length === 0) return shaftHz;
  const step = lines.lineHz / (2 * Math.max(...orders));
  const steps = Math.floor((2 * SPEED_TOLERANCE * shaftHz) / step);
  let best = { fromHz: shaftHz, toHz: shaftHz, evidence: 0 };
  for (let i = 0; i <= steps; i++) {
    const hz = slowestHz + i * step;
    const evidence = orders.reduce((sum, order) => sum + evidenceAt(order * hz), 0);
    if (evidence > best.evidence) best = { fromHz: hz, toHz: hz, evidence };
    else if (evidence === best.evidence && evidence > 0 && hz - best.toHz < 1.5 * step) best = { ...best, toHz: hz };
  }
  return (best.fromHz + best.toHz) / 2; // all of them lie on the same peaks
}

function ordersTo(teeth: number | undefined): readonly number[] {
  const orders = Array.from({ length: HIGHEST_ORDER }, (_, i) => i + 1);
  return teeth === undefined ? orders : [...orders, teeth - 1, teeth, teeth + 1];
}
