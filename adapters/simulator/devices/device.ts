import type { EpochMs } from '../../../src/model/reading.ts';

/** A simulated device that listens on a loopback port. */
export interface Device {
  readonly port: number;
  /** Closes the port and everything behind it; resolves when nothing is left. May be called twice. */
  stop(): Promise<void>;
}

/** A device whose link can be lost: it closes its port and its connections, and later listens on the same port again. */
export interface DroppableDevice extends Device {
  drop(): Promise<void>;
  restore(): Promise<void>;
}

/** Asks the plant what the sensor of a tag says right now; `null` when there is no such tag. */
export type Measure = (tag: string) => number | null;

/** The loopback address: the simulated plant never listens anywhere else. */
export const LOOPBACK = '127.0.0.1';

/** One measurement as a wireless sensor sends it. */
export interface SensorMessage {
  readonly ts: EpochMs;
  readonly value: number;
  /** UCUM; only where nobody else says it. */
  readonly unit?: string;
}
