import type { EpochMs } from './reading.ts';

/** A stretch of a fast signal, sampled evenly. */
export interface Waveform {
  /** `<asset>.<tag>`. */
  readonly tag: string;
  /** Time of the first sample. */
  readonly at: EpochMs;
  readonly rateHz: number;
  /** UCUM code of the samples, e.g. `m/s2`. */
  readonly unit: string;
  /** In `unit`, `1 / rateHz` seconds apart. */
  readonly samples: Float32Array;
}

/** A picture of a thermal camera. */
export interface ThermalFrame {
  /** `<asset>.<tag>`. */
  readonly tag: string;
  readonly at: EpochMs;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** `width * height` temperatures, row by row from the top left. */
  readonly celsius: Float32Array;
}
