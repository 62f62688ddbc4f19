import { type Batch, HISTORICAL } from '../../model/batch.ts';
import type { GapReason } from '../../model/gap.ts';
import type { LogRecord, SourceLinkEvent } from '../../model/log-record.ts';
import type { EpochMs } from '../../model/reading.ts';
import { type Cadence, type Due, gapAfterMs, gapAfterScheduleMs, learn, newCadence } from './cadence.ts';
import { GapBook, type GapMetrics, type OpenGap } from './gap-book.ts';
import { type Sequence, Sequences } from './sequences.ts';
import type { Stretch } from './stretches.ts';
import { columnsOf } from './text-columns.ts';

/** A tag, as far as the ledger has to know it. */
export interface ExaminedTag {
  readonly source: string | null;
  readonly deadband: number;
  readonly heartbeatMs: number;
}

/** What the ledger needs beside the log. */
export interface ExaminerOptions {
  /** How often a source is due to say something of each tag. */
  readonly dueOf: (source: string) => Due;
  readonly tagOf: (name: string) => ExaminedTag | undefined;
  readonly metrics: GapMetrics;
  /** How long readings are kept: an older gap can't be filled any more. */
  readonly keepMs: number;
}

interface TagState {
  readonly name: string;
  readonly due: Due;
  readonly source: SourceState;
  readonly cadence: Cadence;
  /** Readings without a value since the last one with a value. */
  noValues: number;
  /** The gap that lasts. */
  lasting: OpenGap | null;
  gaps: OpenGap[];
  /** No gap of the tag ends later. */
  gapsEnd: EpochMs;
}

interface SourceState {
  readonly id: string;
  readonly due: Due;
  /** Time of its newest reading, by its own clock. */
  newestAt: EpochMs | null;
  /** Since when it is away, and why; `null` while it is there. After a stall of the service its next reading ends that. */
  away: { readonly from: EpochMs; readonly reason: GapReason; readonly isStall?: true } | null;
  lasting: OpenGap | null;
  gaps: OpenGap[];
  gapsEnd: EpochMs;
  /** Its last times away, newest last. */
  outages: Stretch[];
}

/** Everything the examiner remembers, as JSON. */
export interface SavedExaminer {
  readonly clockAt: EpochMs | null;
  readonly resumedAt: EpochMs;
  readonly stops: readonly Stretch[];
  readonly open: readonly OpenGap[];
  readonly sequences: readonly (readonly [string, Sequence])[];
  readonly sources: readonly (Pick<SourceState, 'id' | 'newestAt' | 'away' | 'outages'> & {
    readonly lasting: string | null;
  })[];
  readonly tags: readonly {
    readonly name: string;
    readonly cadence: Cadence;
    readonly noValues: number;
    readonly lasting: string | null;
  }[];
}

/** Clock records come once a second: a longer pause is a service that was not there. */
const STOPPED_MS = 10_000;
/** So long a pause is one in which nobody was asked, be it a stall or a quick restart whose sources have not begun to dial yet. */
const STALLED_MS = 2_000;
const LOOK_EVERY_MS = 5_000;
/** What changes is not due; an outage this long may have hidden a change. */
const OUTAGE_MS = 5_000;
const MAX_REMEMBERED = 8;

/**
 * Compares what was due with what the readings log holds, record by record: the same log gives the same gaps. Costs a few
 * comparisons a reading and makes no object for it.
 */
export class Examiner {
  readonly book: GapBook;
  readonly #options: ExaminerOptions;
  readonly #sequences: Sequences;
  readonly #sources = new Map<string, SourceState>();
  readonly #tags = new Map<string, TagState | null>();
  /** The same by the log's number for the tag. */
  readonly #byLogId: (TagState | null | undefined)[] = [];
  #clockAt: EpochMs | null;
  #lookedAt = 0;
  #resumedAt: EpochMs;
  #stops: Stretch[];

  constructor(options: ExaminerOptions, saved: SavedExaminer | null) {
    this.#options = options;
    this.book = new GapBook(options.metrics, saved?.open ?? []);
    this.#sequences = new Sequences(this.book, saved?.sequences);
    this.#clockAt = saved?.clockAt ?? null;
    this.#resumedAt = saved?.resumedAt ?? 0;
    this.#stops = [...(saved?.stops ?? [])];
    if (saved) this.#restore(saved);
  }

  /** Takes the next record; `names` are those of the log's reader. */
  take(record: LogRecord, names: ReadonlyMap<number, string>): void {
    switch (record.kind) {
      case 'readings':
        this.#readings(record.batch, record.receivedAt, names);
        break;
      case 'texts':
        this.#readings(columnsOf(record.texts), record.receivedAt, names);
        break;
      case 'waveform':
      case 'thermalFrame':
        break; // nobody knows when one is due
      case 'clock':
        this.#tick(record.at);
        break;
      case 'event':
        if (record.event.kind === 'source') this.#link(record.event);
        else if (record.event.kind === 'pushed') this.#sequences.take(record.event);
    }
  }

  /** Everything to go on from, as JSON. */
  save(): SavedExaminer {
    return {
      clockAt: this.#clockAt,
      resumedAt: this.#resumedAt,
      stops: this.#stops,
      open: [...this.book.open],
      sequences: this.#sequences.save(),
      sources: [...this.#sources.values()].map(({ id, newestAt, away, outages, lasting }) => ({
        id,
        newestAt,
        away,
        outages,
        lasting: lasting?.gap.id ?? null,
      })),
      tags: [...this.#tags.values()].flatMap((tag) =>
        tag
          ? [{ name: tag.name, cadence: tag.cadence, noValues: tag.noValues, lasting: tag.lasting?.gap.id ?? null }]
          : [],
      ),
    };
  }

  #restore(saved: SavedExaminer): void {
    const byId = new Map([...this.book.open].map((open) => [open.gap.id, open]));
    for (const { id, newestAt, away, outages, lasting } of saved.sources) {
      const source = this.#sourceOf(id);
      Object.assign(source, { newestAt, away, outages: [...outages], lasting: byId.get(lasting ?? '') ?? null });
    }
    for (const { name, cadence, noValues, lasting } of saved.tags) {
      const tag = this.#tagOf(name, cadence);
      if (tag) Object.assign(tag, { noValues, lasting: byId.get(lasting ?? '') ?? null });
    }
    for (const open of this.book.open) {
      const { source, tag, stream } = open.gap;
      if (stream === null) follow(open, tag === null ? this.#sourceOf(source) : this.#tagOf(tag, newCadence(null, 0)));
    }
  }

  #readings({ tag, at, value, quality }: Batch, receivedAt: EpochMs, names: ReadonlyMap<number, string>): void {
    for (let row = 0; row < tag.length; row++) {
      let state = this.#byLogId[tag[row]!];
      if (state === undefined) {
        const name = names.get(tag[row]!);
        state = name === undefined ? null : this.#tagOf(name, newCadence(null, receivedAt));
        this.#byLogId[tag[row]!] = state;
      }
      if (state === null) continue;
      const isHistory = (quality[row]! & HISTORICAL) !== 0;
      if (!isHistory && state.source.away?.isStall) this.#endStall(state.source, at[row]!);
      if (Number.isNaN(value[row]!)) state.noValues += isHistory ? 0 : 1;
      // History of a tag that was never heard live (an import) fills gaps, and says nothing about when it is due.
      else if (isHistory && state.cadence.lastAt === null) this.#fill(state, at[row]!, receivedAt);
      else this.#reading(state, at[row]!, receivedAt);
    }
  }

  #reading(tag: TagState, at: EpochMs, now: EpochMs): void {
    const { cadence, source } = tag;
    const afterMs = gapAfterMs(cadence, tag.due);
    const lastAt = cadence.lastAt;
    cadence.heardAt = now;
    if (lastAt === null || at > lastAt) {
      cadence.lastAt = at;
      if (source.newestAt === null || at > source.newestAt) source.newestAt = at;
      if (tag.lasting) this.#resume(tag, at, afterMs);
      else if (lastAt !== null) {
        const isOutage = at - lastAt > afterMs && this.#isToldBySource(source, [lastAt, at], afterMs);
        if (at - lastAt > afterMs && !isOutage) this.#foundHole(tag, [lastAt, at], now);
        if (tag.due === 'learnt' && !isOutage) learn(cadence, at - lastAt);
      }
      tag.noValues = 0;
    }
    this.#fill(tag, at, now);
  }

  /** A reading speaks for half of what would be a gap, before and after itself. */
  #fill(tag: TagState, at: EpochMs, now: EpochMs): void {
    const { name, source } = tag;
    const afterMs = gapAfterMs(tag.cadence, tag.due);
    if (at - afterMs < tag.gapsEnd) fillAll(this.book, tag, { tag: name, at, now, reachMs: afterMs / 2 });
    if (at - afterMs < source.gapsEnd) fillAll(this.book, source, { tag: name, at, now, reachMs: afterMs / 2 });
  }

  /** The whole source was away just then: one gap says so for all its tags. */
  #isToldBySource({ outages }: SourceState, [from, to]: Stretch, afterMs: number): boolean {
    return outages.some(([start, end]) => start - from <= afterMs && to - end <= afterMs && start < to && end > from);
  }

  #foundHole(tag: TagState, [from, to]: Stretch, now: EpochMs): void {
    const open = this.#begin(tag, from, now);
    if (!open) return;
    this.book.end(open, to, gapAfterMs(tag.cadence, tag.due) / 2);
    follow(open, tag);
  }

  #resume(tag: TagState, at: EpochMs, afterMs: number): void {
    this.book.end(tag.lasting!, at, afterMs / 2);
    follow(tag.lasting!, tag);
    tag.lasting = null;
  }

  #begin(tag: TagState, from: EpochMs, now: EpochMs): OpenGap | null {
    const isStop = this.#stops.some(([start, end]) => start < now && end > from && start >= from - STOPPED_MS);
    return this.book.begin({
      source: tag.source.id,
      tag: tag.name,
      stream: null,
      from,
      to: null,
      firstSequence: null,
      lastSequence: null,
      reason: isStop ? 'service_stopped' : tag.noValues > 1 ? 'no_value' : 'silent',
      openedAt: now,
    });
  }

  #link({ source: id, link, at, code }: SourceLinkEvent): void {
    const source = this.#sourceOf(id);
    switch (link) {
      case 'starting': {
        if (source.away && !source.away.isStall) return;
        const from = source.due === 'on change' ? this.#clockAt : source.newestAt;
        source.away = { from: Math.min(at, from ?? at), reason: from === null ? 'link_down' : 'service_stopped' };
        return;
      }
      case 'down': {
        // What was read before the link was found dead counts; what changed is known up to the last sign of life.
        const from = source.due === 'on change' ? at : Math.min(at, source.newestAt ?? at);
        if (source.away && !source.away.isStall) return;
        source.away = { from, reason: code === 'log_full' ? 'log_full' : 'link_down' };
        if (source.lasting) this.book.change(source.lasting, { reason: source.away.reason });
        return;
      }
      case 'up':
        this.#sourceIsBack(source, at);
    }
  }

  /** Who was polled until then was asked by nobody: that is one gap of the source, not one of each tag. */
  #beginStall(clockAt: EpochMs): void {
    for (const source of this.#sources.values()) {
      const { due, away, newestAt } = source;
      if (typeof due !== 'number' || away || newestAt === null) continue;
      if (Math.abs(clockAt - newestAt) > gapAfterScheduleMs(due)) continue; // was silent before
      source.away = { from: newestAt, reason: 'service_stopped', isStall: true };
    }
  }

  #endStall(source: SourceState, at: EpochMs): void {
    if (at > source.away!.from) this.#sourceIsBack(source, at); // asked only while there is a stall
  }

  #sourceIsBack(source: SourceState, at: EpochMs): void {
    if (!source.away) return;
    const outage: Stretch = [source.away.from, at];
    this.#lookAtSource(source, at);
    source.away = null;
    if (!source.lasting) return;
    source.outages = [...source.outages, outage].slice(-MAX_REMEMBERED);
    source.lasting.dueTags = this.#tagsOf(source).filter(
      ({ cadence, due }) => cadence.lastAt !== null && gapAfterMs(cadence, due) < outage[1] - outage[0],
    ).length;
    this.book.change(source.lasting, { to: at });
    follow(source.lasting, source);
    source.lasting = null;
  }

  #tick(at: EpochMs): void {
    if (this.#clockAt !== null && at - this.#clockAt > STOPPED_MS) {
      this.#stops = [...this.#stops, [this.#clockAt, at] as const].slice(-MAX_REMEMBERED);
      this.#resumedAt = at;
    }
    if (this.#clockAt !== null && at - this.#clockAt > STALLED_MS) this.#beginStall(this.#clockAt);
    this.#clockAt = at;
    if (Math.abs(at - this.#lookedAt) < LOOK_EVERY_MS) return;
    this.#lookedAt = at;
    for (const source of this.#sources.values()) this.#lookAtSource(source, at);
    for (const tag of this.#tags.values()) if (tag) this.#lookAtTag(tag, at);
    const forgotten = this.book.forgetBefore(at - this.#options.keepMs);
    if (forgotten.size === 0) return;
    for (const owner of [...this.#sources.values(), ...this.#tags.values()])
      if (owner) owner.gaps = owner.gaps.filter((open) => !forgotten.has(open));
  }

  #lookAtSource(source: SourceState, at: EpochMs): void {
    const { away, lasting, id } = source;
    if (!away || lasting || at - away.from <= this.#outageAfterMs(source)) return;
    const { from, reason } = away;
    source.lasting = this.book.begin({
      source: id,
      tag: null,
      stream: null,
      from,
      to: null,
      firstSequence: null,
      lastSequence: null,
      reason,
      openedAt: at,
    });
  }

  #outageAfterMs(source: SourceState): number {
    if (source.due === 'on change') return OUTAGE_MS;
    if (source.due !== 'learnt') return gapAfterScheduleMs(source.due);
    const tags = this.#tagsOf(source);
    return tags.reduce(
      (least, { cadence, due }) => Math.min(least, gapAfterMs(cadence, due)),
      Number.POSITIVE_INFINITY,
    );
  }

  #lookAtTag(tag: TagState, at: EpochMs): void {
    const { cadence, source, lasting } = tag;
    if (lasting || source.away) return;
    const quietMs = at - Math.max(cadence.heardAt, this.#resumedAt, source.outages.at(-1)?.[1] ?? 0);
    if (quietMs <= gapAfterMs(cadence, tag.due)) return;
    tag.lasting = this.#begin(tag, cadence.lastAt ?? cadence.heardAt, at);
  }

  #tagsOf(source: SourceState): TagState[] {
    return [...this.#tags.values()].filter((tag) => tag !== null && tag.source === source) as TagState[]; // null is out
  }

  #tagOf(name: string, cadence: Cadence): TagState | null {
    const known = this.#tags.get(name);
    if (known !== undefined) return known;
    const tag = this.#options.tagOf(name);
    let state: TagState | null = null;
    if (tag && tag.source !== null) {
      const source = this.#sourceOf(tag.source);
      // Within its deadband a tag is due only with its heartbeat.
      const due =
        typeof source.due === 'number' && tag.deadband > 0 ? Math.max(source.due, tag.heartbeatMs) : source.due;
      state = { name, due, source, cadence, noValues: 0, lasting: null, gaps: [], gapsEnd: Number.NEGATIVE_INFINITY };
    }
    this.#tags.set(name, state);
    return state;
  }

  #sourceOf(id: string): SourceState {
    let source = this.#sources.get(id);
    if (!source) {
      const due = this.#options.dueOf(id);
      const nothing = { newestAt: null, away: null, lasting: null, gaps: [], outages: [] };
      source = { id, due, ...nothing, gapsEnd: Number.NEGATIVE_INFINITY };
      this.#sources.set(id, source);
    }
    return source;
  }
}

/** Looks out for readings that fill a gap which has ended. */
function follow(open: OpenGap, owner: TagState | SourceState | null): void {
  if (!owner || open.gap.to === null || open.gap.closedAt !== null) return;
  owner.gaps.push(open);
  owner.gapsEnd = Math.max(owner.gapsEnd, open.gap.to);
}

function fillAll(book: GapBook, owner: TagState | SourceState, reading: Parameters<GapBook['fill']>[1]): void {
  for (const open of owner.gaps) book.fill(open, reading);
  if (owner.gaps.every(({ gap }) => gap.closedAt === null)) return;
  owner.gaps = owner.gaps.filter(({ gap }) => gap.closedAt === null);
  owner.gapsEnd = owner.gaps.reduce((end, { gap }) => Math.max(end, gap.to ?? end), Number.NEGATIVE_INFINITY);
}
