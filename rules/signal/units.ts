/** What a waveform measures. */
export type Quantity = 'acceleration' | 'velocity';

/** Standard gravity, m/s². BIPM, 3rd CGPM (1901). */
export const STANDARD_GRAVITY = 9.80665;

interface KnownUnit {
  readonly quantity: Quantity;
  /** Times this gives m/s² or mm/s. */
  readonly factor: number;
}

/** UCUM codes of `WAVEFORM_UNITS`; `g` is what accelerometers' data sheets write for `[g]`. */
const KNOWN: ReadonlyMap<string, KnownUnit> = new Map([
  ['m/s2', { quantity: 'acceleration', factor: 1 }],
  ['g', { quantity: 'acceleration', factor: STANDARD_GRAVITY }],
  ['[g]', { quantity: 'acceleration', factor: STANDARD_GRAVITY }],
  ['mm/s', { quantity: 'velocity', factor: 1 }],
  ['[in_i]/s', { quantity: 'velocity', factor: 25.4 }],
]);

/** Samples in the unit everything is computed in: m/s² or mm/s. */
export interface StandardSamples {
  readonly quantity: Quantity;
  readonly unit: 'm/s2' | 'mm/s';
  readonly samples: Float64Array;
}

/** Converts samples to m/s² or mm/s; `null` for a unit that is not known, which is never guessed. */
export function standardise(samples: ArrayLike<number>, unit: string): StandardSamples | null {
  const known = KNOWN.get(unit);
  if (known === undefined) return null;
  const converted = new Float64Array(samples.length);
  for (let i = 0; i < converted.length; i++) converted[i] = samples[i]! * known.factor;
  return { quantity: known.quantity, unit: known.quantity === 'acceleration' ? 'm/s2' : 'mm/s', samples: converted };
}

/** Converts one value between two units of the same quantity; `null` when one is unknown or they measure different things. */
export function convert(value: number, { from, to }: { readonly from: string; readonly to: string }): number | null {
  const [a, b] = [KNOWN.get(from), KNOWN.get(to)];
  return a === undefined || b === undefined || a.quantity !== b.quantity ? null : (value * a.factor) / b.factor;
}
