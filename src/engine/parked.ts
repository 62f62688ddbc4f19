import type { Parked } from './evaluation.ts';

/** What does not work now: rules that are switched off, and derived tags that fail until they are tried again. */
export class ParkedRules {
  #all: readonly Parked[] = [];

  /** In the order in which that was found out. An entry is the same object as long as it is there. */
  get all(): readonly Parked[] {
    return this.#all;
  }

  /** Takes one in. A rule may be on thousands of tags, and fail on all of them for the same reason: it is kept once. */
  add(parked: Parked): void {
    if (this.#all.some(({ rule, reason }) => rule === parked.rule && reason === parked.reason)) return;
    this.#all = [...this.#all, parked];
  }

  /** It works again. */
  remove(rule: string): void {
    this.#all = this.#all.filter((each) => each.rule !== rule);
  }
}

/** The name under which a derived tag is told to fail. */
export function derivedRule(tag: string): string {
  return `derived ${tag}`;
}
