import type { AlertEffect, AlertKind, AlertState, Finding, Level, Priority } from './alert.ts';
import type { WorkOrderPolicy } from './plant.ts';
import type { EpochMs } from './reading.ts';
import type { DatedLife } from './remaining-life.ts';

/** One move of one alert, as the engine found it: everything that storing it and telling people needs. */
export interface Transition {
  /** Made from the log, the rule and the time it was raised: the same on every replay. */
  readonly alert: string;
  readonly rule: string;
  readonly kind: AlertKind;
  readonly tag: string | null;
  readonly asset: string | null;
  readonly source: string | null;
  readonly priority: Priority;
  readonly workOrder: WorkOrderPolicy | null;
  readonly effect: AlertEffect;
  /** State after it. */
  readonly state: AlertState;
  readonly at: EpochMs;
  readonly raisedAt: EpochMs;
  readonly level: Level | null;
  readonly finding: Finding | null;
  /** When its limit will be reached, where the detector says that. */
  readonly rul?: DatedLife | undefined;
  readonly by: string | null;
  readonly note: string | null;
  /** Of an alert that a correction leaves behind: when its condition ended; `null` where history does not say. */
  readonly endedAt?: EpochMs | null | undefined;
  /** Position in the readings log of the record that caused it. */
  readonly position: number;
}
