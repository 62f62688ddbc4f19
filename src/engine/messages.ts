import type { CommittedTransition } from '../alerts/commit.ts';
import type { Plant } from '../model/plant.ts';
import type { CommandOutcome } from './engine.ts';

/** What the engine's thread is started with. */
export interface EngineWorkerData {
  /** Without endpoints: the engine has no use for their secrets. */
  readonly plant: Plant;
  readonly logDirectory: string;
  readonly logId: string;
  readonly logStart: number;
  readonly durable: number;
  readonly databaseUrl: string;
}

/** From the service to the engine's thread. */
export type ToEngine = { readonly kind: 'durable'; readonly position: number } | { readonly kind: 'stop' };

/** From the engine's thread to the service. */
export type FromEngine =
  | { readonly kind: 'committed'; readonly transitions: readonly CommittedTransition[] }
  | { readonly kind: 'commands'; readonly outcomes: readonly CommandOutcome[] }
  | { readonly kind: 'progress'; readonly position: number; readonly late: number }
  /** Everything before this position may be forgotten by the log. */
  | { readonly kind: 'checkpointed'; readonly position: number }
  | { readonly kind: 'parked'; readonly rule: string; readonly tag: string; readonly reason: string }
  /** A transition that the database will never take; the others went on. */
  | {
      readonly kind: 'refused';
      readonly rule: string;
      readonly tag: string | null;
      readonly effect: string;
      readonly reason: string;
    }
  | { readonly kind: 'waiting'; readonly code: string; readonly message: string }
  | { readonly kind: 'stopped' };
