import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startSimulatedPlant } from '../../adapters/simulator/plant.ts';
import { systemClock } from '../model/clock.ts';
import { untilStopped } from './until-stopped.ts';

/** What the simulated plant tells the process that started it, once it runs. */
export interface SimulatedPlantReady {
  readonly kind: 'ready';
  /** Path of the plant file that was written. */
  readonly plantFile: string;
  readonly controlPort: number;
}

/**
 * `millwright simulate`: the simulated plant alone, until it is told to stop. Started by `demo` it begins its script when
 * told to and ends with it; started by hand it begins at once.
 */
export async function simulate(options: { readonly seed: number; readonly directory: string }): Promise<void> {
  const { signal, requested } = untilStopped();
  const parentGone = new Promise<void>((resolve) => process.on('disconnect', () => resolve()));
  // The terminal's Ctrl-C reaches this process too. The plant must outlive the service that reads it, which ends it.
  const ending = process.send ? new AbortController().signal : signal;
  const plant = await startSimulatedPlant({ ...options, clock: systemClock, signal: ending });
  const plantFile = join(options.directory, 'plant.yaml');
  await writeFile(plantFile, plant.plantFile);
  if (process.send) {
    process.on('message', (message) => {
      if (message === 'begin') plant.begin();
    });
    process.send({ kind: 'ready', plantFile, controlPort: plant.controlPort } satisfies SimulatedPlantReady);
    await parentGone;
  } else {
    plant.begin();
    console.log(
      `The simulated plant runs; its plant file is ${plantFile}. Watch it with: npx millwright run --plant ${plantFile}`,
    );
    console.log(`What really happens, for comparison: http://127.0.0.1:${plant.controlPort}/ground-truth`);
    await requested;
  }
  await plant.stop();
}
