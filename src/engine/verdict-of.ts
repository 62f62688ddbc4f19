import { backToNormal } from '../../rules/back.ts';
import type { Verdict } from '../../rules/detector.ts';
import { NORMAL, UNKNOWN } from '../../rules/verdict.ts';
import { RuleError } from '../model/errors.ts';
import type { EpochMs } from '../model/reading.ts';
import type { Answers } from './answers.ts';
import type { ConditionState, LinkState, WatchState } from './carriers.ts';
import { keepsLearnt } from './compile.ts';
import { isInDoubt } from './doubt.ts';
import { nonsenseOf } from './nonsense.ts';

/** What is judged: a reading, or without inputs the passing of time. */
interface Judged {
  readonly at: EpochMs;
  readonly inputs: Float64Array | null;
}

/** What a verdict hangs on besides the watch. */
export interface Surroundings {
  readonly answers: Answers;
  readonly links: ReadonlyMap<string, LinkState>;
  /** The inputs of those that watch for an expression, filled anew for each. */
  readonly sides: Float64Array;
  /** Whether what passing time shows is not the instrument's own fault. */
  isExcused(state: WatchState, verdict: Verdict, at: EpochMs): boolean;
}

/**
 * Asks the detector of a watch, where there is something to ask. Throws what the detector throws, and for nonsense `rule_failed`.
 * Called for every rule of every reading: what is rare is in functions of its own, and `state.watch` is left alone.
 */
export function verdictOf(state: WatchState, { at, inputs }: Judged, around: Surroundings): Verdict {
  if (state.condition !== null && isAsleep(state, state.condition, around)) return UNKNOWN;
  if (isInDoubt(state)) return UNKNOWN;
  if (inputs === null && isCutOff(state, around)) return UNKNOWN;
  state.isFresh = false;
  const { method, config, subject } = state;
  const verdict =
    inputs === null
      ? method.tick!(state.detector, at, config, subject)
      : method.step(state.detector, at, state.alarm ? sidesOf(state, state.alarm, around) : inputs, config, subject);
  if (verdict === NORMAL || verdict === UNKNOWN) return verdict;
  if (inputs === null && around.isExcused(state, verdict, at)) return UNKNOWN;
  const nonsense = nonsenseOf(verdict);
  if (nonsense !== null) throw new RuleError('rule_failed', nonsense);
  return verdict;
}

/** While an alert stands, a normal verdict on inputs brings along what is told when it returns. To be asked right after `verdictOf`. */
export function withBack(
  verdict: Verdict,
  { watch, memory, detector: state, alarm }: WatchState,
  { inputs, sides }: { readonly inputs: Float64Array | null; readonly sides: Surroundings['sides'] },
): Verdict {
  if (verdict.state !== 'normal' || inputs === null || !stands(memory) || memory.finding === null) return verdict;
  const { detector, config, subject } = watch;
  const seen = { before: memory.finding, subject, state };
  const judged = alarm ? sides : inputs;
  const back = detector.back ? detector.back(judged, config, seen) : backToNormal(judged, seen);
  return back === null ? verdict : { ...verdict, back };
}

/** Whether the operating state that the watch asks for does not hold, or is not known. What it learnt belongs to one run. */
function isAsleep(state: WatchState, condition: ConditionState, { answers }: Surroundings): boolean {
  if (answers.of(condition) === true) return false;
  const { detector, config } = state.watch;
  if (!state.isFresh && !keepsLearnt(state.watch)) state.detector = detector.init(config);
  state.isFresh = true;
  return true;
}

/** Behind a broken link silence says nothing about the instrument. */
function isCutOff({ watch: { tag } }: WatchState, { links }: Surroundings): boolean {
  return tag.source !== null && links.get(tag.source)?.isUp === false;
}

/** The two sides are also what is told once the condition holds no more. */
function sidesOf({ memory }: WatchState, alarm: ConditionState, { answers, sides }: Surroundings): Float64Array {
  return answers.inputsOf(alarm, { into: sides, sides: stands(memory) ? 'always' : 'when true' });
}

function stands({ state, awaitsReset }: WatchState['memory']): boolean {
  return state === 'unacknowledged' || (state === 'acknowledged' && !awaitsReset);
}
