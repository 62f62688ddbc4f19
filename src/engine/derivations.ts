import { compileNumber, type Expression } from '../../rules/expression.ts';
import { RuleError } from '../model/errors.ts';
import type { Tag } from '../model/plant.ts';
import { type EpochMs, QUALITIES, type Reading } from '../model/reading.ts';
import type { Answers } from './answers.ts';
import type { TagState } from './carriers.ts';
import {
  add,
  createJoin,
  endsBefore,
  JOIN_PATIENCE_MS,
  type Join,
  type JoinSnapshot,
  joinSnapshot,
  restoreJoin,
  take,
} from './join.ts';

/** A derived tag, ready to be computed. */
export interface Derivation {
  readonly tag: Tag;
  readonly expression: Expression<number>;
  /** Readings farther apart than this are not computed together. */
  readonly toleranceMs: number;
  /** Changes when what it is computed from does. */
  readonly fingerprint: string;
}

/** A derived tag, with its state. */
export interface DerivedState {
  readonly derivation: Derivation;
  /** What it gives. */
  readonly tag: TagState;
  /** The newest reading of each tag that it asks about, in the order of `expression.reads`. */
  readonly join: Join;
  /** Of each of these, 1 = uncertain. */
  readonly isUncertain: Uint8Array;
  /** The values of one group, by name; NaN is bad or missing. */
  readonly values: Map<string, number>;
  /** Why it gives no value; `null`: it does. */
  failure: Failure | null;
}

/** A derived tag that failed: it is tried again, less and less often while it goes on failing. */
interface Failure {
  readonly reason: string;
  /** How often it has failed in a row. */
  readonly count: number;
  /** In the time of its readings. */
  readonly retryAt: EpochMs;
}

const RETRY_AFTER_MS = 60_000;
const MAX_RETRY_AFTER_MS = 3_600_000;

/** A derived tag as it stands in a checkpoint. */
export interface DerivedSnapshot {
  readonly tag: string;
  readonly fingerprint: string;
  readonly join: JoinSnapshot;
  readonly isUncertain: readonly number[];
  /** Absent: it has not failed. A text: written when one that had failed was not tried again. */
  readonly failure?: Failure | string;
}

/** A reading on its way to those who judge it. */
export interface Arrival {
  readonly at: EpochMs;
  /** As it came, whatever its quality; NaN where it has none. */
  readonly value: number;
  /** 0 good, 1 uncertain, 2 bad. */
  readonly quality: number;
  readonly receivedAt: EpochMs;
}

/** Compiles the derived tags among those of a plant. Throws `expression_invalid` for one that a checked plant file can't contain. */
export function compileDerivations(tags: readonly Tag[]): readonly Derivation[] {
  return tags.flatMap((tag): Derivation[] => {
    if (tag.derived === undefined) return [];
    const { value, toleranceMs } = tag.derived;
    const expression = compileNumber(value, { tags: () => true, asset: tag.asset });
    if (!expression.ok) throw new RuleError('expression_invalid', `derived tag ${tag.name}: ${expression.message}`);
    return [{ tag, expression, toleranceMs, fingerprint: JSON.stringify([value, toleranceMs]) }];
  });
}

/** These tags, and all that those of them that are derived are computed from. */
export function withInputs(names: Iterable<string>, derivations: readonly Derivation[]): ReadonlySet<string> {
  const byName = new Map(derivations.map((derivation) => [derivation.tag.name, derivation]));
  const all = new Set(names);
  for (const name of all) for (const input of byName.get(name)?.expression.reads ?? []) all.add(input); // goes on over what it adds
  return all;
}

/** A derived tag of which nothing is known yet. */
export function createDerived(derivation: Derivation, tag: TagState): DerivedState {
  const { reads } = derivation.expression;
  return {
    derivation,
    tag,
    join: createJoin(reads.length),
    isUncertain: new Uint8Array(reads.length),
    values: new Map(),
    failure: null,
  };
}

/** What derived tags need of the engine. */
export interface DerivationsContext {
  readonly answers: Answers;
  /** Judges a derived reading like any other. */
  readonly read: (tag: TagState, reading: Arrival) => void;
  readonly onFailure: (state: DerivedState, reason: string) => void;
  /** It gives values again. */
  readonly onRecovery: (state: DerivedState) => void;
}

/**
 * Computes derived tags from the readings of others, at the time of the newest of them. The result is judged at once, like a
 * reading that had come just then, and is to be stored besides: what the log says of a derived tag is not read back.
 */
export class Derivations {
  readonly #states: readonly DerivedState[];
  readonly #given: ReadonlySet<TagState>;
  readonly #context: DerivationsContext;
  #made: Reading[] = [];

  constructor(states: readonly DerivedState[], context: DerivationsContext) {
    this.#states = states;
    this.#given = new Set(states.map(({ tag }) => tag));
    this.#context = context;
  }

  /** Whether a tag is derived. */
  gives(tag: TagState): boolean {
    return this.#given.has(tag);
  }

  /** What was computed since this was asked last, in that order. */
  takeMade(): readonly Reading[] {
    if (this.#made.length === 0) return NOTHING;
    const made = this.#made;
    this.#made = [];
    return made;
  }

  /** Takes a reading of a tag that others are computed from. */
  hear({ derives }: TagState, { at, value, quality, receivedAt }: Arrival): void {
    for (const { state, input } of derives ?? []) {
      const { join, derivation } = state;
      state.tag.cell.isDirty = true;
      if (endsBefore(join, input, { at, toleranceMs: derivation.toleranceMs })) this.#compute(state);
      state.isUncertain[input] = quality === UNCERTAIN ? 1 : 0;
      const usable = quality === BAD ? Number.NaN : value;
      if (add(join, input, { value: usable, at, arrivedAt: receivedAt })) this.#compute(state);
    }
  }

  /** Computes what waits for a reading that has not come. `at`: our own clock. */
  tick(at: EpochMs): void {
    for (const state of this.#states) {
      if (state.join.freshCount === 0 || at - state.join.arrivedAt < JOIN_PATIENCE_MS) continue;
      state.tag.cell.isDirty = true;
      this.#compute(state);
    }
  }

  /** Says which had failed already when a snapshot was made. */
  sayFailures(): void {
    for (const state of this.#states) if (state.failure !== null) this.#context.onFailure(state, state.failure.reason);
  }

  #compute(state: DerivedState): void {
    const { derivation, join, tag } = state;
    const inputs = new Float64Array(join.values.length);
    const at = take(join, inputs, derivation.toleranceMs);
    if (at <= tag.lastAt) return; // the inputs came in another order than their times
    const { value, quality } = this.#answer(state, at, inputs);
    this.#made.push({
      tag: tag.name,
      at,
      value: Number.isNaN(value) ? null : value,
      quality: QUALITIES[quality] ?? 'bad',
    });
    this.#context.read(tag, { at, value, quality, receivedAt: join.arrivedAt });
  }

  /** Bad where a value it needs is bad or missing, or there is no answer; uncertain where one is uncertain. */
  #answer(
    state: DerivedState,
    at: EpochMs,
    inputs: Float64Array,
  ): { readonly value: number; readonly quality: number } {
    const { expression } = state.derivation;
    if (state.failure !== null && at < state.failure.retryAt) return NO_ANSWER;
    state.values.clear();
    let quality = GOOD;
    for (const [input, name] of expression.reads.entries()) {
      state.values.set(name, inputs[input]!);
      if (!expression.tags.includes(name)) continue; // a window has its own way of knowing too little
      if (Number.isNaN(inputs[input])) return NO_ANSWER;
      if (state.isUncertain[input]) quality = UNCERTAIN;
    }
    try {
      const value = expression.evaluate((name) => state.values.get(name) ?? null, this.#context.answers.signals);
      if (value === null) return NO_ANSWER;
      if (state.failure !== null) {
        state.failure = null;
        this.#context.onRecovery(state);
      }
      return { value, quality };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const count = (state.failure?.count ?? 0) + 1;
      const isNews = state.failure === null;
      state.failure = { reason, count, retryAt: at + Math.min(RETRY_AFTER_MS * 2 ** (count - 1), MAX_RETRY_AFTER_MS) };
      if (isNews) this.#context.onFailure(state, reason);
      return NO_ANSWER;
    }
  }
}

const GOOD = 0;
const UNCERTAIN = 1;
const BAD = 2;
const NO_ANSWER = { value: Number.NaN, quality: BAD };
const NOTHING: readonly Reading[] = [];

/** Plain JSON. */
export function derivedSnapshot({ derivation, tag, join, isUncertain, failure }: DerivedState): DerivedSnapshot {
  return {
    tag: tag.name,
    fingerprint: derivation.fingerprint,
    join: joinSnapshot(join),
    isUncertain: Array.from(isUncertain),
    ...(failure !== null && { failure }),
  };
}

/** Takes a snapshot up again, unless the tag is computed otherwise now. */
export function restoreDerived(state: DerivedState | undefined, saved: DerivedSnapshot): void {
  if (state?.derivation.fingerprint !== saved.fingerprint) return;
  restoreJoin(state.join, saved.join);
  state.isUncertain.set(saved.isUncertain);
  const { failure = null } = saved;
  state.failure = typeof failure === 'string' ? { reason: failure, count: 1, retryAt: 0 } : failure;
}
