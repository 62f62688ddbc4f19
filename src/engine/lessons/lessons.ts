import type { LearntEvent, Lesson } from '../../model/log-record.ts';
import type { WatchState } from '../carriers.ts';
import { type EnginePlan, keepsLearnt, type Watch } from '../compile.ts';
import type { CellSnapshot } from '../snapshot.ts';

/** A rule on its tags that learns, as it is found in a checkpoint. */
export type Learner = Omit<Lesson, 'detector'> & { readonly rule: string };

/** The rules of a plan that learn what is normal, or where it leads to. */
export function learnersOf({ watches }: EnginePlan): readonly Learner[] {
  return watches.filter(keepsLearnt).map(({ key, fingerprint, rule }) => ({ key, fingerprint, rule }));
}

/**
 * Those of a plan that history has taught nothing yet: new ones and changed ones, and those that a checkpoint says so of
 * (`untaught`, by key). What has learnt live from a checkpoint of an earlier version goes on with that, and what learns once with what
 * it learnt before the change.
 */
export function untaughtOf(
  plan: EnginePlan,
  known: { readonly cells: readonly Pick<CellSnapshot, 'watches'>[]; readonly untaught?: readonly string[] },
): readonly Learner[] {
  const learners = learnersOf(plan);
  if (learners.length === 0) return learners;
  const had = new Map(known.cells.flatMap(({ watches }) => watches.map((saved) => [saved.key, saved])));
  const goesOn = new Set(plan.watches.filter((watch) => knows(watch, had.get(watch.key))).map(({ key }) => key));
  const untaught = new Set(known.untaught);
  return learners.filter(({ key }) => !goesOn.has(key) || untaught.has(key));
}

type Saved = Pick<CellSnapshot['watches'][number], 'fingerprint' | 'lessonPrint'>;

function knows(watch: Watch, saved: Saved | undefined): boolean {
  return saved !== undefined && (saved.fingerprint === watch.fingerprint || hasLearntOnce(watch, saved.lessonPrint));
}

/** Whether a rule goes on with what was learnt once, though something else of it may have been changed since. */
export function hasLearntOnce(watch: Pick<Watch, 'lessonPrint'>, saved: string | undefined): boolean {
  return watch.lessonPrint !== null && watch.lessonPrint === saved;
}

/**
 * Gives rules what they would know had they been there before. It replaces what they have learnt since they are there: that is part
 * of it, but for the readings that came while history was read and played. Answers those that it taught.
 */
export function teach(watches: readonly WatchState[], { lessons }: LearntEvent): readonly WatchState[] {
  const byKey = new Map(lessons.map((lesson) => [lesson.key, lesson]));
  const taught: WatchState[] = [];
  for (const state of watches) {
    const lesson = byKey.get(state.watch.key);
    if (state.anew !== null) continue; // history has the machine that was there before
    if (lesson === undefined || lesson.fingerprint !== state.watch.fingerprint || lesson.detector === null) continue;
    state.detector = structuredClone(lesson.detector); // a record may be applied to several engines, and detectors change their state in place
    state.isFresh = false;
    state.cell.isDirty = true;
    taught.push(state);
  }
  return taught;
}

/** Those that these lessons are not for. */
export function withoutTaught(learners: readonly Learner[], { lessons }: LearntEvent): readonly Learner[] {
  const taught = new Map(lessons.map(({ key, fingerprint }) => [key, fingerprint]));
  return learners.filter(({ key, fingerprint }) => taught.get(key) !== fingerprint);
}

/** What rules have learnt, from the cells of the engine that they learnt in. */
export function lessonsIn(cells: readonly Pick<CellSnapshot, 'watches'>[]): readonly Lesson[] {
  return cells.flatMap(({ watches }) =>
    watches.map(({ key, fingerprint, detector }) => ({ key, fingerprint, detector })),
  );
}
