import type { Episode } from './episodes.ts';

/** What became of one episode. `shiftMs`: how much later it begins now; negative = earlier. */
export type Change =
  | {
      readonly kind: 'same' | 'earlier' | 'later';
      readonly before: Episode;
      readonly now: Episode;
      readonly shiftMs: number;
    }
  | { readonly kind: 'gone'; readonly before: Episode; readonly now: null; readonly shiftMs: null }
  | { readonly kind: 'new'; readonly before: null; readonly now: Episode; readonly shiftMs: null };

/** Beginnings closer than this are the same: the clock's record comes once a second. */
const SAME_MS = 1_000;

/**
 * Compares what two sets of rules said: episodes of the same rule and tag that overlap in time are one, in the order in which
 * they began. Oldest first. Linear in the number of episodes, beside sorting.
 */
export function compareEpisodes(before: readonly Episode[], now: readonly Episode[]): readonly Change[] {
  const nowBy = byCarrier(now);
  const beforeBy = byCarrier(before);
  const carriers = new Set([...beforeBy.keys(), ...nowBy.keys()]);
  const changes = [...carriers].flatMap((carrier) => pair(beforeBy.get(carrier) ?? [], nowBy.get(carrier) ?? []));
  return changes.sort((a, b) => beginOf(a) - beginOf(b));
}

function byCarrier(episodes: readonly Episode[]): Map<string, Episode[]> {
  const by = new Map<string, Episode[]>();
  for (const episode of [...episodes].sort((a, b) => a.from - b.from)) {
    const carrier = `${episode.rule}|${episode.tag}`;
    const list = by.get(carrier);
    if (list) list.push(episode);
    else by.set(carrier, [episode]);
  }
  return by;
}

function pair(before: readonly Episode[], now: readonly Episode[]): Change[] {
  const changes: Change[] = [];
  let b = 0;
  let n = 0;
  while (b < before.length || n < now.length) {
    const old = before[b];
    const fresh = now[n];
    if (old && fresh && endOf(old) + SAME_MS >= fresh.from && endOf(fresh) + SAME_MS >= old.from) {
      const shiftMs = fresh.from - old.from;
      const kind = Math.abs(shiftMs) <= SAME_MS ? 'same' : shiftMs < 0 ? 'earlier' : 'later';
      changes.push({ kind, before: old, now: fresh, shiftMs });
      b++;
      n++;
    } else if (fresh === undefined || (old !== undefined && old.from <= fresh.from)) {
      changes.push({ kind: 'gone', before: old!, now: null, shiftMs: null }); // one of the two is there
      b++;
    } else {
      changes.push({ kind: 'new', before: null, now: fresh, shiftMs: null });
      n++;
    }
  }
  return changes;
}

function endOf({ to }: Episode): number {
  return to ?? Number.POSITIVE_INFINITY;
}

function beginOf({ before, now }: Change): number {
  return Math.min(before?.from ?? Number.POSITIVE_INFINITY, now?.from ?? Number.POSITIVE_INFINITY);
}
