import { isSevere, type Level, type Priority } from '../model/alert.ts';
import { sayDuration } from '../model/duration.ts';
import type { WorkOrderPolicy } from '../model/plant.ts';
import type { Transition } from '../model/transition.ts';

const HOUR_MS = 3_600_000;

/** From raised to due, in hours, where the plant file does not say: ours, no standard's. `severe`: at level HH or LL. */
const DUE_HOURS: Readonly<Record<Priority, { readonly usual: number; readonly severe: number }>> = {
  critical: { usual: 8, severe: 4 },
  high: { usual: 24, severe: 8 },
  medium: { usual: 7 * 24, severe: 24 },
  low: { usual: 14 * 24, severe: 7 * 24 },
};

/** Nobody does a job sooner. */
const LEAST_HOURS = 1;

/**
 * When the job of an alert is due, and the line of its description that says why it is that soon, empty where nothing is to be
 * said. A limit that one machine in ten reaches before the planned date (P10) brings it forward, but leaves an hour to get there: a job
 * that is late when it is made is no help. A limit that is reached leaves the time of a severe alert.
 */
export function dateJob(
  { at, rul, priority, level }: Pick<Transition, 'at' | 'rul' | 'priority' | 'level'>,
  { dueMs }: Pick<WorkOrderPolicy, 'dueMs'>,
): { readonly dueAt: number; readonly note: string } {
  const plannedMs = dueMs ?? DUE_HOURS[priority][isSevere(level) ? 'severe' : 'usual'] * HOUR_MS;
  const planned = at + plannedMs;
  const severe = isSevere(level) && dueMs === undefined ? `\n${sayWhySoon(priority, level, plannedMs)}` : '';
  if (rul === undefined) return { dueAt: planned, note: severe };
  const [early, likely, late] = [rul.p10, rul.p50, rul.p90].map((hours) => sayDuration(hours * HOUR_MS));
  const left = rul.p90 === 0 ? 'No time is left' : `Time left: ${early} (P10), ${likely} (P50), ${late} (P90)`;
  const soonest = at + (rul.p90 === 0 ? DUE_HOURS[priority].severe : LEAST_HOURS) * HOUR_MS;
  const dueAt = Math.min(planned, Math.max(soonest, rul.at + rul.p10 * HOUR_MS));
  const why = dueAt < planned ? ', which is why the job is due before the usual time' : '';
  return { dueAt, note: `${dueAt < planned ? '' : severe}\n${left}${why}.` };
}

function sayWhySoon(priority: Priority, level: Level, dueMs: number): string {
  return `Due within ${sayDuration(dueMs)}: its priority is ${priority}, and it is very ${level === 'LL' ? 'low' : 'high'} (${level}).`;
}
