import { adapters } from '../../adapters/index.ts';
import { detectors } from '../../rules/index.ts';
import { type LoadedPlant, loadPlant, type Problem } from '../config/load.ts';

/** Most values after aliases are followed: a plant of 10,000 tags has half of it. */
const MAX_VALUES = 200_000;
/** Most tags that all its rules together are on or are given: a rule on a class is on that tag of each of its assets. */
const MAX_WATCHED = 50_000;
/** Nobody reads more of them at once. */
const MAX_PROBLEMS = 100;

/**
 * Reads a plant file that somebody sent: without the variables and the files of this machine, which are not theirs. What comes
 * out is small enough to be copied from thread to thread, whatever the text is.
 */
export function loadForeignPlant(text: string): LoadedPlant {
  const readSecret = () => {
    throw new Error('a plant that is only tried has no secrets');
  };
  const where = { file: 'plant', env: {}, secrets: 'unchecked', maxValues: MAX_VALUES } as const;
  const loaded = loadPlant({ text, adapters, detectors, readSecret, ...where });
  if (!loaded.ok) return { ok: false, problems: shortened(loaded.problems), warnings: [] };
  const watched = loaded.plant.rules.reduce((sum, { on, given }) => sum + on.length + (given?.length ?? 0), 0);
  if (watched > MAX_WATCHED) {
    const message = `the rules are on ${watched} tags together, with those they are given, more than ${MAX_WATCHED}: leave out those that are not tried`;
    return { ok: false, problems: [{ file: 'plant', line: 1, column: 1, path: 'rules', message }], warnings: [] };
  }
  return { ok: true, plant: loaded.plant, warnings: [] };
}

function shortened(problems: readonly Problem[]): readonly Problem[] {
  const more = problems.length - MAX_PROBLEMS;
  if (more <= 0) return problems;
  const shown = problems.slice(0, MAX_PROBLEMS);
  return [...shown, { ...shown.at(-1)!, message: `${more} more problems follow` }];
}
