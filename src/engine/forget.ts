import type { ForgetCommand, ForgetTarget } from '../model/log-record.ts';
import { skewOf, type WatchState } from './carriers.ts';
import { keepsLearnt } from './compile.ts';
import type { Learner } from './lessons/lessons.ts';

/**
 * Lets rules forget what people say is not normal for the machine any more. Answers those that learn anew: nothing is known of what they
 * judge. A rule that keeps nothing of what it learns has nothing to forget.
 */
export function forget(watches: readonly WatchState[], command: ForgetCommand): readonly WatchState[] {
  const targets = targetsByRule(command);
  const anew: WatchState[] = [];
  for (const state of watches) {
    const meant = targets.get(state.watch.rule)?.filter((target) => isMeant(state.watch.key, target)) ?? [];
    if (meant.length === 0 || !keepsLearnt(state.watch)) continue;
    state.cell.isDirty = true;
    const { detector, config } = state.watch;
    if (meant.some(({ from }) => from === null)) {
      state.detector = detector.init(config);
      state.isFresh = true;
      state.anew = { at: command.at, by: command.by, note: command.note ?? null };
      anew.push(state);
    } else {
      const from = Math.min(...meant.map((target) => target.from!)); // none of them is null here
      detector.forget?.(state.detector, { from, to: command.at + skewOf(state) }, config);
    }
  }
  return anew;
}

/** Those whom history is still to teach: not what it has of a machine that is another one now. */
export function withoutForgotten(learners: readonly Learner[], command: ForgetCommand): readonly Learner[] {
  const targets = targetsByRule(command);
  const isAnew = ({ rule, key }: Learner) =>
    targets.get(rule)?.some((target) => target.from === null && isMeant(key, target)) ?? false;
  return learners.filter((learner) => !isAnew(learner));
}

function targetsByRule({ of }: ForgetCommand): ReadonlyMap<string, readonly ForgetTarget[]> {
  const targets = new Map<string, ForgetTarget[]>();
  for (const target of of) {
    const known = targets.get(target.rule);
    if (known) known.push(target);
    else targets.set(target.rule, [target]);
  }
  return targets;
}

function isMeant(key: string, { rule, tag }: ForgetTarget): boolean {
  return tag === null || key === `${rule}|${tag}` || key === `${rule}|*`;
}
