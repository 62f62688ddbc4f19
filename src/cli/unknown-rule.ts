import { rulesOfClass } from '../config/class-rules.ts';
import { nearest } from '../config/nearest.ts';
import type { Plant } from '../model/plant.ts';

/** Why an id names no rule: the reason, or the id that was meant; both `null` when neither is known. */
export interface UnknownRule {
  readonly reason: string | null;
  readonly suggestion: string | null;
}

/** Of a class of many assets the first names show how they are made. */
const MOST_NAMED = 3;

/** Why an id, as it is written in the plant file perhaps, names no rule of these plants; `null`: it does name one. */
export function explainUnknownRule(id: string, plants: readonly Pick<Plant, 'rules' | 'assets'>[]): UnknownRule | null {
  const ids = plants.flatMap(({ rules }) => rules.map((rule) => rule.id));
  if (ids.includes(id)) return null;
  const single = [...new Set(plants.flatMap((plant) => rulesOfClass(id, plant)))];
  if (single.length === 0) return { reason: null, suggestion: nearest(id, ids) };
  return { reason: `a rule on a class has a name for each asset, ${sayNames(single)}`, suggestion: null };
}

function sayNames(names: readonly string[]): string {
  return `${names.slice(0, MOST_NAMED).join(', ')}${names.length > MOST_NAMED ? ', …' : ''}`;
}
