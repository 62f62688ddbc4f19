import { sayDuration, type Verdict } from '../../rules/detector.ts';
import { NORMAL } from '../../rules/verdict.ts';
import { sayTime } from '../model/plant-time.ts';
import type { EpochMs } from '../model/reading.ts';
import type { LinkState, WatchState } from './carriers.ts';

/**
 * Whose silence it is when a tag has been silent for too long: its own while others of its source are heard, the source's
 * when none of them was for as long. In between it is not known yet: the readings of one source do not end at one moment.
 * A source of which one tag only was ever heard is no better witness than the tag.
 */
export function blame(link: LinkState | null, verdict: Verdict, at: EpochMs): 'instrument' | 'source' | 'not known' {
  if (link === null || link.tagCount < 2 || link.heardCount === 1 || verdict.state !== 'abnormal') return 'instrument';
  const limitMs = verdict.finding.limit * 1_000;
  const silentMs = link.heardAt === null ? Number.POSITIVE_INFINITY : at - link.heardAt;
  if (silentMs >= limitMs) return 'source';
  return silentMs >= limitMs / 2 ? 'not known' : 'instrument';
}

/** Sooner, it is one that came out of its order. */
const LATE_MS = 60_000;

/** What the alert of a link says when the link stands and nothing comes. */
export function silenceVerdict(link: LinkState, at: EpochMs): Verdict {
  const { watch, heardAt, tagCount, late } = link;
  noteAway(link, heardAt ?? at);
  const { id, kind } = watch.source;
  const since = heardAt === null ? 'since the service began to listen' : `for ${sayDuration(at - heardAt)}`;
  const seconds = heardAt === null ? 0 : (at - heardAt) / 1_000;
  const isLate = late !== undefined && (heardAt === null || late.at - heardAt >= at - late.at); // and still comes
  const explanation = isLate
    ? `${id} (${kind}) sends readings that are ${sayDuration(late.byMs)} old when they arrive, and ${since} nothing newer for any of its ` +
      `${tagCount} tags: rules leave such readings alone; its clock is behind, or something holds them back`
    : `${id} (${kind}) has sent nothing ${since} for any of its ${tagCount} tags, though its link is up`;
  return { state: 'abnormal', score: 1, finding: { value: seconds, limit: seconds, explanation } };
}

/** Remembers that something came, though too late to be judged: that is no silence. */
export function noteLate(link: LinkState | null, time: EpochMs, receivedAt: EpochMs): void {
  const byMs = receivedAt - time;
  if (link !== null && byMs >= LATE_MS) link.late = { at: receivedAt, byMs };
}

/** Remembers since when nothing comes from a source. A link that flaps is away until it has returned for good. */
export function noteAway(link: LinkState, at: EpochMs): void {
  const { state } = link.memory;
  if (link.awaySince === null || state === 'normal' || state === 'returned') link.awaySince = at;
}

/** What is said of a source that is there again. `how` is what ended its absence. */
export function returnVerdict(link: LinkState, at: EpochMs, how: 'reachable' | 'heard'): Verdict {
  const { watch, memory, awaySince } = link;
  const { source, policy, timezone } = watch;
  if (memory.raisedAt === null) return NORMAL; // nobody was told that it was away
  // Checkpoints of earlier versions do not say since when: then it is what its alert was raised for.
  const since = awaySince ?? memory.raisedAt - policy.onDelayMs;
  const seconds = Math.max(0, at - since) / 1_000;
  const again = how === 'reachable' ? 'reachable again' : 'sends readings again';
  return {
    state: 'normal',
    score: 0,
    back: {
      value: seconds,
      limit: seconds,
      explanation:
        `${source.id} (${source.kind}) is back: ${again} since ${sayTime(at, timezone)}, ` +
        `after ${sayDuration(seconds * 1_000)} away`,
    },
  };
}

/** The link of a source is up again: how long its tags were silent behind it says nothing about them. */
export function forgetSilence(watches: readonly WatchState[], source: string): void {
  for (const each of watches) {
    const { tag, detector, config } = each.watch;
    if (tag.source !== source || detector.time !== 'arrival') continue;
    each.detector = detector.init(config);
    each.cell.isDirty = true;
  }
}
