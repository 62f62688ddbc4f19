/** Speed of the shaft at one time. */
export interface SpeedPoint {
  /** Seconds after the first sample. */
  readonly atS: number;
  readonly hz: number;
}

/** Samples at equal angles of the shaft instead of equal times. */
export interface OrderSamples {
  /** Samples of one revolution. */
  readonly perRevolution: number;
  readonly samples: Float64Array;
}

/**
 * Resamples a waveform at equal angles of a shaft whose speed changes, so that what belongs to the shaft stands on one line of
 * the spectrum. Between speed points the speed is taken as linear; before the first and after the last as constant. The
 * waveform is interpolated linearly: keep the highest order of interest below a tenth of the rate. `points` are in the order
 * of time and not empty. O(n).
 * Source: K. R. Fyfe, E. D. S. Munck, Mech. Syst. Signal Process. 11(2), 1997.
 */
export function resampleByAngle(
  samples: ArrayLike<number>,
  rateHz: number,
  points: readonly SpeedPoint[],
): OrderSamples {
  const slowest = points.reduce((least, { hz }) => Math.min(least, hz), Number.POSITIVE_INFINITY);
  if (!(slowest > 0)) throw new RangeError('order tracking needs a shaft that turns: a speed is not above 0 Hz');
  const perRevolution = Math.max(2, Math.floor(rateHz / slowest));
  const out: number[] = [];
  const stepS = 1 / rateHz;
  let angle = 0;
  let next = 0;
  let segment = 0;
  for (let i = 0; i + 1 < samples.length; i++) {
    const atS = (i + 0.5) * stepS;
    while (segment + 1 < points.length && points[segment + 1]!.atS <= atS) segment += 1;
    const turned = speedAt(points, segment, atS) * stepS;
    const [here, after] = [samples[i]!, samples[i + 1]!];
    for (; next < angle + turned; next = out.length / perRevolution)
      out.push(here + ((next - angle) / turned) * (after - here));
    angle += turned;
  }
  return { perRevolution, samples: Float64Array.from(out) };
}

function speedAt(points: readonly SpeedPoint[], segment: number, atS: number): number {
  const from = points[segment]!;
  const to = points[segment + 1];
  if (to === undefined || atS <= from.atS) return from.hz;
  return from.hz + ((atS - from.atS) / (to.atS - from.atS)) * (to.hz - from.hz);
}
