import type { Clock } from '../../../src/model/clock.ts';
import type { FaultRate } from './fault-plan.ts';

/** One fault that was injected. `n` counts the occasions, from 1: the same seed gives the same `n` and kinds. */
export interface InjectedFault {
  readonly fault: string;
  readonly n: number;
  /** Where: the unit and register, the topic, the batch. */
  readonly on: string;
}

/** How a faulty peer is started. */
export interface PeerOptions {
  readonly seed: number;
  readonly faults: readonly FaultRate[];
  /** Port to listen on, 0 for a free one; of the service, for a peer that pushes. */
  readonly port: number;
  readonly clock: Clock;
  /** Hears of every injected fault, before it happens. */
  readonly report: (fault: InjectedFault) => void;
  /** For files of its own (certificates). */
  readonly directory: string;
  /** API key, for a peer that pushes. */
  readonly key?: string;
  /** Time from one round of values to the next, ms. */
  readonly periodMs?: number;
}

/** A device, server, broker or client that runs, and misbehaves as it was told. */
export interface FaultyPeer {
  readonly port: number;
  /** What it serves and what its values are, for a person. */
  readonly serves: string;
  /** Ends it; resolves when nothing is left. */
  stop(): Promise<void>;
}

/** One protocol to simulate. */
export interface PeerKind {
  /** What can go wrong, in words, by name. */
  readonly faults: Readonly<Record<string, string>>;
  start(options: PeerOptions): Promise<FaultyPeer>;
}
