import { Type } from 'typebox';
import { Value } from 'typebox/value';

/** Each tag is a request; a file of many columns shows with the first how it is. */
const MOST_ASKED = 50;
const MOST_LISTED = 5;
const PATIENCE_MS = 10_000;
const RANGE_MS = 60_000;

/** Of the answer about one tag what is looked at here. */
const Answer = Type.Object({
  rules: Type.Array(Type.Object({ rule: Type.String(), state: Type.String() })),
});

/** Where the rules are asked for, and what of. */
export interface LearningQuestion {
  readonly url: string;
  readonly key: string;
  readonly tags: readonly string[];
  readonly now: number;
  readonly signal: AbortSignal;
}

/**
 * Rules that are still learning and watch one of these tags. What cannot be asked is left out: the key of an import need not have the
 * scope `read`, and the import is done.
 */
export async function findLearningRules({ url, key, tags, now, signal }: LearningQuestion): Promise<readonly string[]> {
  const found = new Set<string>();
  const patience = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
  for (const tag of tags.slice(0, MOST_ASKED)) {
    const place = new URL(`/api/v1/tags/${encodeURIComponent(tag)}/rules?from=${now - RANGE_MS}&to=${now}`, url);
    const answer = await ask(place, key, patience);
    for (const { rule, state } of answer) if (state === 'learning') found.add(rule);
  }
  return [...found].sort();
}

async function ask(place: URL, key: string, signal: AbortSignal): Promise<readonly { rule: string; state: string }[]> {
  try {
    const response = await fetch(place, { headers: { authorization: `Bearer ${key}` }, signal });
    const answer: unknown = await response.json();
    return response.ok && Value.Check(Answer, answer) ? answer.rules : [];
  } catch {
    return []; // out of time, or gone: what was imported is stored all the same
  }
}

/** What to do about rules that have learnt nothing from an import; `null` when there are none. */
export function sayLearning(rules: readonly string[]): string | null {
  if (rules.length === 0) return null;
  const more = rules.length > MOST_LISTED ? ` and ${rules.length - MOST_LISTED} more` : '';
  const names = `${rules.slice(0, MOST_LISTED).join(', ')}${more}`;
  const [verb, them] = rules.length === 1 ? ['is', 'it'] : ['are', 'them'];
  return `an import teaches no rule that is there already, and ${names} ${verb} still learning: to have ${them} learn from what is stored, give ${them} another id in the plant file and reload`;
}
