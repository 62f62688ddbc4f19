import { invert } from './matrix.ts';

/**
 * Collects rows of a regression without keeping them: normal equations, O(features²) memory. Rows begin with a constant 1.
 * Source: A. E. Hoerl & R. W. Kennard, Ridge regression, Technometrics 12(1), 1970.
 */
export class RidgeSums {
  readonly #gram: Float64Array[];
  readonly #moments: Float64Array;
  readonly #features: number;

  constructor(features: number) {
    this.#features = features;
    this.#gram = Array.from({ length: features }, () => new Float64Array(features));
    this.#moments = new Float64Array(features);
  }

  /** Adds a row and what it should give. */
  add(row: Float64Array, target: number): void {
    for (let i = 0; i < this.#features; i++) {
      const value = row[i]!;
      this.#moments[i]! += value * target;
      const into = this.#gram[i]!;
      for (let k = 0; k <= i; k++) into[k]! += value * row[k]!;
    }
  }

  /** Takes in what another has collected. */
  addAll(other: RidgeSums): void {
    for (let i = 0; i < this.#features; i++) {
      this.#moments[i]! += other.#moments[i]!;
      for (let k = 0; k <= i; k++) this.#gram[i]![k]! += other.#gram[i]![k]!;
    }
  }

  /** The weights that minimise the squared error plus `penalty` times their own squares (not of the constant). */
  solve(penalty: number): Float64Array {
    const full = this.#gram.map((row) => Float64Array.from(row));
    for (let i = 0; i < this.#features; i++) {
      for (let k = 0; k < i; k++) full[k]![i] = full[i]![k]!;
      if (i > 0) full[i]![i]! += penalty;
    }
    const inverse = invert(full);
    return Float64Array.from(inverse, (row) => predict(row, this.#moments));
  }
}

/** The sum of products of two rows of the same length. */
export function predict(weights: Float64Array, row: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += weights[i]! * row[i]!;
  return sum;
}
