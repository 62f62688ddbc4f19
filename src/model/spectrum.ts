/** Which spectrum of a waveform is wanted, and what is known of the machine for the cursors. */
export interface SpectrumWish {
  readonly rateHz: number;
  /** UCUM code of the samples. */
  readonly unit: string;
  readonly samples: Float32Array;
  /** `velocity`: of acceleration, in mm/s. `envelope`: of the squared envelope in the most impulsive band. */
  readonly kind: 'amplitude' | 'velocity' | 'envelope';
  /** Whether a line is a root mean square or the peak of its sine; an envelope has depths of modulation, as peak. */
  readonly convention: 'rms' | 'peak';
  /** Lines above 0 Hz, a power of two; `null`: as many as one average gives, up to a bound. */
  readonly lines: number | null;
  /** `null`: not known, and there are no cursors that hang on it. */
  readonly shaftHz: number | null;
  /** Fault frequencies over that of the shaft. */
  readonly bearing: {
    readonly bpfo: number;
    readonly bpfi: number;
    readonly bsf: number;
    readonly ftf: number;
  } | null;
  readonly teeth: number | null;
  readonly lineHz: number | null;
}

/** A frequency at which a fault would show, and what stands there. */
export interface SpectrumCursor {
  /** `BPFO`, `2 × BPFO`, `1×`. */
  readonly name: string;
  readonly hz: number;
  /** The highest line within the slip that is allowed. */
  readonly amplitude: number;
}

/** A spectrum that says how it was made, so that another instrument can be compared with it. */
export interface MadeSpectrum {
  readonly window: 'hann';
  readonly lines: number;
  /** Distance of two lines. */
  readonly lineHz: number;
  readonly averages: number;
  /** 0..1. */
  readonly overlap: number;
  /** UCUM code; `1` for depths of modulation. */
  readonly unit: string;
  readonly convention: 'rms' | 'peak';
  /** The band whose envelope it is of. */
  readonly bandHz: readonly [low: number, high: number] | null;
  /** All of the above in one line. */
  readonly says: string;
  /** At `i * lineHz`, from 0 Hz. */
  readonly amplitudes: Float64Array;
  readonly cursors: readonly SpectrumCursor[];
}

/** Why a waveform has no such spectrum, in a word and a sentence. */
export interface NoSpectrum {
  readonly code: string;
  readonly reason: string;
}
