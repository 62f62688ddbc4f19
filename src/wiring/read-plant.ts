import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { LoadedPlant } from '../config/load.ts';

/** Reads the text of a plant file in a thread of its own: a large one takes longer than the service may stand still. */
export async function readPlantApart(text: string): Promise<LoadedPlant> {
  const worker = startThread(text);
  try {
    const [loaded] = (await once(worker, 'message')) as [LoadedPlant]; // its only message; an error of it is thrown
    return loaded;
  } finally {
    await worker.terminate();
  }
}

function startThread(workerData: string): Worker {
  if (!import.meta.url.endsWith('.ts'))
    return new Worker(new URL('./read-plant-worker.js', import.meta.url), { workerData });
  // Run from the sources, the thread must register the loader for itself.
  const entry = JSON.stringify(new URL('./read-plant-worker.ts', import.meta.url).href);
  return new Worker(`import('tsx/esm/api').then(({ register }) => { register(); return import(${entry}); })`, {
    eval: true,
    workerData,
  });
}
