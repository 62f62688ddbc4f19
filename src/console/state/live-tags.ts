import { type Signal, signal } from '@preact/signals';
import type { Tag } from '../api.generated.ts';
import { epochOf } from '../text/time-text.ts';
import { type Point, Series } from './series.ts';

/** What the page knows of one tag at this moment. Reading `latest` or `revision` in a component keeps it up to date. */
export interface LiveTag {
  /** The newest reading by its own time, bad ones included; `null` when there was none yet. */
  readonly latest: Signal<Point | null>;
  /** The last minutes, for small trends. Not a signal: read `revision` to be told of changes. */
  readonly recent: Series;
  /** Counts changes of `recent`. */
  readonly revision: Signal<number>;
}

/** Receives readings of one tag as they arrive. */
export type PointListener = (point: Point) => void;

/** Holds the live side of every tag, one small signal each, so that a reading redraws one number and not the page. */
export interface LiveTags {
  /** Finds or makes the live side of a tag. */
  of(tag: string): LiveTag;
  /** Takes in what the API knows as newest; an older value than the one already here is ignored. */
  seed(tags: Iterable<Tag>): void;
  /** Takes in a batch; answers with the tags nobody has heard of yet. */
  take(batch: readonly LiveReading[], isKnown: (tag: string) => boolean): readonly string[];
  /** Calls `listener` for every reading of the tag until the returned function is called. */
  listen(tag: string, listener: PointListener): () => void;
}

/** A reading as the event stream carries it. */
export interface LiveReading {
  readonly tag: string;
  /** ms since 1970. */
  readonly at: number;
  readonly value: number | null;
  readonly quality: Point['quality'];
  readonly text?: string;
}

/** How far back small trends reach. */
export const RECENT_MS = 10 * 60_000;

const RECENT_POINTS = 900;

/** Makes an empty set of live tags. */
export function createLiveTags(): LiveTags {
  const byName = new Map<string, LiveTag>();
  const listeners = new Map<string, Set<PointListener>>();

  const of = (tag: string): LiveTag => {
    const known = byName.get(tag);
    if (known !== undefined) return known;
    const fresh: LiveTag = {
      latest: signal(null),
      recent: new Series({ windowMs: RECENT_MS, maxPoints: RECENT_POINTS }),
      revision: signal(0),
    };
    byName.set(tag, fresh);
    return fresh;
  };

  const keep = (live: LiveTag, point: Point) => {
    if (point.text === undefined) live.recent.append(point); // words have no trend
    live.revision.value += 1;
    if (point.atMs >= (live.latest.peek()?.atMs ?? 0)) live.latest.value = point;
  };

  return {
    of,
    seed(tags) {
      for (const { name, latest } of tags) {
        if (latest === null) continue;
        keep(of(name), { atMs: epochOf(latest.at), value: latest.value, quality: latest.quality, text: latest.text });
      }
    },
    take(batch, isKnown) {
      const strangers = new Set<string>();
      for (const { tag, at, value, quality, text } of batch) {
        if (!isKnown(tag)) {
          strangers.add(tag);
          continue;
        }
        const point: Point = { atMs: at, value, quality, text };
        keep(of(tag), point);
        for (const listener of listeners.get(tag) ?? []) listener(point);
      }
      return [...strangers];
    },
    listen(tag, listener) {
      const own = listeners.get(tag) ?? new Set();
      listeners.set(tag, own.add(listener));
      return () => {
        own.delete(listener);
        if (own.size === 0) listeners.delete(tag);
      };
    },
  };
}
