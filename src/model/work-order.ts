import type { Priority } from './alert.ts';
import type { EpochMs } from './reading.ts';

export type WorkOrderState = 'open' | 'in progress' | 'done' | 'cancelled';

/** The job a technician gets. */
export interface WorkOrder {
  readonly id: string;
  /** `WO-YYYY-NNNNNN`, counted per year in the plant's time zone. */
  readonly number: string;
  readonly state: WorkOrderState;
  readonly asset: string | null;
  readonly title: string;
  readonly description: string;
  /** ISO 14224 failure mode. */
  readonly failureMode: string;
  readonly priority: Priority;
  readonly createdAt: EpochMs;
  readonly dueAt: EpochMs | null;
  /** Ids of the alerts it answers. */
  readonly alerts: readonly string[];
  /** Numbers of other open jobs of its asset, oldest first, at most `MAX_ALSO_OPEN`. */
  readonly alsoOpen: readonly string[];
}

/** Most other jobs that one names. */
export const MAX_ALSO_OPEN = 20;
