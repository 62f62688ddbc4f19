import { BEARING_PARTS, type BearingPart } from '../bearing/trains.ts';
import { ROTOR_FAULTS, type RotorFeature } from '../rotor/index.ts';

/** A feature of waveforms that is the strength of a fault. */
export type FaultFeature = BearingPart | RotorFeature;

/** All that the methods on captures tell apart. */
const FAULT_FEATURES: readonly string[] = [...BEARING_PARTS, ...ROTOR_FAULTS];

/** Whether a feature is the strength of a fault. */
export function isFaultFeature(name: string): name is FaultFeature {
  return FAULT_FEATURES.includes(name);
}

/** What a fault is called among failure modes, and what would prove it. */
interface FaultMode {
  /** As the packs call it, where they do. */
  readonly mode: string;
  readonly check: string;
}

const DAMAGED_BEARING: FaultMode = { mode: 'damaged bearing', check: 'envelope spectrum of a waveform' };

/** The failure mode of every fault: one that a method learns to tell apart does not compile without its line here. */
export const MODE_OF_FAULT: Readonly<Record<FaultFeature, FaultMode>> = {
  outer: DAMAGED_BEARING,
  inner: DAMAGED_BEARING,
  ball: DAMAGED_BEARING,
  imbalance: { mode: 'imbalance', check: '1× of the speed, phase 90° between horizontal and vertical' },
  misalignment: { mode: 'misalignment', check: '2× of the speed, phase 180° across the coupling' },
  looseness: { mode: 'looseness', check: 'many harmonics; foot against base plate' },
  gear: { mode: 'worn or damaged teeth', check: 'mesh frequency with sidebands; iron in the oil' },
  electrical: { mode: 'electrical fault of the motor', check: 'it is gone the moment the power is cut' },
  vanes: { mode: 'vane pass', check: 'flow and head against the curve: least at the best point' },
  cavitation: { mode: 'cavitation', check: 'suction pressure, noise like gravel' },
};
