import type { AlertMemory } from '../../rules/alert-state.ts';
import type { Signal } from '../../rules/window/signal.ts';
import type { PlanInForce } from '../model/judged-plant.ts';
import type { EpochMs } from '../model/reading.ts';
import type { Checkpoint } from '../store/engine-checkpoints.ts';
import type { LearntAnew } from './carriers.ts';
import type { DerivedSnapshot } from './derivations.ts';
import type { ExternalState } from './external.ts';
import type { CarriedOut } from './forget.ts';
import type { HeldSnapshot } from './hold-back.ts';
import type { JoinSnapshot } from './join.ts';
import type { LateSnapshot } from './late-readings.ts';

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
    /** Absent: written before silence was told from a broken link. */
    readonly heardAt?: EpochMs | null;
    readonly isSilent?: boolean;
    /** Absent: written before a link that is back said for how long it was away. */
    readonly awaySince?: EpochMs | null;
    readonly heardCount?: number;
    readonly memory: AlertMemory;
    readonly alert: string | null;
  }[];
  /** Absent: written before there were any; so are the next. */
  readonly held?: readonly HeldSnapshot[];
  readonly external?: readonly ExternalState[];
  /** Absent: no reading came too late. */
  readonly late?: LateSnapshot;
  /** Commands to forget that were carried out, oldest first: the newest of them. Absent: none was. */
  readonly forgotten?: readonly CarriedOut[];
  /** Keys of rules that learn and that history has taught nothing yet. Absent: there are none. */
  readonly untaught?: readonly string[];
}

/** What is remembered of one asset, or of a part of it. */
export interface CellSnapshot {
  readonly asset: string;
  readonly part: number;
  readonly tags: readonly (readonly [name: string, lastAt: EpochMs, value: number | null, skewMs: number])[];
  /** Of tags that conditions ask more about than the newest value. Absent: written before there were any. */
  readonly signals?: readonly (readonly [name: string, signal: Signal])[];
  readonly watches: readonly {
    readonly key: string;
    readonly fingerprint: string;
    /** Absent: it learns nothing once. */
    readonly lessonPrint?: string;
    /** The detector's own. */
    readonly detector: unknown;
    readonly join?: JoinSnapshot;
    readonly memory: AlertMemory;
    readonly alert: string | null;
    /** Absent: filed under the rule's own tag. */
    readonly about?: string;
    readonly parked: string | null;
    /** Absent: nobody had it learn anew. */
    readonly anew?: LearntAnew;
  }[];
  /** Absent where there are none. */
  readonly derived?: readonly DerivedSnapshot[];
}

/** What an engine knows that has not begun. */
export const NOTHING_KNOWN: EngineSnapshot = { now: 0, links: [], cells: [] };

/** The plan a checkpoint was made by, among its cells: it has none of their names, and nothing to restore. */
export interface PlanCell extends CellSnapshot {
  readonly plan: PlanInForce;
}

const PLAN_CELL = { asset: ':plan', part: 0, tags: [], watches: [] } as const;

/** Makes the cell in which a plan is kept. */
export function planCell(plan: PlanInForce): PlanCell {
  return { ...PLAN_CELL, plan };
}

/** A checkpoint of an earlier version, which kept everything in one. */
type OneSnapshot = HeadSnapshot & Pick<CellSnapshot, 'tags' | 'watches'>;

/** What a checkpoint holds, and by which plan it was made; `null`: it was written before plans were kept. */
export function snapshotOf({ state, cells }: Checkpoint): {
  readonly snapshot: EngineSnapshot;
  readonly plan: PlanInForce | null;
} {
  const head = state as HeadSnapshot | OneSnapshot; // written by the engine, this version or the one before
  if ('watches' in head) return { snapshot: { ...head, cells: [{ ...head, asset: '', part: 0 }] }, plan: null };
  const parsed = cells.map((cell) => JSON.parse(cell) as CellSnapshot | PlanCell);
  const plan = parsed.find((cell): cell is PlanCell => 'plan' in cell)?.plan ?? null;
  return { snapshot: { ...head, cells: parsed }, plan };
}
