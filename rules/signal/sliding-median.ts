/**
 * Medians of a window that moves over values: it keeps the window sorted, and each value that enters takes the place of one that
 * leaves. Sorting every window anew took three quarters of the time of a waveform whose speed is known.
 */
export class SlidingMedian {
  readonly #values: Float64Array;
  /** The first `#to - #from` are those of the window. */
  readonly #sorted: Float64Array;
  #from = 0;
  #to = 0;

  /** `widest`: values that a window has at most. What is not a number counts as the largest. */
  constructor(values: Float64Array, widest: number) {
    this.#values = values;
    this.#sorted = new Float64Array(Math.min(values.length, widest));
  }

  /** The upper median of `values[from]` to `values[to - 1]`, `undefined` of none. Neither end moves back from call to call. */
  over(from: number, to: number): number | undefined {
    if (from >= this.#to) this.#from = this.#to = from;
    for (; this.#from < from && this.#to < to; this.#from++, this.#to++) this.#replace();
    for (; this.#from < from; this.#from++) this.#remove();
    for (; this.#to < to; this.#to++) this.#settle(this.#to - this.#from, this.#at(this.#to));
    const count = this.#to - this.#from;
    return count === 0 ? undefined : this.#sorted[count >> 1];
  }

  #at(index: number): number {
    const value = this.#values[index]!;
    return Number.isNaN(value) ? Number.POSITIVE_INFINITY : value;
  }

  #replace(): void {
    const sorted = this.#sorted;
    const last = this.#to - this.#from - 1;
    const value = this.#at(this.#to);
    let place = this.#placeOfFirst();
    for (; place < last && sorted[place + 1]! < value; place++) sorted[place] = sorted[place + 1]!;
    this.#settle(place, value);
  }

  /** Moves a value from a place that is free down to where it belongs. */
  #settle(free: number, value: number): void {
    const sorted = this.#sorted;
    let place = free;
    for (; place > 0 && sorted[place - 1]! > value; place--) sorted[place] = sorted[place - 1]!;
    sorted[place] = value;
  }

  #remove(): void {
    this.#sorted.copyWithin(this.#placeOfFirst(), this.#placeOfFirst() + 1, this.#to - this.#from);
  }

  /** Where the value that leaves next stands among the sorted. */
  #placeOfFirst(): number {
    const wanted = this.#at(this.#from);
    let [low, high] = [0, this.#to - this.#from - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#sorted[middle]! < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
