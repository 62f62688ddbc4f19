import { ACCELEROMETER } from './accelerometer.ts';
import type { Episode, EpisodeKind } from './episode.ts';
import { FLATLINE_MS, FLATLINE_RULE, LIMIT_RULES, LINK_ALERT_MS, ON_DELAY_MS } from './limits.ts';
import type { SourceId } from './machines.ts';
import type { CycleScript } from './script.ts';
import { STEP_MS, STEPS, type Tracks } from './tracks.ts';

/** Which alert a monitoring system should make of an entry. */
export type Expectation = 'machine alert' | 'instrument alert' | 'communications alert' | 'no alert';

/** One thing that truly happens to the simulated plant, and what should be said about it. */
export interface GroundTruthEntry {
  /** Unique over the plant's life: `c1-bearing-wear` is the bearing of the first cycle. */
  readonly id: string;
  readonly kind: EpisodeKind;
  readonly asset: string | null;
  readonly tag: string | null;
  /** The source that delivers the tag, or that drops. */
  readonly source: SourceId;
  /** The rule of the plant file that should raise the alert, or, for a look-alike, that should not. */
  readonly rule: string | null;
  readonly startsAt: number;
  /** First moment at which the true value is above the high limit of the rule, or a waveform tells of it; `null` where there is none. */
  readonly exceedsLimitAt: number | null;
  /** When the alert is due: limit and on-delay, flatline time or `alertAfter` have passed, or a second waveform has come. `null` when none is. */
  readonly alertDueAt: number | null;
  /** When the cause is gone; a temperature takes a while longer to come back. */
  readonly endsAt: number | null;
  readonly expect: Expectation;
  readonly note: string;
}

/** What truly happens, in the order in which it starts. Times in ms since the beginning, or `EpochMs` when shifted. */
export type GroundTruth = readonly GroundTruthEntry[];

/** Works out the ground truth of one cycle from its script and from what the machines then did. */
export function groundTruthOf(script: CycleScript, tracks: Tracks, cycle: number): GroundTruth {
  return script.episodes.flatMap((episode) => {
    const exceedsLimitAt = exceedsAt(episode, tracks);
    const entry: GroundTruthEntry = {
      id: `c${cycle + 1}-${episode.name}`,
      kind: episode.kind,
      asset: episode.asset,
      tag: episode.tag,
      source: episode.source,
      rule: ruleOf(episode),
      startsAt: episode.startsAt,
      exceedsLimitAt,
      alertDueAt: dueAt(episode, exceedsLimitAt),
      endsAt: episode.endsAt,
      expect: expectationOf(episode.kind),
      note: episode.note,
    };
    return episode.kind === 'bearing wear' ? [entry, heardOf(entry, script)] : [entry];
  });
}

/**
 * The same wear as the accelerometer hears it: in every waveform from the first after it has become steep, and two of them must agree.
 * One that falls into a loss of the link comes when that is over.
 */
function heardOf(wear: GroundTruthEntry, { linkLoss }: CycleScript): GroundTruthEntry {
  const { periodMs, tag, source, rule } = ACCELEROMETER;
  const arrives = (at: number) =>
    linkLoss.source === source && at >= linkLoss.startsAt && at < linkLoss.endsAt ? linkLoss.endsAt : at;
  const first = Math.ceil((wear.exceedsLimitAt ?? wear.startsAt) / periodMs) * periodMs;
  return {
    ...wear,
    id: `${wear.id}-heard`,
    tag: `${tag}.bearing`,
    source,
    rule,
    exceedsLimitAt: arrives(first),
    alertDueAt: arrives(first + periodMs),
    note: 'The outer race of the worn bearing, as its waveforms tell it.',
  };
}

/** Moves a ground truth in time: by the moment the script began, it becomes one in `EpochMs`. */
export function shiftGroundTruth(truth: GroundTruth, byMs: number): GroundTruth {
  const shift = (at: number | null): number | null => (at === null ? null : at + byMs);
  return truth.map((entry) => ({
    ...entry,
    startsAt: entry.startsAt + byMs,
    exceedsLimitAt: shift(entry.exceedsLimitAt),
    alertDueAt: shift(entry.alertDueAt),
    endsAt: shift(entry.endsAt),
  }));
}

function exceedsAt({ kind, tag, startsAt, endsAt }: Episode, tracks: Tracks): number | null {
  const rule = LIMIT_RULES.find((candidate) => candidate.tag === tag);
  const track = tag === null || kind === 'stuck sensor' ? undefined : tracks.get(tag);
  if (rule === undefined || track === undefined) return null;
  for (let i = Math.ceil(startsAt / STEP_MS); i < STEPS && i * STEP_MS < endsAt; i++)
    if ((track[i] ?? 0) > rule.high) return i * STEP_MS;
  return null;
}

function ruleOf({ kind, tag }: Episode): string | null {
  if (kind === 'stuck sensor') return FLATLINE_RULE;
  return LIMIT_RULES.find((rule) => rule.tag === tag)?.id ?? null;
}

function dueAt({ kind, startsAt }: Episode, exceedsLimitAt: number | null): number | null {
  switch (kind) {
    case 'bearing wear':
    case 'imbalance':
    case 'overheating':
      return exceedsLimitAt === null ? null : exceedsLimitAt + ON_DELAY_MS;
    case 'stuck sensor':
      return startsAt + FLATLINE_MS;
    case 'link loss':
      return startsAt + LINK_ALERT_MS;
    case 'look-alike':
      return null;
  }
}

function expectationOf(kind: EpisodeKind): Expectation {
  switch (kind) {
    case 'bearing wear':
    case 'imbalance':
    case 'overheating':
      return 'machine alert';
    case 'stuck sensor':
      return 'instrument alert';
    case 'link loss':
      return 'communications alert';
    case 'look-alike':
      return 'no alert';
  }
}
