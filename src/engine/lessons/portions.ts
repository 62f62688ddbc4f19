import type { JudgedPlant } from '../../model/judged-plant.ts';
import { compilePlan, type EnginePlan, type Watch } from '../compile.ts';
import { withInputs } from '../derivations.ts';
import type { Learner } from './lessons.ts';

/** Rules that are taught together, and of their plant only what they are judged by. */
export interface Portion {
  readonly learners: readonly Learner[];
  readonly plant: JudgedPlant;
}

/** A portion of which it is known how much it learns from. */
export interface MeasuredPortion extends Portion {
  /** Readings of its tags that history holds, at most. */
  readonly readings: number;
}

/** Cuts learners into portions of at most `most` rules, in their order. */
export function* portionsOf(
  learners: readonly Learner[],
  { plant, most }: { readonly plant: JudgedPlant; readonly most: number },
): Generator<Portion> {
  const byRule = groupByRule(learners);
  const rules = [...byRule.keys()];
  for (let from = 0; from < rules.length; from += most) {
    const some = rules.slice(from, from + most);
    yield { learners: some.flatMap((rule) => byRule.get(rule)!), plant: partOf(plant, new Set(some)) };
  }
}

/**
 * Cuts a portion further: into rules that have no history, and into such as have together at most `mostReadings`, or are
 * alone. `readings`: how many each of the tags has that has any.
 */
export function cutByHistory(
  { learners, plant }: Portion,
  { readings, mostReadings }: { readonly readings: ReadonlyMap<string, number>; readonly mostReadings: number },
): { readonly untold: readonly Learner[]; readonly portions: readonly MeasuredPortion[] } {
  const groups: { readonly rules: Set<string>; readonly tags: Set<string>; count: number }[] = [];
  const untold = new Set<string>();
  for (const [rule, tags] of tagsByRule(compilePlan(plant))) {
    const countOf = (among: readonly string[]) => among.reduce((sum, name) => sum + (readings.get(name) ?? 0), 0);
    const group = groups.at(-1);
    const more = group && countOf([...tags].filter((name) => !group.tags.has(name)));
    if (countOf([...tags]) === 0) untold.add(rule);
    else if (group && more !== undefined && group.count + more <= mostReadings) {
      group.rules.add(rule);
      for (const name of tags) group.tags.add(name);
      group.count += more;
    } else groups.push({ rules: new Set([rule]), tags: new Set(tags), count: countOf([...tags]) });
  }
  const portions = groups.map(({ rules, count }) => ({
    learners: learners.filter(({ rule }) => rules.has(rule)),
    plant: partOf(plant, rules),
    readings: count,
  }));
  return { untold: learners.filter(({ rule }) => untold.has(rule)), portions };
}

/** The tags that a plant's rules read, and those that they are computed from. */
export function tagsReadIn(plant: JudgedPlant): ReadonlySet<string> {
  const plan = compilePlan(plant);
  return withInputs(plan.watches.flatMap(readBy), plan.derivations);
}

/** A thread is sent all of it: of 30,000 tags that took 39 ms of the one that sends. */
function partOf(plant: JudgedPlant, rules: ReadonlySet<string>): JudgedPlant {
  const judged = { ...plant, rules: plant.rules.filter(({ id }) => rules.has(id)) };
  const read = tagsReadIn(judged);
  return { ...judged, tags: plant.tags.filter(({ name }) => read.has(name)) };
}

function tagsByRule({ watches, derivations }: EnginePlan): ReadonlyMap<string, ReadonlySet<string>> {
  const byRule = groupByRule(watches);
  return new Map([...byRule].map(([rule, each]) => [rule, withInputs(each.flatMap(readBy), derivations)]));
}

function readBy({ tags, condition, alarm }: Watch): string[] {
  return [...tags.map(({ name }) => name), ...(condition?.reads ?? []), ...(alarm?.reads ?? [])];
}

function groupByRule<T extends { readonly rule: string }>(all: readonly T[]): ReadonlyMap<string, readonly T[]> {
  const byRule = new Map<string, T[]>();
  for (const each of all) {
    const group = byRule.get(each.rule);
    if (group) group.push(each);
    else byRule.set(each.rule, [each]);
  }
  return byRule;
}
