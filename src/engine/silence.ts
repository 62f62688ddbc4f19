import { sayDuration, type Verdict } from '../../rules/detector.ts';
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

/** What the alert of a link says when the link stands and nothing comes. */
export function silenceVerdict({ watch, heardAt, tagCount }: LinkState, at: EpochMs): Verdict {
  const { id, kind } = watch.source;
  const since = heardAt === null ? 'since the service began to listen' : `for ${sayDuration(at - heardAt)}`;
  const seconds = heardAt === null ? 0 : (at - heardAt) / 1_000;
  return {
    state: 'abnormal',
    score: 1,
    finding: {
      value: seconds,
      limit: seconds,
      explanation: `${id} (${kind}) has sent nothing ${since} for any of its ${tagCount} tags, though its link is up`,
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
