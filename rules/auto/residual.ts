import { clip } from '../math/robust.ts';
import { fillIn } from './missing.ts';
import { TUNING } from './model.ts';

/**
 * Regression-adjusted variables: what is left of each channel's deviation after the other channels have explained what
 * they can. A load that rises moves everything together and leaves nothing; a bearing that gets warm at the same load
 * leaves its warmth, and by name.
 * Source: D. M. Hawkins, Multivariate quality control based on regression-adjusted variables, Technometrics 33(1), 1991.
 */
export function adjustResiduals(
  { centre, width, adjust }: { centre: readonly number[]; width: readonly number[]; adjust: readonly number[][] },
  inputs: ArrayLike<number>,
  into: { readonly deviation: Float64Array; readonly residual: Float64Array },
  mostWidths = TUNING.mostWidths,
): void {
  const { deviation, residual } = into;
  const n = centre.length;
  const missing: number[] = [];
  for (let i = 0; i < n; i++) {
    const value = inputs[i]!;
    if (!Number.isFinite(value) && width[i] !== 0) missing.push(i);
    deviation[i] = !Number.isFinite(value) || width[i] === 0 ? 0 : clip((value - centre[i]!) / width[i]!, mostWidths);
  }
  // a missing reading says nothing: it counts as what was expected
  if (missing.length > 0) fillIn(adjust, deviation, missing);
  for (let i = 0; i < n; i++) {
    const row = adjust[i]!;
    let sum = 0;
    for (let k = 0; k < n; k++) sum += row[k]! * deviation[k]!;
    residual[i] = sum;
  }
}
