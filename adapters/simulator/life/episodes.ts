import type { Span } from './time-line.ts';

/** What makes a machine ill. */
export type MachineFaultKind = 'bearing wear' | 'imbalance' | 'overheating' | 'blocked filter' | 'pump wear' | 'leak';

/** What makes a sensor lie. */
export type SensorFaultKind = 'frozen' | 'spikes' | 'drift' | 'dead' | 'noise' | 'offset';

/** What looks like a fault and is none. */
export type LookAlikeKind = 'hot day' | 'load step' | 'cleaning' | 'maintenance stop' | 'restart';

/** A machine that gets ill: `severity` is 1 where it reaches the limit of `tag` at usual operation; it is repaired at `to`. */
export interface MachineFault extends Span {
  readonly kind: MachineFaultKind;
  readonly asset: string;
  /** The tag whose limit it is on the way to. */
  readonly tag: string;
  /** How far it is `x` of its life on: 0 at 0, 1 at 1, growing beyond. */
  readonly course: (x: number) => number;
  /** From its beginning until its severity is 1, ms. */
  readonly lifeMs: number;
}

/** A sensor that lies. */
export interface SensorFault extends Span {
  readonly kind: SensorFaultKind;
  readonly asset: string;
  readonly tag: string;
  /** Drift at the end and offset: tag unit. Spikes: their height. Noise: its standard deviation. Else 0. */
  readonly size: number;
}

/** Something healthy that changes what is measured. `asset` is `null` where it is the whole plant. */
export interface LookAlike extends Span {
  readonly kind: LookAlikeKind;
  readonly asset: string | null;
  /** Hot day: K. Load step: % of load. Cleaning: share of the vibration that goes. Else 0. */
  readonly size: number;
}

/** All that happens in one life. */
export interface LifeScript {
  readonly seed: number;
  readonly days: number;
  /** Change of the hall's temperature over the life, K: the season. */
  readonly season: number;
  readonly faults: readonly MachineFault[];
  readonly sensorFaults: readonly SensorFault[];
  readonly lookAlikes: readonly LookAlike[];
}

/** How far a fault is at a moment; 0 before it begins and after it is repaired. */
export function severityAt({ from, to, lifeMs, course }: MachineFault, atMs: number): number {
  return atMs < from || atMs >= to ? 0 : course((atMs - from) / lifeMs);
}
