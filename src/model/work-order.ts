import type { Priority } from './alert.ts';
import type { EpochMs } from './reading.ts';
import { formatOptionalTime, formatTime } from './time.ts';

export type WorkOrderState = 'open' | 'in progress' | 'done' | 'cancelled';

/** What somebody did about a job. */
export type WorkOrderAction = 'started' | 'completed' | 'cancelled';

/** Whether what was looked for was there: `nothing` says that the alert was false. */
export const WORK_FOUND = ['fault', 'nothing'] as const;
export type WorkFound = (typeof WORK_FOUND)[number];

/** How far a job is, and what came of it. */
export interface WorkProgress {
  readonly state: WorkOrderState;
  readonly startedAt: EpochMs | null;
  readonly startedBy: string | null;
  /** When it was completed or cancelled. */
  readonly closedAt: EpochMs | null;
  readonly closedBy: string | null;
  /** `null` unless it is done and somebody said. */
  readonly found: WorkFound | null;
  readonly cause: string | null;
  /** What was done about it. */
  readonly remedy: string | null;
  readonly notes: string | null;
}

/** How every job begins. */
export const NOT_BEGUN: WorkProgress = {
  state: 'open',
  ...{ startedAt: null, startedBy: null, closedAt: null, closedBy: null },
  ...{ found: null, cause: null, remedy: null, notes: null },
};

/** Whether nothing can be done about a job any more. */
export function isClosed({ state }: Pick<WorkProgress, 'state'>): boolean {
  return state === 'done' || state === 'cancelled';
}

/** One line of a job's own journal. */
export interface WorkOrderEntry {
  readonly at: EpochMs;
  readonly action: WorkOrderAction;
  readonly by: string;
  readonly note: string | null;
}

/** The job a technician gets. */
export interface WorkOrder extends WorkProgress {
  readonly id: string;
  /** `WO-YYYY-NNNNNN`, counted per year in the plant's time zone. */
  readonly number: string;
  readonly asset: string | null;
  readonly title: string;
  readonly description: string;
  /** ISO 14224 failure mode. */
  readonly failureMode: string;
  readonly priority: Priority;
  readonly createdAt: EpochMs;
  readonly dueAt: EpochMs | null;
  /** Ids of the alerts it answers, or answered before they got another job, oldest first. */
  readonly alerts: readonly string[];
  /** Numbers of other open jobs of its asset, oldest first, at most `MAX_ALSO_OPEN`. */
  readonly alsoOpen: readonly string[];
}

/** The times of a job as they leave the service. */
export function formatJobTimes({ createdAt, dueAt, startedAt, closedAt }: WorkOrder) {
  return {
    createdAt: formatTime(createdAt),
    dueAt: formatOptionalTime(dueAt),
    startedAt: formatOptionalTime(startedAt),
    closedAt: formatOptionalTime(closedAt),
  };
}

/** Most other jobs that one names. */
export const MAX_ALSO_OPEN = 20;

/** Where the console shows a job, as a path of this service. */
export function jobPagePath(number: string): string {
  return `/#/work-order/${number}`;
}
