import type { DiscardReason, EpochMs, Reading, Rejection } from '../adapter.ts';
import type { PushContext } from './batch.ts';
import type { DecodedLines, LineProblem } from './decoded-lines.ts';

/** What became of a request so far. */
export interface PushTally {
  accepted: number;
  /** The first of what was rejected, in order. `index` counts from 0 in the whole request. */
  readonly rejected: Rejection[];
  rejectedCount: number;
  /** Times of the oldest and the newest reading that came; `null` before. */
  from: EpochMs | null;
  to: EpochMs | null;
}

/** A tally of nothing. */
export function emptyTally(): PushTally {
  return { accepted: 0, rejected: [], rejectedCount: 0, from: null, to: null };
}

/**
 * Gives decoded readings to the sink, counts what could not be decoded, and adds both to the tally, which lists at most
 * `mostListed` rejections. Resolves when what was accepted is durable.
 */
export async function sinkItems(
  { readings, lines, problems }: DecodedLines,
  tally: PushTally,
  { ctx, mostListed }: { readonly ctx: PushContext; readonly mostListed: number },
): Promise<void> {
  // A small packed body can hold millions of bad lines: those that are not listed cost a number.
  const room = mostListed - tally.rejected.length;
  const rejected: Rejection[] = problems
    .slice(0, room)
    .map(({ line, code, reason }) => ({ index: line - 1, code, reason }));
  tally.rejectedCount += problems.length;
  for (const [code, count] of countByCode(problems)) ctx.discard(code, count);
  if (readings.length > 0) {
    const [from, to] = spanOf(readings); // before the wait, so that they need not outlive it
    const outcome = await ctx.sink(readings);
    for (const { index, code, reason } of outcome.rejected.slice(0, room)) {
      rejected.push({ index: lines[index]! - 1, code, reason });
    }
    tally.rejectedCount += outcome.rejected.length;
    tally.accepted += outcome.accepted;
    tally.from = Math.min(tally.from ?? from, from);
    tally.to = Math.max(tally.to ?? to, to);
  }
  if (rejected.length === 0) return;
  rejected.sort((a, b) => a.index - b.index);
  tally.rejected.push(...rejected.slice(0, room));
}

function spanOf(readings: readonly Reading[]): [EpochMs, EpochMs] {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const { at } of readings) {
    if (at < from) from = at;
    if (at > to) to = at;
  }
  return [from, to];
}

function countByCode(problems: readonly LineProblem[]): ReadonlyMap<DiscardReason, number> {
  const counts = new Map<DiscardReason, number>();
  for (const { code } of problems) counts.set(code, (counts.get(code) ?? 0) + 1);
  return counts;
}
