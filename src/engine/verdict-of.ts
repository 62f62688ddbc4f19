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

type Normal = Extract<Verdict, { state: 'normal' }>;

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

/** Asks the detector of a watch, where there is something to ask. Throws what the detector throws, and for nonsense `rule_failed`. */
export function verdictOf(state: WatchState, { at, inputs }: Judged, around: Surroundings): Verdict {
  const { detector, config, subject, tag } = state.watch;
  if (state.condition !== null && around.answers.of(state.condition) !== true) {
    if (!state.isFresh && !keepsLearnt(state.watch)) state.detector = detector.init(config);
    state.isFresh = true;
    return UNKNOWN;
  }
  if (isInDoubt(state)) return UNKNOWN;
  // Behind a broken link silence says nothing about the instrument.
  if (inputs === null && tag.source !== null && around.links.get(tag.source)?.isUp === false) return UNKNOWN;
  state.isFresh = false;
  const judged = inputs !== null && state.alarm ? sidesOf(state, state.alarm, around) : inputs;
  const verdict =
    judged === null
      ? detector.tick!(state.detector, at, config, subject)
      : detector.step(state.detector, at, judged, config, subject);
  if (verdict === UNKNOWN) return verdict;
  if (verdict === NORMAL) return withBack(verdict, state, judged);
  if (inputs === null && around.isExcused(state, verdict, at)) return UNKNOWN;
  const nonsense = nonsenseOf(verdict);
  if (nonsense !== null) throw new RuleError('rule_failed', nonsense);
  return verdict.state === 'normal' ? withBack(verdict, state, judged) : verdict;
}

/** The two sides are also what is told once the condition holds no more. */
function sidesOf({ memory }: WatchState, alarm: ConditionState, { answers, sides }: Surroundings): Float64Array {
  return answers.inputsOf(alarm, { into: sides, sides: stands(memory) ? 'always' : 'when true' });
}

function stands({ state, awaitsReset }: WatchState['memory']): boolean {
  return state === 'unacknowledged' || (state === 'acknowledged' && !awaitsReset);
}

/** While an alert stands, a normal verdict brings along what is told when it returns. */
function withBack(
  verdict: Normal,
  { watch, memory, detector: state }: WatchState,
  inputs: Float64Array | null,
): Verdict {
  const { detector, config, subject } = watch;
  if (!stands(memory) || inputs === null || memory.finding === null) return verdict;
  const seen = { before: memory.finding, subject, state };
  const back = detector.back ? detector.back(inputs, config, seen) : backToNormal(inputs, seen);
  return back === null ? verdict : { ...verdict, back };
}
