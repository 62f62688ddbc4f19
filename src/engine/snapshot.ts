import type { AlertMemory } from '../../rules/alert-state.ts';
import type { EpochMs } from '../model/reading.ts';
import type { ExternalState } from './external.ts';
import type { JoinSnapshot } from './join.ts';

/** What the engine remembers, as plain JSON; stored as a checkpoint with the log position it belongs to. */
export interface EngineSnapshot extends HeadSnapshot {
  /** All of them, or those that changed since the last copy. */
  readonly cells: readonly CellSnapshot[];
}

/** What does not belong to one asset. */
export interface HeadSnapshot {
  /** Newest time of the log that was evaluated. */
  readonly now: EpochMs;
  readonly links: readonly {
    readonly source: string;
    readonly isUp: boolean;
    readonly memory: AlertMemory;
    readonly alert: string | null;
  }[];
  /** Absent: written before there were any. */
  readonly external?: readonly ExternalState[];
}

/** What is remembered of one asset, or of a part of it. */
export interface CellSnapshot {
  readonly asset: string;
  readonly part: number;
  readonly tags: readonly (readonly [name: string, lastAt: EpochMs, value: number | null, skewMs: number])[];
  readonly watches: readonly {
    readonly key: string;
    readonly fingerprint: string;
    /** The detector's own. */
    readonly detector: unknown;
    readonly join?: JoinSnapshot;
    readonly memory: AlertMemory;
    readonly alert: string | null;
    readonly parked: string | null;
  }[];
}

/** A checkpoint of an earlier version, which kept everything in one. */
export function upgradeSnapshot(
  state: EngineSnapshot | (HeadSnapshot & Pick<CellSnapshot, 'tags' | 'watches'>),
): EngineSnapshot {
  return 'cells' in state ? state : { ...state, cells: [{ ...state, asset: '', part: 0 }] };
}
