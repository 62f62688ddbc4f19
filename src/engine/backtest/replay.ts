import type { Batch } from '../../model/batch.ts';
import type { AlertCommand, ForgetCommand, LogRecord, SourceLinkEvent } from '../../model/log-record.ts';
import type { EpochMs } from '../../model/reading.ts';
import type { Transition } from '../../model/transition.ts';
import type { EnginePlan } from '../compile.ts';
import { Engine } from '../engine.ts';
import type { EngineSnapshot } from '../snapshot.ts';
import { type Deed, joinsIn, type Operators, withStanding } from './operators.ts';

/** Rows of history in columns, oldest first; those of one time may be spread over two calls. */
export interface HistoryRows {
  readonly tagId: Int32Array;
  readonly at: Float64Array;
  readonly value: Float64Array;
  readonly quality: Uint8Array;
}

/** Rules under a back-test, and who is told what they do. */
export interface ReplayedPlan {
  readonly plan: EnginePlan;
  readonly onTransition: (transition: Transition) => void;
}

/** What a replay begins with. */
export interface ReplayOptions {
  readonly plans: readonly ReplayedPlan[];
  /** Names of the tags by their ids in the database. */
  readonly names: ReadonlyMap<number, string>;
  readonly from: EpochMs;
  /** Links that broke and came back, oldest first; before the first, all are up. */
  readonly links: readonly SourceLinkEvent[];
  /** What rules were to forget, oldest first; absent: nothing. */
  readonly forgets?: readonly ForgetCommand[];
  /** What people had to do with the alerts; absent: nobody does anything, and none is open. */
  readonly operators?: Operators;
  /** From one record of the clock to the next, at most 9 s; absent: a second, as in the service. */
  readonly tickMs?: number;
}

const TICK_MS = 1_000;
const NO_CODES: ReadonlyMap<number, number> = new Map();

interface PlayedEngine {
  readonly engine: Engine;
  readonly onTransition: ReplayedPlan['onTransition'];
  readonly joins: (rule: string) => boolean;
}

/**
 * Plays stored readings to engines as the readings log would have: readings of one time are one record that arrives at that
 * time, and after them comes the clock's record of each second. Several plans see the same stream in one pass.
 */
export class Replay {
  readonly #engines: readonly PlayedEngine[];
  readonly #names: ReadonlyMap<number, string>;
  readonly #links: readonly SourceLinkEvent[];
  #nextLink = 0;
  readonly #forgets: readonly ForgetCommand[];
  #nextForget = 0;
  readonly #deeds: readonly Deed[];
  #nextDeed = 0;
  readonly #tickMs: number;
  #nextTick: EpochMs;
  #position = 0;
  /** Rows of the newest time, which may go on in the next call. */
  #held: HistoryRows | null = null;

  constructor({ plans, names, from, links, forgets = [], operators, tickMs = TICK_MS }: ReplayOptions) {
    this.#engines = plans.map(({ plan, onTransition }) => {
      const engine = new Engine(plan, 'back-test');
      if (operators) engine.restore(withStanding(engine.snapshot(), operators.standing, plan));
      return { engine, onTransition, joins: joinsIn(plan) };
    });
    this.#forgets = forgets;
    this.#deeds = operators?.deeds ?? [];
    this.#names = names;
    this.#links = links;
    this.#tickMs = tickMs;
    this.#nextTick = Math.ceil(from / tickMs) * tickMs;
    const sources = new Set(plans.flatMap(({ plan }) => plan.links.map(({ source }) => source.id)));
    for (const source of sources)
      this.#apply({ kind: 'event', event: { kind: 'source', source, link: 'up', at: from } });
  }

  /** What the first plan's engine knows now. */
  snapshot(): EngineSnapshot {
    return this.#engines[0]!.engine.snapshot(); // there is at least one plan
  }

  /** Rules that failed, with why: of each plan, in their order. */
  get parked(): readonly Engine['parked'][] {
    return this.#engines.map(({ engine }) => engine.parked);
  }

  /** Evaluates the next rows, except those of the newest time. */
  rows(rows: HistoryRows): void {
    const n = rows.at.length;
    if (n === 0) return;
    let from = 0;
    if (this.#held !== null) {
      const heldAt = this.#held.at[0]!;
      while (from < n && rows.at[from] === heldAt) from++;
      if (from > 0) this.#held = joined(this.#held, slice(rows, 0, from));
      if (from === n) return;
      this.#flush();
    }
    for (let to = from + 1; to < n; to++) {
      if (rows.at[to] === rows.at[from]) continue;
      this.#readings(slice(rows, from, to));
      from = to;
    }
    this.#held = slice(rows, from, n);
  }

  /** Evaluates everything before `at`, the clock too: there are no more rows before it. */
  reached(at: EpochMs): void {
    this.#flush();
    this.#advance(at);
  }

  /** What somebody does about an alert, at a time that `reached` has told; else nobody does anything. */
  command(command: AlertCommand | ForgetCommand): void {
    this.#apply({ kind: 'event', event: command });
  }

  #flush(): void {
    if (this.#held !== null) this.#readings(this.#held);
    this.#held = null;
  }

  #readings({ tagId, at, value, quality }: HistoryRows): void {
    const receivedAt = at[0]!;
    this.#advance(receivedAt);
    const batch: Batch = { tag: tagId, at, value, quality, codes: NO_CODES };
    this.#apply({ kind: 'readings', receivedAt, batch });
  }

  /** Lets the time pass up to `at`, without the clock's record of that very moment: it comes after its readings. */
  #advance(at: EpochMs): void {
    for (;;) {
      const deed = this.#deeds[this.#nextDeed];
      const link = this.#links[this.#nextLink];
      const forgotten = this.#forgets[this.#nextForget];
      if (forgotten !== undefined && forgotten.at <= at && forgotten.at <= this.#nextTick) {
        this.#nextForget++;
        this.#apply({ kind: 'event', event: forgotten });
      } else if (deed !== undefined && deed.at <= at && deed.at <= this.#nextTick && !(link && link.at <= deed.at)) {
        this.#nextDeed++;
        this.#do(deed);
      } else if (link !== undefined && link.at <= at && link.at <= this.#nextTick) {
        this.#nextLink++;
        this.#apply({ kind: 'event', event: link });
      } else if (this.#nextTick < at) {
        this.#apply({ kind: 'clock', at: this.#nextTick });
        this.#nextTick += this.#tickMs;
      } else return;
    }
  }

  /** What was done about an alert that is another one here, or is not open, is done to the one there is, or to none. */
  #do({ kind, rule, tag, at, by }: Deed): void {
    for (const played of this.#engines) {
      const isMeant = (open: Transition) => open.rule === rule && (open.tag === tag || played.joins(rule));
      const alert = played.engine.open.find(isMeant)?.alert;
      if (alert === undefined) continue;
      this.#applyTo([played], { kind: 'event', event: { kind, commandId: 'back-test', alert, at, by } });
    }
  }

  #apply(record: LogRecord): void {
    this.#applyTo(this.#engines, record);
  }

  #applyTo(engines: readonly PlayedEngine[], record: LogRecord): void {
    const placed = { record, position: this.#position, end: ++this.#position };
    for (const { engine, onTransition } of engines) {
      for (const transition of engine.apply(placed, this.#names).transitions) onTransition(transition);
    }
  }
}

function slice({ tagId, at, value, quality }: HistoryRows, from: number, to: number): HistoryRows {
  return {
    tagId: tagId.subarray(from, to),
    at: at.subarray(from, to),
    value: value.subarray(from, to),
    quality: quality.subarray(from, to),
  };
}

function joined(a: HistoryRows, b: HistoryRows): HistoryRows {
  const n = a.at.length;
  const rows = {
    tagId: new Int32Array(n + b.at.length),
    at: new Float64Array(n + b.at.length),
    value: new Float64Array(n + b.at.length),
    quality: new Uint8Array(n + b.at.length),
  };
  for (const [part, offset] of [
    [a, 0],
    [b, n],
  ] as const) {
    rows.tagId.set(part.tagId, offset);
    rows.at.set(part.at, offset);
    rows.value.set(part.value, offset);
    rows.quality.set(part.quality, offset);
  }
  return rows;
}
