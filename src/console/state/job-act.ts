import type { WorkOrder } from '../api.generated.ts';

/** What somebody does about a job; texts may be empty. */
export type JobAct =
  | { readonly kind: 'start' }
  | {
      readonly kind: 'complete';
      /** Absent: not said. */
      readonly found?: NonNullable<WorkOrder['found']>;
      readonly cause: string;
      readonly remedy: string;
      readonly notes: string;
    }
  | { readonly kind: 'cancel'; readonly note: string };

/** Whether nothing can be done about a job any more. */
export function isClosed({ state }: Pick<WorkOrder, 'state'>): boolean {
  return state === 'done' || state === 'cancelled';
}
