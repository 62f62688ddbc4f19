import type { ForgetCommand, ForgetTarget } from '../model/log-record.ts';
import { skewOf, type WatchState } from './carriers.ts';
import { keepsLearnt } from './compile.ts';
import type { Learner } from './lessons/lessons.ts';

/** Commands of which an engine remembers that it has carried them out: some weeks of a large plant. */
const MOST_REMEMBERED = 500;

/** What an engine remembers of a command that it has carried out: of its targets only the faults. */
export type CarriedOut = Pick<ForgetCommand, 'commandId' | 'at' | 'of'>;

/** The commands to forget that an engine has carried out: what comes again is not done again. */
export class Forgotten {
  #done: CarriedOut[] = [];

  /** Carries a command out, if it is new. Answers those that learn anew. */
  take(watches: readonly WatchState[], command: ForgetCommand): readonly WatchState[] {
    const { commandId, at, of } = command;
    if (this.#done.some((done) => done.commandId === commandId)) return [];
    this.#done = [...this.#done, { commandId, at, of: of.filter(({ from }) => from !== null) }].slice(-MOST_REMEMBERED);
    return forget(watches, command);
  }

  /** Has those that history has just taught forget the same faults again: some were repaired after that history was read. */
  takeAgain(taught: readonly WatchState[]): void {
    if (taught.length === 0) return;
    for (const { at, of } of this.#done) if (of.length > 0) forget(taught, { at, of, by: '' });
  }

  /** Nothing, where there are none. */
  snapshot(): { readonly forgotten?: readonly CarriedOut[] } {
    return this.#done.length === 0 ? {} : { forgotten: this.#done };
  }

  restore(saved: readonly CarriedOut[]): void {
    this.#done = [...saved];
  }
}

type Said = Pick<ForgetCommand, 'at' | 'by' | 'note' | 'of'>;

/**
 * Lets rules forget what people say is not normal for the machine any more. Answers those that learn anew: nothing is known of what they
 * judge. A rule that keeps nothing of what it learns has nothing to forget.
 */
function forget(watches: readonly WatchState[], command: Said): readonly WatchState[] {
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

function targetsByRule({ of }: Pick<ForgetCommand, 'of'>): ReadonlyMap<string, readonly ForgetTarget[]> {
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
