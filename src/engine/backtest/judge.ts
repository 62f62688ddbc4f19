import { median } from '../../../rules/math/robust.ts';
import type { Asset } from '../../model/plant.ts';
import type { EpochMs } from '../../model/reading.ts';
import type { Episode } from './episodes.ts';

/** A time in which something was really wrong: `from` when it could first be seen, `to` when it failed or was repaired. */
export interface Label {
  /** What it is, in the words of whoever wrote it. */
  readonly name: string;
  /** It also covers what lies below this asset. */
  readonly asset: string;
  /** Only this tag; `null`: the whole asset. */
  readonly tag: string | null;
  readonly from: EpochMs;
  readonly to: EpochMs;
  /** When people knew of it and a job was made: nobody is warned after that. Absent: at `to`. */
  readonly knownAt?: EpochMs;
  readonly origin: 'label' | 'work order';
}

/** Most false alarms that are listed. */
export const MAX_FALSE_ALARMS = 500;

/** How right the rules were. */
export interface Judgement {
  readonly labels: number;
  readonly hits: readonly Hit[];
  readonly misses: readonly Label[];
  /** Of the hits, ms; `null` without any. */
  readonly leadMs: { readonly least: number; readonly median: number; readonly most: number } | null;
  /** Alerts about a machine that belong to no label; the first `MAX_FALSE_ALARMS` of them, oldest first. */
  readonly falseAlarms: readonly Episode[];
  readonly falseAlarmCount: number;
  /** In a day with history: holes do not count. */
  readonly falseAlarmsPerDay: number;
}

/** A label that was seen, by which rule first, and how long before its end, or before people knew of it; at least 0. */
export interface Hit {
  readonly label: Label;
  readonly first: Episode;
  readonly leadMs: number;
}

/**
 * Compares episodes with what was really wrong. A label is hit when an alert about a machine was active at any time of it;
 * its lead time goes from the first alert, or from the label's beginning when that was active before, to when people knew of it,
 * or else to the label's end. What they knew of before `from` is neither hit nor missed: it only says that alerts were right.
 */
export function judgeEpisodes(
  episodes: readonly Episode[],
  labels: readonly Label[],
  context: { readonly assets: readonly Asset[]; readonly from: EpochMs; readonly coveredMs: number },
): Judgement {
  const parents = new Map(context.assets.map(({ id, parent }) => [id, parent]));
  const machine = episodes.filter(({ kind }) => kind === 'machine');
  const matched = new Set<Episode>();
  const hits: Hit[] = [];
  const misses: Label[] = [];
  for (const label of labels) {
    const { knownAt = label.to } = label;
    const seen = machine.filter((episode) => concerns(label, episode, parents));
    for (const episode of seen) matched.add(episode);
    if (isKnownBefore(label, context.from)) continue;
    const [first] = seen.sort((a, b) => a.from - b.from);
    if (first === undefined) misses.push(label);
    else hits.push({ label, first, leadMs: Math.max(0, knownAt - Math.max(first.from, label.from)) });
  }
  const falseAlarms = machine.filter((episode) => !matched.has(episode));
  const days = context.coveredMs / 86_400_000;
  return {
    labels: hits.length + misses.length,
    hits,
    misses,
    leadMs: spread(hits.map(({ leadMs }) => leadMs)),
    falseAlarms: falseAlarms.slice(0, MAX_FALSE_ALARMS),
    falseAlarmCount: falseAlarms.length,
    falseAlarmsPerDay: days > 0 ? falseAlarms.length / days : 0,
  };
}

function isKnownBefore({ knownAt }: Label, from: EpochMs): boolean {
  return knownAt !== undefined && knownAt < from;
}

function concerns(label: Label, episode: Episode, parents: ReadonlyMap<string, string | null>): boolean {
  if (episode.from > label.to || (episode.to ?? Number.POSITIVE_INFINITY) < label.from) return false;
  if (label.tag !== null) return episode.tag === label.tag;
  for (let asset: string | null = episode.asset, depth = 0; asset !== null && depth < 100; depth++) {
    if (asset === label.asset) return true;
    asset = parents.get(asset) ?? null;
  }
  return false;
}

function spread(values: readonly number[]): Judgement['leadMs'] {
  const sorted = [...values].sort((a, b) => a - b);
  if (sorted.length === 0) return null;
  return { least: sorted[0]!, median: median(sorted), most: sorted.at(-1)! };
}
