import { parentPort, workerData } from 'node:worker_threads';
import { readPlant } from '../cli/plant-from-file.ts';
import { isOurs } from '../model/errors.ts';

if (parentPort) {
  // Started only by wiring/reread-plant.ts. An error that crosses threads forgets its class.
  try {
    parentPort.postMessage({ loaded: readPlant(String(workerData), 'required') });
  } catch (error) {
    if (!isOurs(error)) throw error;
    parentPort.postMessage({ unreadable: error.message });
  }
  parentPort.on('message', () => undefined); // lives until it is ended
}
