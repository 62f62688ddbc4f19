import { createHash } from 'node:crypto';
import type { Gap } from '../../model/gap.ts';
import type { EpochMs } from '../../model/reading.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import { type Stretch, without } from './stretches.ts';

/** What is missing of one tag. A reading speaks for `reachMs` before and after itself: half of what would be a gap. */
export interface Missing {
  readonly reachMs: number;
  pieces: readonly Stretch[];
}

/** An open gap; plain data. */
export interface OpenGap {
  gap: Gap;
  /** Of one tag: what is missing; empty while it lasts. */
  missing: Missing | null;
  /** Of a whole source: how many tags are due, and what is missing of those of which something has come since. */
  dueTags: number;
  readonly byTag: { [tag: string]: Missing };
}

/** A source that is never back-filled must not fill the memory: further gaps are counted and not followed. */
const MAX_OPEN = 20_000;

/** Metrics that tell how complete the data is. */
export type GapMetrics = Pick<Metrics, 'ledgerOpen' | 'ledgerOpened' | 'ledgerClosed' | 'ledgerUntracked'>;

/** All open gaps, and which of them have changed since they were last written down. */
export class GapBook {
  readonly #metrics: GapMetrics;
  readonly #open = new Map<string, OpenGap>();
  #changed = new Map<string, Gap>();

  constructor(metrics: GapMetrics, open: readonly OpenGap[]) {
    this.#metrics = metrics;
    for (const each of open) {
      this.#open.set(each.gap.id, each);
      metrics.ledgerOpen.inc({ source: each.gap.source });
    }
  }

  /** Every open gap, oldest first. */
  get open(): Iterable<OpenGap> {
    return this.#open.values();
  }

  /** Opens a gap; `null` when there are too many already. The same beginning gives the same id, however often it is read. */
  begin(gap: Omit<Gap, 'id' | 'closedAt'>, dueTags = 0): OpenGap | null {
    const { source, tag, stream, from, firstSequence } = gap;
    const key = JSON.stringify([source, tag, stream, from, firstSequence]);
    const id = createHash('sha256').update(key).digest('hex').slice(0, 32);
    const known = this.#open.get(id);
    if (known) return known;
    if (this.#open.size >= MAX_OPEN) {
      this.#metrics.ledgerUntracked.inc({ source });
      return null;
    }
    const open: OpenGap = { gap: { ...gap, id, closedAt: null }, missing: null, dueTags, byTag: {} };
    this.#open.set(id, open);
    this.#changed.set(id, open.gap);
    this.#metrics.ledgerOpened.inc({ source, reason: gap.reason });
    this.#metrics.ledgerOpen.inc({ source });
    return open;
  }

  /** Says something new of an open gap. */
  change(open: OpenGap, change: Partial<Pick<Gap, 'from' | 'to' | 'reason' | 'firstSequence' | 'lastSequence'>>): void {
    open.gap = { ...open.gap, ...change };
    this.#changed.set(open.gap.id, open.gap);
  }

  /** A gap of one tag ends where readings came again: from now on it can be filled. */
  end(open: OpenGap, to: EpochMs, reachMs: number): void {
    open.missing = missingBetween([open.gap.from, to], reachMs);
    this.change(open, { to });
    if (open.missing.pieces.length === 0) this.close(open, to);
  }

  /** Takes a reading of `tag` at `at` that came at `now`; what it speaks for is no longer missing. */
  fill(open: OpenGap, { tag, at, now, reachMs }: { tag: string; at: EpochMs; now: EpochMs; reachMs: number }): void {
    const { from, to } = open.gap;
    if (to === null || at - reachMs >= to || at + reachMs <= from) return;
    const missing = open.missing ?? open.byTag[tag] ?? missingBetween([from, to], reachMs);
    const pieces = without(missing.pieces, [at - missing.reachMs, at + missing.reachMs]);
    if (pieces === missing.pieces) return; // also of a tag of which nothing was due in so short a time
    missing.pieces = pieces;
    if (open.missing === null) open.byTag[tag] = missing;
    const touched = open.missing ? [open.missing] : Object.values(open.byTag);
    if (open.missing === null && touched.length < open.dueTags) return; // of another tag all is missing
    const left = touched.flatMap((each) => (each.pieces.length > 0 ? [bounds(each)] : []));
    if (left.length === 0) {
      this.close(open, now);
      return;
    }
    const start = Math.max(from, Math.min(...left.map(([begin]) => begin)));
    const end = Math.min(to, Math.max(...left.map(([, finish]) => finish)));
    if (start !== from || end !== to) this.change(open, { from: start, to: end });
  }

  /** All that was missing has come. */
  close(open: OpenGap, at: EpochMs): void {
    if (!this.#open.delete(open.gap.id)) return;
    open.gap = { ...open.gap, closedAt: at };
    this.#changed.set(open.gap.id, open.gap);
    this.#metrics.ledgerClosed.inc({ source: open.gap.source });
    this.#metrics.ledgerOpen.dec({ source: open.gap.source });
  }

  /** Forgets what nobody could fill any more: readings that old are refused. */
  forgetBefore(at: EpochMs): ReadonlySet<OpenGap> {
    const old = new Set([...this.#open.values()].filter(({ gap }) => gap.to !== null && gap.to < at));
    for (const { gap } of old) {
      this.#open.delete(gap.id);
      this.#metrics.ledgerOpen.dec({ source: gap.source });
    }
    return old;
  }

  /** What has changed since the last call. */
  takeChanged(): readonly Gap[] {
    const changed = [...this.#changed.values()];
    this.#changed = new Map();
    return changed;
  }

  /** Takes back what could not be written down; what has changed again since is newer. */
  giveBack(gaps: readonly Gap[]): void {
    for (const gap of gaps) if (!this.#changed.has(gap.id)) this.#changed.set(gap.id, gap);
  }
}

function missingBetween([from, to]: Stretch, reachMs: number): Missing {
  const inner: Stretch = [from + reachMs, to - reachMs];
  return { reachMs, pieces: inner[0] < inner[1] ? [inner] : [] };
}

/** From the last reading before to the first reading after what is missing. */
function bounds({ pieces, reachMs }: Missing): Stretch {
  return [pieces[0]![0] - reachMs, pieces.at(-1)![1] + reachMs];
}
