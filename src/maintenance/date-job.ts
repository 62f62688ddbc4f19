import { sayDuration } from '../model/duration.ts';
import type { WorkOrderPolicy } from '../model/plant.ts';
import type { Transition } from '../model/transition.ts';

const HOUR_MS = 3_600_000;

/**
 * When the job of an alert is due, and the line of its description that tells of the forecast, empty without one. A limit that one
 * machine in ten reaches before the date of the policy (P10) brings it forward, at most to the alert itself.
 */
export function dateJob(
  { at, rul }: Pick<Transition, 'at' | 'rul'>,
  { dueMs }: Pick<WorkOrderPolicy, 'dueMs'>,
): { readonly dueAt: number; readonly note: string } {
  const planned = at + dueMs;
  if (rul === undefined) return { dueAt: planned, note: '' };
  const [early, likely, late] = [rul.p10, rul.p50, rul.p90].map((hours) => sayDuration(hours * HOUR_MS));
  const left = rul.p90 === 0 ? 'No time is left' : `Time left: ${early} (P10), ${likely} (P50), ${late} (P90)`;
  const dueAt = Math.max(at, Math.min(planned, rul.at + rul.p10 * HOUR_MS));
  const why = dueAt < planned ? ', which is why the job is due before the usual time' : '';
  return { dueAt, note: `\n${left}${why}.` };
}
