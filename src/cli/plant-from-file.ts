import { adapters } from '../../adapters/index.ts';
import { detectors } from '../../rules/index.ts';
import { isOpenToAll, readPlantFile, readSecretFile } from '../config/files.ts';
import { type LoadedPlant, loadPlant } from '../config/load.ts';
import { formatProblem } from '../config/problems.ts';
import { ConfigError } from '../model/errors.ts';
import type { Plant } from '../model/plant.ts';

/** Reads a plant file with every adapter and detector there is. Throws `plant_unreadable` when there is no such file. */
export function readPlant(file: string, secrets: 'required' | 'unchecked'): LoadedPlant {
  return loadPlant({
    text: readPlantFile(file),
    file,
    adapters,
    detectors,
    env: process.env,
    readSecret: readSecretFile,
    isOpenToAll,
    secrets,
  });
}

/** The plant of a file, or `plant_invalid` with all that is wrong, one line each. */
export function requirePlant(file: string): Plant {
  return planted(file, readPlant(file, 'required'));
}

/** The same for trying its rules away from the plant: secrets and variables that are missing are only warnings. */
export function requirePlantUnarmed(file: string): Plant {
  return planted(file, readPlant(file, 'unchecked'));
}

function planted(file: string, loaded: LoadedPlant): Plant {
  for (const warning of loaded.warnings) console.error(`warning: ${formatProblem(warning)}`);
  if (loaded.ok) return loaded.plant;
  const count = loaded.problems.length === 1 ? 'one problem' : `${loaded.problems.length} problems`;
  throw new ConfigError('plant_invalid', `${file} has ${count}:\n${loaded.problems.map(formatProblem).join('\n')}`);
}
