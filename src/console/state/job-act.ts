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
      /** The machine is another one now: its rules learn anew what is normal. */
      readonly learnAnew: boolean;
    }
  | { readonly kind: 'cancel'; readonly note: string };

/** Whether nothing can be done about a job any more. */
export function isClosed({ state }: Pick<WorkOrder, 'state'>): boolean {
  return state === 'done' || state === 'cancelled';
}
