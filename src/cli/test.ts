import { ConfigError } from '../model/errors.ts';
import type { Plant } from '../model/plant.ts';
import { requirePlantUnarmed } from './plant-from-file.ts';
import { loadScenarios } from './scenario/load.ts';
import { sayOutcome, sayTotal } from './scenario/report.ts';
import { type Outcome, runScenario } from './scenario/run.ts';

/** Flags of `millwright test`. */
export interface TestFlags {
  readonly plant?: string;
  readonly verbose?: true;
  readonly json?: true;
}

/** `millwright test`: runs rules over written scenarios; exit code 1 when anything comes out otherwise than expected. */
export function testScenarios(files: readonly string[], flags: TestFlags): void {
  const plants = new Map<string, Plant>();
  const readPlant = (file: string) => {
    const plant = plants.get(file) ?? requirePlantUnarmed(file);
    plants.set(file, plant);
    return plant;
  };
  const outcomes: Outcome[] = [];
  const refusals: string[] = [];
  for (const file of files) {
    try {
      for (const ready of loadScenarios(file, readPlant, flags.plant)) outcomes.push(runScenario(ready));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      refusals.push(error.message); // the other files may be in order
    }
  }
  if (flags.json) console.log(JSON.stringify(outcomes, null, 2));
  else {
    for (const outcome of outcomes) console.log(sayOutcome(outcome, flags.verbose ? 'everything' : 'differences'));
    if (outcomes.length > 0) console.log(sayTotal(outcomes));
  }
  for (const refusal of refusals) console.error(refusal);
  if (refusals.length > 0 || outcomes.some(({ isRight }) => !isRight)) process.exitCode = 1;
}
