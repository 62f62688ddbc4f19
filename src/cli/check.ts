import { formatProblem } from '../config/problems.ts';
import { sayCount } from '../model/count-words.ts';
import type { PackReport } from '../model/plant.ts';
import { readPlant } from './plant-from-file.ts';

/** `millwright check`: says all that is wrong; exit code 1 when the service would refuse the file. */
export function check(file: string): void {
  const loaded = readPlant(file, 'unchecked');
  for (const warning of loaded.warnings) console.error(`warning: ${formatProblem(warning)}`);
  if (loaded.ok) {
    const { name, sources, assets, tags, rules, packs = [] } = loaded.plant;
    console.log(
      `${file} is right: plant ${name}, ${sayCount(sources.length, 'adapter')}, ${sayCount(assets.length, 'asset')}, ${sayCount(tags.length, 'tag')}, ${sayCount(rules.length, 'rule')}`,
    );
    for (const pack of packs) console.log(sayPack(pack));
    return;
  }
  for (const problem of loaded.problems) console.error(formatProblem(problem));
  process.exitCode = 1;
}

function sayPack({ asset, class: kind, rules, lacks }: PackReport): string {
  const brought = rules.length === 0 ? 'brings no rules' : `brings ${rules.join(', ')}`;
  const lacking = lacks.length === 0 ? '' : `; it could also use the tags ${lacks.join(', ')}`;
  return `${asset}: the pack ${kind} ${brought}${lacking}`;
}
