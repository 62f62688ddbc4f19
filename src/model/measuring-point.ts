/** What is known of the machine at the place where waveforms are taken: `waveforms.<id>` of the plant file. */
export interface WaveformPoint {
  readonly kind: 'waveform';
  readonly id: string;
  /** The tag of the waveforms; their features are its sub-tags, `pump-1.de` → `pump-1.de.velocity_rms`. */
  readonly tag: string;
  /** UCUM code that the samples must be convertible to: it says what the sensor measures. */
  readonly unit: string;
  /** `null`: nobody said, and nothing that depends on the speed is judged. */
  readonly speed: SpeedSource | null;
  /** Fault frequencies over that of the shaft. */
  readonly bearing: {
    readonly bpfo: number;
    readonly bpfi: number;
    readonly bsf: number;
    readonly ftf: number;
  } | null;
  /** Teeth of the wheel on the shaft whose speed is told. */
  readonly teeth: number | null;
  /** Frequency of the mains. */
  readonly lineHz: number | null;
  /** Vanes of the impeller, or blades of the wheel, on that shaft. */
  readonly vanes: number | null;
  /** Whose ISO zones hold, where somebody told the power of the machine; see rules/iso-zone. */
  readonly zones?: {
    readonly standard: 'iso-10816-3' | 'iso-10816-1';
    readonly group: '1' | '2' | 'I';
    readonly foundation: 'rigid' | 'flexible';
  };
}

/** 1,000,000 /min: the fastest spindles turn half as fast. What tells more tells no speed. */
export const MAX_SHAFT_HZ = 1_000_000 / 60;

/** Where the speed of a shaft is known from. */
export type SpeedSource =
  | { readonly kind: 'constant'; readonly shaftHz: number }
  /** The good reading nearest in time, no farther than `withinMs`; times `hzPerUnit` it is the speed. */
  | { readonly kind: 'tag'; readonly tag: string; readonly hzPerUnit: number; readonly withinMs: number };

/** Parts of a thermal picture that are watched: `frames.<id>` of the plant file. */
export interface FramePoint {
  readonly kind: 'thermalFrame';
  readonly id: string;
  /** The tag of the frames; `panel.camera` → `panel.camera.l1.max`. */
  readonly tag: string;
  readonly regions: readonly Region[];
}

/** A rectangle of a thermal frame, pixels from its top left corner. */
export interface Region {
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A place whose captures become readings. */
export type MeasuringPoint = WaveformPoint | FramePoint;
