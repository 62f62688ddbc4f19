import { formatProblem } from '../config/problems.ts';
import { readPlant } from './plant-from-file.ts';

/** `millwright check`: says all that is wrong; exit code 1 when the service would refuse the file. */
export function check(file: string): void {
  const loaded = readPlant(file, 'unchecked');
  for (const warning of loaded.warnings) console.error(`warning: ${formatProblem(warning)}`);
  if (loaded.ok) {
    const { name, sources, assets, tags, rules } = loaded.plant;
    console.log(
      `${file} is right: plant ${name}, ${sources.length} adapters, ${assets.length} assets, ${tags.length} tags, ${rules.length} rules`,
    );
    return;
  }
  for (const problem of loaded.problems) console.error(formatProblem(problem));
  process.exitCode = 1;
}
