import { type AlertStep, isDue, isTimed, step } from '../../rules/alert-state.ts';
import type { Verdict } from '../../rules/detector.ts';
import { UNKNOWN } from '../../rules/verdict.ts';
import { hear } from '../../rules/window/signal.ts';
import { type Batch, HISTORICAL } from '../model/batch.ts';
import type { AlertCommand, PlacedRecord, SourceLinkEvent } from '../model/log-record.ts';
import type { EpochMs } from '../model/reading.ts';
import type { Transition } from '../model/transition.ts';
import { Answers } from './answers.ts';
import { emptyHand, takeInHand } from './arrival.ts';
import { fileAlert, type LinkState, linkVerdict, skewOf, type TagState, type WatchState } from './carriers.ts';
import { copyCell, restoreCells } from './cells.ts';
import type { EnginePlan } from './compile.ts';
import { type Arrival, Derivations } from './derivations.ts';
import { isActive } from './doubt.ts';
import type { CommandOutcome, Evaluation, Parked } from './evaluation.ts';
import { ExternalAlerts } from './external.ts';
import { Forgotten } from './forget.ts';
import { type HoldBack, restoreHeld } from './hold-back.ts';
import { add, endsBefore, JOIN_PATIENCE_MS, take } from './join.ts';
import { AHEAD_MS, LateReadings, LIVE_WINDOW_MS } from './late-readings.ts';
import { teach } from './lessons/lessons.ts';
import { LogTags } from './log-tags.ts';
import { derivedRule, ParkedRules } from './parked.ts';
import { isHistory, timeOf } from './record-time.ts';
import { blame, forgetSilence, noteLate, returnVerdict, silenceVerdict } from './silence.ts';
import type { EngineSnapshot } from './snapshot.ts';
import { createStates, type States } from './states.ts';
import { stepByCommand } from './step-by-command.ts';
import { alertIdOf, openingOf, transitionOf } from './transitions.ts';
import { type Surroundings, verdictOf, withBack } from './verdict-of.ts';
import { begin, type RunningWatch, rest } from './watchdog.ts';

export type { CommandOutcome, Evaluation, Parked } from './evaluation.ts';

/** Quality as it is stored. */
const BAD = 2;

/** The log gets the time every second: where it has none for this long, the service was not running. */
const ABSENT_MS = 10_000;

/**
 * Evaluates rules over the readings log, one record at a time. Deterministic: the same records in the same order give
 * the same transitions with the same ids, wherever it was stopped and restored in between. No clock, no I/O.
 *
 * Live it runs in its own thread (worker.ts); over history whoever likes may drive it: `new Engine(plan, logId)`, then
 * `apply` for each record, clock records once a second among them. `snapshot` and `restore` hold between any two records.
 */
export class Engine {
  /** Readings that came too late, or too early, to be evaluated, or as history. */
  late = 0;
  /** Those of them that are to be judged in their place in history. */
  readonly lateReadings = new LateReadings();
  readonly #logId: string;
  readonly #states: States;
  readonly #watches: readonly WatchState[];
  readonly #links: ReadonlyMap<string, LinkState>;
  readonly #ticking: readonly WatchState[];
  readonly #joining: readonly WatchState[];
  /** The input of those that judge one tag alone. */
  readonly #alone = new Float64Array(1);
  readonly #hand = emptyHand();
  readonly #answers: Answers;
  readonly #around: Surroundings;
  readonly #derivations: Derivations;
  readonly #external: ExternalAlerts;
  readonly #logTags: LogTags;
  readonly #running: RunningWatch | null;
  readonly #parked = new ParkedRules();
  readonly #forgotten = new Forgotten();
  #letGo: ReadonlyMap<string, string> = new Map();
  #transitions: Transition[] = [];
  #commands: CommandOutcome[] = [];
  #position = 0;
  /** Newest time in the log, by the service's own clock; 0 before the first record. */
  #now: EpochMs = 0;

  /** `running`: where it tells what it is doing, to whoever watches over it. */
  constructor(plan: EnginePlan, logId: string, running: RunningWatch | null = null) {
    this.#running = running;
    this.#logId = logId;
    this.#external = new ExternalAlerts(plan.sources);
    this.#states = createStates(plan);
    this.#answers = new Answers(this.#states.tags);
    this.#watches = this.#states.watches;
    this.#links = this.#states.links;
    this.#around = {
      answers: this.#answers,
      links: this.#links,
      sides: new Float64Array(3),
      isExcused: (state, verdict, at) => this.#isExcused(state, verdict, at),
    };
    this.#derivations = new Derivations(this.#states.derived, {
      answers: this.#answers,
      read: (tag, reading) => this.#read(tag, reading),
      onFailure: ({ tag: { name } }, reason) => this.#parked.add({ rule: derivedRule(name), tag: name, reason }),
      onRecovery: ({ tag: { name } }) => this.#parked.remove(derivedRule(name)),
    });
    this.#logTags = new LogTags(this.#states.tags, (tag) => this.#derivations.gives(tag));
    this.#joining = this.#watches.filter(({ join }) => join);
    this.#ticking = this.#watches.filter(({ watch }) => watch.detector.tick);
  }

  /** Rules that are switched off, and derived tags that fail, in the order in which that was found out. */
  get parked(): readonly Parked[] {
    return this.#parked.all;
  }

  /** Open alerts of the snapshot restored that no rule has any more, with why. */
  get letGo(): ReadonlyMap<string, string> {
    return this.#letGo;
  }

  /** Evaluates the next record. `names` is the log's dictionary as far as it has been read. */
  apply({ record, end }: PlacedRecord, names: ReadonlyMap<number, string>): Evaluation {
    this.#transitions = [];
    this.#commands = [];
    this.#position = end;
    if (record.kind === 'clock' && record.at < this.#now - AHEAD_MS) this.#setBack(record.at);
    if (!isHistory(record)) this.#notice(timeOf(record));
    for (const holdBack of this.#states.holdBacks) this.#release(holdBack);
    switch (record.kind) {
      case 'readings':
        this.#readings(record.batch, record.receivedAt, names);
        break;
      case 'texts':
      case 'waveform':
      case 'thermalFrame':
        break; // rules watch readings
      case 'clock':
        this.#tick(record.at);
        break;
      case 'event':
        if (record.event.kind === 'source') this.#link(record.event);
        else if (record.event.kind === 'acknowledge' || record.event.kind === 'reset') this.#command(record.event);
        else if (record.event.kind === 'external')
          this.#transitions.push(...this.#external.apply(record.event, this.#externalContext));
        else if (record.event.kind === 'forget') this.#doubt(this.#forgotten.take(this.#watches, record.event));
        else if (record.event.kind === 'learnt') this.#forgotten.takeAgain(teach(this.#watches, record.event));
        else if (record.event.kind === 'correction')
          this.#transitions.push(...this.lateReadings.correct(record.event, end));
    }
    if (this.#running) rest(this.#running);
    return { transitions: this.#transitions, commands: this.#commands, readings: this.#derivations.takeMade() };
  }

  /** Everything that the future depends on, as plain JSON. */
  snapshot(): EngineSnapshot {
    return this.#copy('everything');
  }

  /**
   * A snapshot with only those cells that changed since the last time this was asked; at first all of them. A copy: the
   * engine may go on while it is written, and 10,000 tags with four rules are copied in some 20 ms.
   */
  changes(): EngineSnapshot {
    return this.#copy('changes');
  }

  /** Ids of the alerts that are open here. */
  get openAlerts(): ReadonlySet<string> {
    return new Set(this.open.map(({ alert }) => alert));
  }

  /** All alerts that are open here, each as if raised just now; the store may know others, or not know these. */
  get open(): readonly Transition[] {
    const open = [...this.#watches, ...this.#links.values()].filter(({ alert }) => alert !== null);
    return [...open.map((carrier) => openingOf(carrier, this.#position)), ...this.#external.open(this.#position)];
  }

  /** Takes a snapshot of all cells up again. A rule that was changed since starts afresh. */
  restore({ now, cells, links, held, external, late, forgotten }: EngineSnapshot): void {
    this.#now = now;
    this.#answers.now = now;
    this.#letGo = restoreCells(cells, this.#states);
    for (const state of this.#watches) if (state.parked !== null) this.#park(state, state.parked);
    this.#derivations.sayFailures();
    for (const state of this.#states.conditions) state.isStale = true;
    for (const { source, ...saved } of links) {
      const link = this.#links.get(source);
      if (link) Object.assign(link, saved);
    }
    for (const each of held ?? []) this.late += restoreHeld(each, this.#states);
    this.#external.restore(external ?? []);
    this.#forgotten.restore(forgotten ?? []);
    if (late) this.lateReadings.restore(late);
  }

  #copy(what: 'everything' | 'changes'): EngineSnapshot {
    const cells = what === 'everything' ? this.#states.cells : this.#states.cells.filter(({ isDirty }) => isDirty);
    if (what === 'changes') for (const cell of cells) cell.isDirty = false;
    return {
      now: this.#now,
      cells: cells.map(copyCell),
      links: [...this.#links].map(([source, { watch: _, tagCount: __, ...saved }]) => ({ source, ...saved })),
      held: this.#states.holdBacks.map((holdBack) => holdBack.snapshot()),
      external: this.#external.snapshot(),
      ...this.lateReadings.snapshot(),
      ...this.#forgotten.snapshot(),
    };
  }

  /** Our clock was ahead and was put right: else all that is held back would be too late until it is as late again. */
  #setBack(at: EpochMs): void {
    this.#now = at;
    for (const holdBack of this.#states.holdBacks) holdBack.setBack(at);
  }

  /** Time in which nobody watched counts for no delay: nothing is known of it. */
  #notice(at: EpochMs): void {
    const before = this.#now;
    this.#now = Math.max(before, at);
    this.#answers.now = this.#now;
    if (before === 0 || at - before < ABSENT_MS) return;
    for (const link of this.#links.values()) if (link.heardAt !== null) link.heardAt += at - before;
    for (const carrier of [...this.#watches, ...this.#links.values()]) {
      if (!isTimed(carrier.memory)) continue;
      this.#move(carrier, UNKNOWN, before + skewOf(carrier));
    }
  }

  #readings(batch: Batch, receivedAt: EpochMs, names: ReadonlyMap<number, string>): void {
    const { tag, at, value, quality } = batch;
    this.#hand.receivedAt = receivedAt;
    for (let i = 0; i < tag.length; i++) {
      const state = this.#logTags.find(tag[i]!, names);
      if (!state) continue; // nobody watches it
      const time = at[i]!;
      const bits = quality[i]!;
      const isLive = time > state.lastAt && time >= receivedAt - LIVE_WINDOW_MS && time <= receivedAt + AHEAD_MS;
      if (!(bits & HISTORICAL || isLive)) noteLate(state.link, time, receivedAt);
      if (bits & HISTORICAL || !isLive) this.#miss(state, time, receivedAt);
      else if (state.holdBack === null) this.#read(state, takeInHand(this.#hand, batch, i));
      else if (!state.holdBack.add({ tag: state, at: time, value: value[i]!, quality: bits }))
        this.#miss(state, time, receivedAt);
    }
  }

  /** What was held back counts as arrived when it was due, however late it came. */
  #release(holdBack: HoldBack): void {
    for (let held = holdBack.next(this.#now); held !== null; held = holdBack.next(this.#now)) {
      const { tag, at } = held;
      this.#answers.now = at + holdBack.latenessMs;
      if (at > tag.lastAt) this.#read(tag, { ...held, receivedAt: at + holdBack.latenessMs });
      else this.#miss(tag, at, this.#now); // or it came twice
    }
    this.#answers.now = this.#now;
  }

  #miss({ name, lastAt }: TagState, at: EpochMs, receivedAt: EpochMs): void {
    this.late++;
    if (at !== lastAt) this.lateReadings.note(name, at, receivedAt); // the newest one again is the same row
  }

  #read(state: TagState, { at, value: raw, quality, receivedAt }: Arrival): void {
    const value = quality === 0 ? raw : Number.NaN;
    if (!Object.is(value, state.value)) for (const condition of state.conditions) condition.isStale = true;
    if (state.link !== null && quality !== BAD) this.#heard(state, receivedAt);
    state.lastAt = at;
    state.skewMs = at - receivedAt;
    state.value = value;
    state.cell.isDirty = true;
    if (state.signal !== null) hear(state.signal, at, value, quality);
    for (const watcher of state.watchers) {
      this.#alone[0] = value;
      this.#judge(watcher, watcher.time === 'arrival' ? receivedAt : at, this.#alone);
    }
    for (const { state: watcher, input } of state.joins) {
      watcher.cell.isDirty = true;
      const { toleranceMs } = watcher.watch;
      if (endsBefore(watcher.join!, input, { at, toleranceMs })) this.#judgeTogether(watcher);
      if (add(watcher.join!, input, { value, at, arrivedAt: receivedAt })) this.#judgeTogether(watcher);
    }
    if (state.derives !== null) this.#derivations.hear(state, { at, value: raw, quality, receivedAt });
  }

  #judgeTogether(state: WatchState): void {
    const inputs = new Float64Array(state.tags.length);
    const at = take(state.join!, inputs, state.watch.toleranceMs);
    this.#judge(state, at, inputs);
  }

  #tick(at: EpochMs): void {
    this.#derivations.tick(at);
    this.lateReadings.tick(at, this.#position);
    for (const state of this.#joining) {
      if (state.join!.freshCount > 0 && at - state.join!.arrivedAt >= JOIN_PATIENCE_MS) this.#judgeTogether(state);
    }
    for (const state of this.#ticking) this.#judge(state, at, null);
    for (const state of this.#watches) {
      if (!isTimed(state.memory)) continue;
      const time = at + skewOf(state);
      if (!isDue(state.memory, time, state.watch.policy)) continue;
      this.#emit(state, step(state.memory, { kind: 'tick' }, time, state.watch.policy));
    }
    for (const link of this.#links.values())
      this.#emit(link, step(link.memory, { kind: 'tick' }, at, link.watch.policy));
  }

  /** Judges a reading, or without inputs the passing of time. Makes no object where nothing is wrong and nothing was. */
  #judge(state: WatchState, at: EpochMs, inputs: Float64Array | null): void {
    if (state.parked !== null) return;
    state.cell.isDirty = true;
    if (this.#running) begin(this.#running, state.index);
    try {
      const verdict = verdictOf(state, { at, inputs }, this.#around);
      if (state.memory.state === 'normal' && verdict.state !== 'abnormal') return; // the machine stays where it is
      const wasActive = state.dependants.length === 0 || isActive(state);
      this.#move(state, withBack(verdict, state, { inputs, sides: this.#around.sides }), at);
      if (!wasActive && isActive(state)) this.#doubt(state.dependants);
    } catch (error) {
      this.#park(state, error instanceof Error ? error.message : String(error));
    }
  }

  #park(state: WatchState, reason: string): void {
    state.parked = reason;
    state.cell.isDirty = true;
    this.#parked.add({ rule: state.watch.rule, tag: state.watch.tag.name, reason });
  }

  /** Whether the silence of a tag is not its own. */
  #isExcused({ tags, watch }: WatchState, verdict: Verdict, at: EpochMs): boolean {
    const link = watch.detector.kind === 'stale' ? (tags[0]?.link ?? null) : null;
    const guilty = blame(link, verdict, at);
    if (link !== null && guilty === 'source' && !link.isSilent) {
      link.isSilent = true;
      this.#move(link, silenceVerdict(link, at), link.heardAt ?? at);
      this.#doubt(this.#watches.filter(({ watch: { tag } }) => tag.source === link.watch.source.id));
    }
    return guilty !== 'instrument';
  }

  #heard({ link, lastAt }: TagState, at: EpochMs): void {
    if (link === null) return;
    if (lastAt === 0) link.heardCount++;
    link.heardAt = Math.max(link.heardAt ?? at, at);
    if (!link.isSilent) return;
    link.isSilent = false;
    if (link.isUp) this.#move(link, returnVerdict(link, at, 'heard'), at);
  }

  /** Nothing is known any more of what these judge: their delays stand still. */
  #doubt(watches: readonly WatchState[]): void {
    for (const state of watches) if (isTimed(state.memory)) this.#move(state, UNKNOWN, this.#now + skewOf(state));
  }

  #move(carrier: WatchState | LinkState, verdict: Verdict, at: EpochMs): void {
    this.#emit(carrier, step(carrier.memory, { kind: 'condition', verdict }, at, carrier.watch.policy));
  }

  #link(event: SourceLinkEvent): void {
    const state = this.#links.get(event.source);
    if (!state) return;
    state.isUp = event.link === 'up';
    if (state.isUp) forgetSilence(this.#watches, event.source);
    this.#move(state, linkVerdict(state, event), event.at);
  }

  get #externalContext() {
    return {
      position: this.#position,
      idOf: (key: string, raisedAt: EpochMs) => alertIdOf(this.#logId, key, raisedAt),
    };
  }

  #command(command: AlertCommand): void {
    const { alert, commandId, note } = command;
    const external = this.#external.command(command, this.#externalContext);
    if (external) {
      this.#transitions.push(...external);
      this.#commands.push({ commandId, outcome: external.length > 0 ? 'done' : 'not active' });
      return;
    }
    const carrier = [...this.#watches, ...this.#links.values()].find((each) => each.alert === alert);
    const moved = carrier && stepByCommand(carrier, command);
    if (carrier && moved) this.#emit(carrier, moved, note);
    const isDone = moved?.effects.some((effect) => effect.by !== null);
    this.#commands.push({ commandId, outcome: isDone ? 'done' : 'not active' });
  }

  #emit(carrier: WatchState | LinkState, { memory, effects }: AlertStep, note?: string): void {
    if (memory === carrier.memory && effects.length === 0) return;
    const before = carrier.memory;
    carrier.memory = memory;
    if ('cell' in carrier) carrier.cell.isDirty = true;
    for (const effect of effects) {
      if (effect.effect === 'raised') {
        carrier.alert = alertIdOf(this.#logId, carrier.watch.key, effect.at);
        fileAlert(carrier, effect.finding);
      }
      this.#transitions.push(transitionOf(effect, { carrier, before, note, position: this.#position }));
      if (effect.effect === 'cleared') carrier.alert = null;
    }
  }
}
