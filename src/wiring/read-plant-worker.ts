import { parentPort, workerData } from 'node:worker_threads';
import { loadForeignPlant } from './load-foreign-plant.ts';

if (parentPort) {
  // Started only by wiring/read-plant.ts, which measures from the first message: loading the code is not the text's fault.
  parentPort.postMessage('begun');
  parentPort.postMessage(loadForeignPlant(String(workerData)));
  parentPort.on('message', () => undefined); // lives until it is ended
}
