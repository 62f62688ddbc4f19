import { Worker } from 'node:worker_threads';
import type { LoadedPlant } from '../config/load.ts';
import { ApiError } from '../model/errors.ts';
import { endAtRest } from './end-at-rest.ts';
import { firstMessage } from './first-message.ts';

/**
 * Reads and checks the service's own plant file again, with its secrets, in a thread of its own: a large one takes longer than the
 * service may stand still. Throws `plant_unreadable` when it is not there, and what goes wrong in the thread.
 */
export async function rereadPlant(file: string): Promise<LoadedPlant> {
  const worker = startThread(file);
  try {
    const answer = (await firstMessage(worker)) as { loaded: LoadedPlant } | { unreadable: string }; // as it posts
    if ('loaded' in answer) return answer.loaded;
    throw new ApiError(422, 'plant_unreadable', answer.unreadable);
  } finally {
    endAtRest(worker);
  }
}

function startThread(workerData: string): Worker {
  if (!import.meta.url.endsWith('.ts'))
    return new Worker(new URL('./reread-plant-worker.js', import.meta.url), { workerData });
  // Run from the sources, the thread must register the loader for itself.
  const entry = JSON.stringify(new URL('./reread-plant-worker.ts', import.meta.url).href);
  return new Worker(`import('tsx/esm/api').then(({ register }) => { register(); return import(${entry}); })`, {
    workerData,
    eval: true,
  });
}
