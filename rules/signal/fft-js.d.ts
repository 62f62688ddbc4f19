declare module 'fft.js' {
  /** Radix-4 transform of one size, a power of two. Complex arrays are interleaved: `re0, im0, re1, im1, …`. */
  export default class FFT {
    constructor(size: number);
    readonly size: number;
    /** Fills the first half of `out`; `completeSpectrum` fills the rest. */
    realTransform(out: Float64Array, input: Float64Array): void;
    transform(out: Float64Array, input: Float64Array): void;
    /** Divides by the size. */
    inverseTransform(out: Float64Array, input: Float64Array): void;
    completeSpectrum(spectrum: Float64Array): void;
  }
}
