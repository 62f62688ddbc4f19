import { createHash } from 'node:crypto';
import { type AlertStep, type AlertTransition, calm, step } from '../../rules/alert-state.ts';
import type { Verdict } from '../../rules/detector.ts';
import { UNKNOWN } from '../../rules/verdict.ts';
import { type Batch, HISTORICAL } from '../model/batch.ts';
import type { AcknowledgeCommand, LogRecord, PlacedRecord, SourceLinkEvent } from '../model/log-record.ts';
import type { EpochMs } from '../model/reading.ts';
import type { Transition } from '../model/transition.ts';
import {
  describe,
  type LinkState,
  linkVerdict,
  skewOf,
  stateAfter,
  type TagState,
  type WatchState,
} from './carriers.ts';
import type { EnginePlan } from './compile.ts';
import { ExternalAlerts } from './external.ts';
import { add, createJoin, endsBefore, JOIN_PATIENCE_MS, joinSnapshot, restoreJoin, take } from './join.ts';
import type { EngineSnapshot } from './snapshot.ts';

/** A reading older than this when it arrives is history: stored, not evaluated live. */
const LIVE_WINDOW_MS = 10 * 60_000;
/** A reading further ahead than this has a wrong clock; evaluating it would make all that follow look late. */
const AHEAD_MS = 60_000;

/** The log gets the time every second: where it has none for this long, the service was not running. */
const ABSENT_MS = 10_000;

/** What became of an operator's command. */
export interface CommandOutcome {
  readonly commandId: string;
  readonly outcome: 'done' | 'not active';
}

/** What one record led to. */
export interface Evaluation {
  readonly transitions: readonly Transition[];
  readonly commands: readonly CommandOutcome[];
}

/**
 * Evaluates rules over the readings log, one record at a time. Deterministic: the same records in the same order give
 * the same transitions with the same ids, wherever it was stopped and restored in between. No clock, no I/O.
 */
export class Engine {
  /** Readings that came too late, or too early, to be evaluated, or as history. */
  late = 0;
  readonly #logId: string;
  readonly #tags = new Map<string, TagState>();
  readonly #watches: WatchState[] = [];
  readonly #ticking: WatchState[];
  readonly #joining: WatchState[];
  /** The input of those that judge one tag alone. */
  readonly #alone = new Float64Array(1);
  readonly #links = new Map<string, LinkState>();
  readonly #external = new ExternalAlerts();
  readonly #sources: ReadonlySet<string>;
  readonly #byLogId: (TagState | undefined)[] = [];
  #transitions: Transition[] = [];
  #commands: CommandOutcome[] = [];
  #position = 0;
  /** Newest time in the log, by the service's own clock; 0 before the first record. */
  #now: EpochMs = 0;

  constructor(plan: EnginePlan, logId: string) {
    this.#logId = logId;
    this.#sources = plan.sources;
    for (const watch of plan.watches) {
      const tags = watch.tags.map(({ name }) => this.#tagState(name));
      for (const read of watch.condition?.tags ?? []) this.#tagState(read);
      const state: WatchState = {
        watch,
        tags,
        join: watch.detector.joins ? createJoin(tags.length) : null,
        detector: watch.detector.init(watch.config),
        memory: calm,
        alert: null,
        parked: null,
      };
      for (const [input, tag] of tags.entries()) {
        if (state.join) tag.joins.push({ state, input });
        else tag.watchers.push(state);
      }
      this.#watches.push(state);
    }
    this.#joining = this.#watches.filter(({ join }) => join);
    this.#ticking = this.#watches.filter(({ watch }) => watch.detector.tick);
    for (const watch of plan.links) this.#links.set(watch.source.id, { watch, isUp: false, memory: calm, alert: null });
  }

  /** Rules that failed, with why. */
  get parked(): readonly { readonly rule: string; readonly tag: string; readonly reason: string }[] {
    return this.#watches.flatMap(({ watch, parked }) =>
      parked === null ? [] : [{ rule: watch.rule, tag: watch.tag.name, reason: parked }],
    );
  }

  /** Evaluates the next record. `names` is the log's dictionary as far as it has been read. */
  apply({ record, end }: PlacedRecord, names: ReadonlyMap<number, string>): Evaluation {
    this.#transitions = [];
    this.#commands = [];
    this.#position = end;
    if (!isHistory(record)) this.#notice(timeOf(record));
    switch (record.kind) {
      case 'readings':
        this.#readings(record.batch, record.receivedAt, names);
        break;
      case 'waveform':
      case 'thermalFrame':
        break; // rules watch readings
      case 'clock':
        this.#tick(record.at);
        break;
      case 'event':
        if (record.event.kind === 'source') this.#link(record.event);
        else if (record.event.kind === 'acknowledge') this.#acknowledge(record.event);
        else if (record.event.kind === 'external')
          this.#transitions.push(...this.#external.apply(record.event, this.#externalContext));
    }
    return { transitions: this.#transitions, commands: this.#commands };
  }

  /** Everything that the future depends on, as plain JSON. */
  snapshot(): EngineSnapshot {
    return {
      now: this.#now,
      tags: [...this.#tags]
        .filter(([, { lastAt }]) => lastAt > 0)
        .map(([name, { lastAt, value, skewMs }]) => [name, lastAt, Number.isNaN(value) ? null : value, skewMs]),
      watches: this.#watches.map(({ watch, detector, join, memory, alert, parked }) => ({
        key: watch.key,
        fingerprint: watch.fingerprint,
        detector,
        ...(join && { join: joinSnapshot(join) }),
        memory,
        alert,
        parked,
      })),
      links: [...this.#links].map(([source, { isUp, memory, alert }]) => ({ source, isUp, memory, alert })),
      external: this.#external.snapshot(),
    };
  }

  /** Ids of the alerts that are open here; any other that is open in the store has nobody left to close it. */
  get openAlerts(): ReadonlySet<string> {
    const open = [...this.#watches, ...this.#links.values()].map(({ alert }) => alert);
    return new Set([...open.filter((alert) => alert !== null), ...this.#external.openAlerts]);
  }

  /** Takes a snapshot up again. A rule that was changed since starts afresh. */
  restore(snapshot: EngineSnapshot): void {
    this.#now = snapshot.now;
    for (const [name, lastAt, value, skewMs] of snapshot.tags) {
      const tag = this.#tags.get(name);
      if (tag) Object.assign(tag, { lastAt, value: value ?? Number.NaN, skewMs });
    }
    const states = new Map(this.#watches.map((state) => [state.watch.key, state]));
    for (const { key, fingerprint, detector, join, memory, alert, parked } of snapshot.watches) {
      const state = states.get(key);
      if (state?.watch.fingerprint !== fingerprint) continue;
      Object.assign(state, { detector, memory, alert, parked });
      if (state.join && join) restoreJoin(state.join, join);
    }
    for (const { source, isUp, memory, alert } of snapshot.links) {
      const link = this.#links.get(source);
      if (link) Object.assign(link, { isUp, memory, alert });
    }
    this.#external.restore(snapshot.external ?? [], this.#sources);
  }

  /** Time in which nobody watched counts for no delay: nothing is known of it. */
  #notice(at: EpochMs): void {
    const before = this.#now;
    this.#now = Math.max(before, at);
    if (before === 0 || at - before < ABSENT_MS) return;
    for (const carrier of [...this.#watches, ...this.#links.values()]) {
      if (carrier.memory.conditionSince === null) continue;
      const moved = step(
        carrier.memory,
        { kind: 'condition', verdict: UNKNOWN },
        before + skewOf(carrier),
        carrier.watch.policy,
      );
      this.#emit(carrier, moved);
    }
  }

  #readings({ tag, at, value, quality }: Batch, receivedAt: EpochMs, names: ReadonlyMap<number, string>): void {
    for (let i = 0; i < tag.length; i++) {
      const state = this.#lookUp(tag[i]!, names);
      if (!state) continue; // nobody watches it
      const time = at[i]!;
      if (
        quality[i]! & HISTORICAL ||
        time <= state.lastAt ||
        time < receivedAt - LIVE_WINDOW_MS ||
        time > receivedAt + AHEAD_MS
      ) {
        this.late++;
        continue;
      }
      state.lastAt = time;
      state.skewMs = time - receivedAt;
      state.value = quality[i] === 0 ? value[i]! : Number.NaN;
      for (const watcher of state.watchers) {
        const { detector, config, subject } = watcher.watch;
        const judgedAt = detector.time === 'arrival' ? receivedAt : time;
        this.#alone[0] = state.value;
        this.#judge(watcher, judgedAt, () => detector.step(watcher.detector, judgedAt, this.#alone, config, subject));
      }
      for (const { state: watcher, input } of state.joins) {
        const { toleranceMs } = watcher.watch;
        if (endsBefore(watcher.join!, input, { at: time, toleranceMs })) this.#judgeTogether(watcher);
        if (add(watcher.join!, input, { value: state.value, at: time, arrivedAt: receivedAt }))
          this.#judgeTogether(watcher);
      }
    }
  }

  #judgeTogether(state: WatchState): void {
    const { detector, config, subject, tags, toleranceMs } = state.watch;
    const inputs = new Float64Array(tags.length);
    const at = take(state.join!, inputs, toleranceMs);
    this.#judge(state, at, () => detector.step(state.detector, at, inputs, config, subject));
  }

  #tick(at: EpochMs): void {
    for (const state of this.#joining) {
      if (state.join!.freshCount > 0 && at - state.join!.arrivedAt >= JOIN_PATIENCE_MS) this.#judgeTogether(state);
    }
    for (const state of this.#ticking) {
      const { detector, config, subject, tag } = state.watch;
      // Behind a broken link silence says nothing about the instrument.
      const isLinked = tag.source === null || (this.#links.get(tag.source)?.isUp ?? true);
      this.#judge(state, at, () => (isLinked ? detector.tick!(state.detector, at, config, subject) : UNKNOWN));
    }
    for (const state of this.#watches) {
      if (state.memory.conditionSince === null) continue;
      this.#emit(state, step(state.memory, { kind: 'tick' }, at + skewOf(state), state.watch.policy));
    }
    for (const link of this.#links.values())
      this.#emit(link, step(link.memory, { kind: 'tick' }, at, link.watch.policy));
  }

  #judge(state: WatchState, at: EpochMs, verdictOf: () => Verdict): void {
    if (state.parked !== null) return;
    try {
      const { condition, detector, config } = state.watch;
      let verdict = UNKNOWN;
      if (condition === null || condition.evaluate((name) => this.#read(name)) === true) verdict = verdictOf();
      else state.detector = detector.init(config); // what it learnt belongs to a machine that ran without a break
      this.#emit(state, step(state.memory, { kind: 'condition', verdict }, at, state.watch.policy));
    } catch (error) {
      state.parked = error instanceof Error ? error.message : String(error);
    }
  }

  #link({ source, link, at, reason }: SourceLinkEvent): void {
    const state = this.#links.get(source);
    if (!state) return;
    state.isUp = link === 'up';
    if (state.isUp) {
      for (const each of this.#watches) {
        const { tag, detector, config } = each.watch;
        if (tag.source === source && detector.time === 'arrival') each.detector = detector.init(config);
      }
    }
    this.#emit(
      state,
      step(state.memory, { kind: 'condition', verdict: linkVerdict(state, link, reason) }, at, state.watch.policy),
    );
  }

  get #externalContext() {
    return { position: this.#position, idOf: (key: string, raisedAt: EpochMs) => this.#alertId(key, raisedAt) };
  }

  #acknowledge(command: AcknowledgeCommand): void {
    const { alert, commandId, by, at, note } = command;
    const external = this.#external.acknowledge(command, this.#externalContext);
    if (external) {
      this.#transitions.push(...external);
      this.#commands.push({ commandId, outcome: external.length > 0 ? 'done' : 'not active' });
      return;
    }
    const carrier = [...this.#watches, ...this.#links.values()].find((each) => each.alert === alert);
    let moved: AlertStep | null = null;
    if (carrier) {
      // The alert's delays run in the time of its device; when somebody acknowledged is told in ours.
      const acknowledged = step(
        carrier.memory,
        { kind: 'acknowledge', by },
        at + skewOf(carrier),
        carrier.watch.policy,
      );
      moved = {
        ...acknowledged,
        effects: acknowledged.effects.map((effect) => (effect.by === null ? effect : { ...effect, at })),
      };
      this.#emit(carrier, moved, note);
    }
    this.#commands.push({ commandId, outcome: moved && moved.effects.length > 0 ? 'done' : 'not active' });
  }

  #emit(carrier: WatchState | LinkState, moved: AlertStep, note?: string): void {
    const before = carrier.memory;
    carrier.memory = moved.memory;
    for (const effect of moved.effects) {
      const raisedAt = moved.memory.raisedAt ?? (effect.effect === 'raised' ? effect.at : before.raisedAt) ?? effect.at;
      if (effect.effect === 'raised') carrier.alert = this.#alertId(carrier.watch.key, effect.at);
      this.#transitions.push(this.#transition(carrier, effect, raisedAt, note));
      if (effect.effect === 'cleared') carrier.alert = null;
    }
  }

  #transition(
    carrier: WatchState | LinkState,
    effect: AlertTransition,
    raisedAt: EpochMs,
    note: string | undefined,
  ): Transition {
    return {
      alert: carrier.alert!, // raised before anything else can happen to it
      ...describe(carrier),
      effect: effect.effect,
      state: stateAfter(effect, carrier.memory),
      at: effect.at,
      raisedAt,
      level: effect.level,
      finding: effect.finding,
      by: effect.by,
      note: note ?? null,
      position: this.#position,
    };
  }

  #alertId(key: string, raisedAt: EpochMs): string {
    const hash = createHash('sha256').update(`${this.#logId}|${key}|${raisedAt}`).digest('hex');
    // Laid out as an RFC 9562 version 8 UUID: made by us, from a hash.
    return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-a${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
  }

  #read(name: string): number | null {
    const value = this.#tags.get(name)?.value;
    return value === undefined || Number.isNaN(value) ? null : value;
  }

  #lookUp(logTagId: number, names: ReadonlyMap<number, string>): TagState | undefined {
    const known = this.#byLogId[logTagId];
    if (known) return known;
    const found = this.#tags.get(names.get(logTagId) ?? '');
    this.#byLogId[logTagId] = found;
    return found;
  }

  #tagState(name: string): TagState {
    let state = this.#tags.get(name);
    if (!state) {
      state = { lastAt: 0, value: Number.NaN, skewMs: 0, watchers: [], joins: [] };
      this.#tags.set(name, state);
    }
    return state;
  }
}

/** What was only looked up later leaves no trace: with it and without it the same alerts are raised. */
function isHistory(record: LogRecord): boolean {
  return record.kind === 'readings' && record.batch.quality.every((byte) => byte & HISTORICAL);
}

function timeOf(record: LogRecord): EpochMs {
  switch (record.kind) {
    case 'readings':
    case 'waveform':
    case 'thermalFrame':
      return record.receivedAt;
    case 'clock':
      return record.at;
    case 'event':
      return record.event.at;
  }
}
