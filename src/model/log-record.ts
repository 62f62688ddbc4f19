import type { Batch } from './batch.ts';
import type { PlanInForce } from './judged-plant.ts';
import type { EpochMs } from './reading.ts';
import type { SourceEvent } from './source-event.ts';
import type { Transition } from './transition.ts';
import type { ThermalFrame, Waveform } from './waveform.ts';

/** What happened to the link of a source. `starting` = the service began to dial: not known yet. */
export interface SourceLinkEvent {
  readonly kind: 'source';
  readonly source: string;
  readonly link: 'starting' | 'up' | 'down';
  readonly at: EpochMs;
  /** Code of the error it is down for. */
  readonly code?: string;
  /** Why it is down, in plain words. */
  readonly reason?: string;
}

/** What an operator did; goes through the log so that a replay does it again. */
export interface AlertCommand {
  /** `reset` lets go of a latched alert whose condition has gone and that was acknowledged. */
  readonly kind: 'acknowledge' | 'reset';
  readonly commandId: string;
  readonly alert: string;
  readonly at: EpochMs;
  readonly by: string;
  readonly note?: string;
}

/** Whose learning is to be forgotten. */
export interface ForgetTarget {
  readonly rule: string;
  /** `null`: on all its tags. Of a rule that judges its tags together it makes no difference. */
  readonly tag: string | null;
  /** Only a fault that was repaired, of which the alert was raised then; `null`: everything, it learns anew. */
  readonly from: EpochMs | null;
}

/** What people know of a machine and rules that learn cannot see: a fault was repaired, or the machine is another one. */
export interface ForgetCommand {
  readonly kind: 'forget';
  readonly commandId: string;
  readonly at: EpochMs;
  readonly by: string;
  readonly note?: string;
  /** Number of the job that was done. */
  readonly job?: string;
  readonly of: readonly ForgetTarget[];
}

/**
 * A client's batch is complete and durable: written behind its readings. `sequence` counts up by one within `stream`; `from`
 * and `to` are the times of its oldest and newest reading, `null` when it had none.
 */
export interface PushedBatch {
  readonly kind: 'pushed';
  readonly source: string;
  readonly at: EpochMs;
  readonly stream: string;
  readonly sequence: number;
  readonly from: EpochMs | null;
  readonly to: EpochMs | null;
}

/** What a source said of its own alarms, and when it arrived. */
export interface ExternalEvent {
  readonly kind: 'external';
  readonly source: string;
  readonly at: EpochMs;
  readonly said: SourceEvent;
}

/** From here on rules are judged by another plan. */
export interface PlanEvent extends PlanInForce {
  readonly kind: 'plan';
  readonly at: EpochMs;
}

/** A push that carried an idempotency key: begun (`done` null), or what was answered to it. */
export interface PushReceipt {
  readonly key: string;
  /** The time that its readings without one get, at every attempt. */
  readonly begunAt: EpochMs;
  readonly done: { readonly bodyHash: string; readonly answer: string } | null;
}

/** What readings that came too late would have changed in what was told; nothing, often. */
export interface CorrectionEvent {
  readonly kind: 'correction';
  readonly at: EpochMs;
  /** Which review of late readings found it. */
  readonly review: number;
  readonly transitions: readonly Omit<Transition, 'position'>[];
}

/** What one rule on its tags has learnt, by its detector's own word; `detector` is `null` where history taught it nothing. */
export interface Lesson {
  readonly key: string;
  readonly fingerprint: string;
  /** Plain JSON. */
  readonly detector: unknown;
}

/** Rules that are new have been shown what is stored: they go on from there. */
export interface LearntEvent {
  readonly kind: 'learnt';
  readonly at: EpochMs;
  readonly lessons: readonly Lesson[];
}

export type LogEvent =
  | SourceLinkEvent
  | AlertCommand
  | ForgetCommand
  | PushedBatch
  | ExternalEvent
  | PlanEvent
  | CorrectionEvent
  | LearntEvent
  | (PushReceipt & { readonly kind: 'receipt'; readonly at: EpochMs });

/** A waveform or a thermal frame; `tag` is the number of the log's own dictionary. */
export type CaptureRecord = { readonly receivedAt: EpochMs; readonly tag: number } & (
  | ({ readonly kind: 'waveform' } & Omit<Waveform, 'tag'>)
  | ({ readonly kind: 'thermalFrame' } & Omit<ThermalFrame, 'tag'>)
);

/** A text reading in the log; `tag` is the number of the log's own dictionary. */
export interface LoggedText {
  readonly tag: number;
  readonly at: EpochMs;
  readonly text: string;
  /** As in a batch: the stored quality number, plus `HISTORICAL`. */
  readonly quality: number;
  /** Raw status code; absent where there is none, or 0. */
  readonly code?: number;
}

/** Text readings that came together. They are few: columns are for numbers. */
export interface TextsRecord {
  readonly kind: 'texts';
  readonly receivedAt: EpochMs;
  readonly texts: readonly LoggedText[];
}

/** One entry of the readings log. */
export type LogRecord =
  | { readonly kind: 'readings'; readonly receivedAt: EpochMs; readonly batch: Batch }
  | TextsRecord
  | CaptureRecord
  | { readonly kind: 'clock'; readonly at: EpochMs }
  | { readonly kind: 'event'; readonly event: LogEvent };

/** A record with where it stands: it occupies the bytes `position` (inclusive) to `end` (exclusive) of the log. */
export interface PlacedRecord {
  readonly position: number;
  readonly end: number;
  readonly record: LogRecord;
}
