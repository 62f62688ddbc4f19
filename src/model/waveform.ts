import type { EpochMs } from './reading.ts';
import type { DiscardReason } from './source-state.ts';

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

/** What travels the line beside readings: a waveform or a thermal frame. */
export type Capture = ({ readonly kind: 'waveform' } & Waveform) | ({ readonly kind: 'thermalFrame' } & ThermalFrame);

export type CaptureKind = Capture['kind'];

/** Why a capture goes no further. */
export interface CaptureRefusal {
  readonly code: DiscardReason;
  /** What is wrong and what to do. */
  readonly reason: string;
}

/** Most samples of a waveform: 4 MiB, 41 s at 25.6 kHz. */
export const MAX_SAMPLES = 1_048_576;
/** Most pixels along the longer and the shorter side of a thermal frame, whichever way the camera is held. */
export const MAX_FRAME_SIDES = { longer: 640, shorter: 512 } as const;

/**
 * Units of a waveform, UCUM codes: acceleration and velocity. Standard gravity is `[g]` there; `g`, which would be the gram,
 * is what every accelerometer's data sheet writes and can't mean anything else here.
 */
export const WAVEFORM_UNITS: readonly string[] = ['m/s2', 'mm/s', 'g', '[g]', '[in_i]/s'];
