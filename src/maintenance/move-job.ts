import type { EpochMs } from '../model/reading.ts';
import { isClosed, type WorkFound, type WorkOrderAction, type WorkProgress } from '../model/work-order.ts';

/** What somebody wants to do about a job. */
export type JobAct =
  | { readonly kind: 'start'; readonly note: string | null }
  | {
      readonly kind: 'complete';
      /** `null`: whoever did it did not say. */
      readonly found: WorkFound | null;
      readonly cause: string | null;
      readonly remedy: string | null;
      readonly notes: string | null;
    }
  | { readonly kind: 'cancel'; readonly note: string | null };

/** What comes of it. `already`: it was done before, just so, and nothing is different now. */
export type JobMove =
  | { readonly kind: 'moved'; readonly action: WorkOrderAction; readonly progress: WorkProgress }
  | { readonly kind: 'already' }
  | { readonly kind: 'refused'; readonly why: string };

/**
 * Says what an act makes of a job: open → in progress → done or cancelled, the middle may be left out, and what is closed stays
 * closed. Whoever sends the same again, as no answer came, has not done it twice; who starts or cancels what another has, or
 * with other words, is told so. `startNote`: the words that the job was started with, which only its journal has.
 */
export function moveJob(
  job: WorkProgress,
  act: JobAct,
  { by, at, startNote }: { readonly by: string; readonly at: EpochMs; readonly startNote: string | null },
): JobMove {
  const { state, startedAt, startedBy, closedAt, closedBy, found, cause, remedy, notes } = job;
  const over = { closedAt: at, closedBy: by };
  switch (act.kind) {
    case 'start':
      if (state === 'in progress') {
        if (startedBy === by && startNote === act.note) return { kind: 'already' };
        return { kind: 'refused', why: `the job is in progress: ${startedBy} has started it already` };
      }
      if (isClosed(job)) return refuse(state, act.kind);
      return {
        kind: 'moved',
        action: 'started',
        progress: {
          ...{ state: 'in progress', startedAt: at, startedBy: by, closedAt, closedBy },
          ...{ found, cause, remedy, notes },
        },
      };
    case 'complete': {
      const result = { found: act.found, cause: act.cause, remedy: act.remedy, notes: act.notes };
      const isSame = found === act.found && cause === act.cause && remedy === act.remedy && notes === act.notes;
      if (state === 'done' && isSame) return { kind: 'already' };
      if (isClosed(job)) return refuse(state, act.kind);
      const progress: WorkProgress = { state: 'done', startedAt, startedBy, ...over, ...result };
      return { kind: 'moved', action: 'completed', progress };
    }
    case 'cancel': {
      if (state === 'cancelled' && closedBy === by && notes === act.note) return { kind: 'already' };
      if (isClosed(job)) return refuse(state, act.kind);
      const progress: WorkProgress = {
        ...{ state: 'cancelled', startedAt, startedBy, ...over },
        ...{ found, cause, remedy, notes: act.note },
      };
      return { kind: 'moved', action: 'cancelled', progress };
    }
  }
}

function refuse(state: WorkProgress['state'], act: JobAct['kind']): JobMove {
  const why = `the job is ${state}: it cannot be ${PARTICIPLES[act]} any more; the next alert of its rule makes a new one`;
  return { kind: 'refused', why };
}

const PARTICIPLES = { start: 'started', complete: 'completed otherwise', cancel: 'cancelled otherwise' } as const;
