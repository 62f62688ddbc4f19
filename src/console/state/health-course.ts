import type { HealthStretch, WorkOrder } from '../api.generated.ts';
import { epochOf, type PlantClock } from '../text/time-text.ts';

/** The health of an asset laid out for drawing: a line that stays until it changes, and the times in which nobody knew it. */
export interface HealthCourse {
  /** Seconds since 1970, ascending. */
  readonly atSeconds: readonly number[];
  /** `null` breaks the line. */
  readonly line: readonly (number | null)[];
  readonly unknown: readonly { readonly fromMs: number; readonly toMs: number }[];
}

/** Lays out what was kept of a range; what is in no stretch is not known. */
export function healthCourse(
  stretches: readonly HealthStretch[],
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): HealthCourse {
  const atSeconds: number[] = [];
  const line: (number | null)[] = [];
  const unknown: { fromMs: number; toMs: number }[] = [];
  const leaveOut = (from: number, to: number) => {
    const last = unknown.at(-1);
    if (last?.toMs === from) last.toMs = to;
    else if (to > from) unknown.push({ fromMs: from, toMs: to });
  };
  let until = fromMs;
  for (const { from, to, health } of stretches) {
    const [begin, end] = [epochOf(from), epochOf(to)];
    leaveOut(until, begin);
    if (health === null) leaveOut(begin, end);
    // One moment before its end: the next one begins there, and times must ascend.
    atSeconds.push(begin / 1_000, Math.max(begin, end - 1) / 1_000);
    line.push(health, health);
    until = Math.max(until, end);
  }
  if (stretches.length > 0 || fromMs < toMs) leaveOut(until, toMs);
  return { atSeconds, line, unknown };
}

/** Says the course in a sentence: where it began, how low it was and when, and where it is. */
export function sayHealthCourse(stretches: readonly HealthStretch[], clock: PlantClock, nowMs: number): string {
  const known = stretches.filter((one): one is HealthStretch & { health: number } => one.health !== null);
  const [first, last] = [known[0], known.at(-1)];
  if (first === undefined || last === undefined) return 'Nothing is known of it in this time.';
  const lowest = known.reduce((low, one) => (one.health < low.health ? one : low));
  const when = (text: string) => clock.when(epochOf(text), nowMs);
  if (lowest.health === Math.max(...known.map(({ health }) => health)))
    return `${first.health.toFixed(2)} since ${when(first.from)}, as far as it is known.`;
  return (
    `${first.health.toFixed(2)} at ${when(first.from)}, lowest ${lowest.health.toFixed(2)} from ${when(lowest.from)} on, ` +
    `${last.health.toFixed(2)} at ${when(last.to)}.`
  );
}

/** When jobs on an asset were done, by which a repair is seen. */
export function repairsOf(asset: string, orders: Iterable<WorkOrder>): readonly { atMs: number; number: string }[] {
  return [...orders].flatMap(({ asset: on, state, closedAt, number }) =>
    on === asset && state === 'done' && closedAt !== null ? [{ atMs: epochOf(closedAt), number }] : [],
  );
}
