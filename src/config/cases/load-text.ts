import { readFileSync } from 'node:fs';
import { detectors } from '../../../rules/index.ts';
import { type LoadedPlant, loadPlant, type PlantInput } from '../load.ts';
import { adapters } from './adapters.ts';

/** A signing secret of 24 bytes. */
export const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLjSw';

/** The plant file in the repository's root. */
export const exampleText = readFileSync(new URL('../../../plant.example.yaml', import.meta.url), 'utf8');

/** Loads a text as `plant.yaml` with the adapters of these tests, every variable and secret in place. */
export function loadText(text: string, changes: Partial<PlantInput> = {}): LoadedPlant {
  return loadPlant({
    text,
    file: 'plant.yaml',
    adapters,
    detectors,
    env: { MQTT_USER: 'millwright' },
    readSecret: () => SECRET,
    secrets: 'required',
    ...changes,
  });
}
