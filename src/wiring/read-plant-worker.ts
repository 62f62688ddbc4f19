import { parentPort, workerData } from 'node:worker_threads';
import { adapters } from '../../adapters/index.ts';
import { detectors } from '../../rules/index.ts';
import { loadPlant } from '../config/load.ts';

/** Reads a plant file that somebody sent: without the variables and the files of this machine, which are not theirs. */
function work(text: string, port: NonNullable<typeof parentPort>): void {
  const readSecret = () => {
    throw new Error('a plant that is only tried has no secrets');
  };
  port.postMessage(loadPlant({ text, file: 'plant', adapters, detectors, env: {}, readSecret, secrets: 'unchecked' }));
}

if (parentPort) work(String(workerData), parentPort); // started only by wiring/read-plant.ts
