import type { Level } from './alert.ts';
import type { Rule } from './plant.ts';

/** A limit that a rule watches on a tag, for charts. */
export interface WatchedLimit {
  readonly rule: string;
  readonly level: Level;
  readonly value: number;
}

const LEVELS: readonly (readonly [setting: string, level: Level])[] = [
  ['highHigh', 'HH'],
  ['high', 'H'],
  ['low', 'L'],
  ['lowLow', 'LL'],
];

/** The limits of every tag, from the rules that detect by `limit`. */
export function limitsByTag(rules: readonly Rule[]): ReadonlyMap<string, readonly WatchedLimit[]> {
  const byTag = new Map<string, WatchedLimit[]>();
  for (const { id, on, detect, with: settings } of rules) {
    if (detect !== 'limit') continue;
    for (const [setting, level] of LEVELS) {
      const value = settings[setting];
      if (typeof value !== 'number') continue;
      for (const tag of on) byTag.set(tag, [...(byTag.get(tag) ?? []), { rule: id, level, value }]);
    }
  }
  return byTag;
}
