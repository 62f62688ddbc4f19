import type { LoadedPlant } from '../config/load.ts';
import { startThread } from '../engine/start-thread.ts';
import { ApiError } from '../model/errors.ts';
import { endAtRest } from './end-at-rest.ts';
import { firstMessage } from './first-message.ts';

/**
 * Reads and checks the service's own plant file again, with its secrets, in a thread of its own: a large one takes longer than the
 * service may stand still. Throws `plant_unreadable` when it is not there, and what goes wrong in the thread.
 */
export async function rereadPlant(file: string): Promise<LoadedPlant> {
  const worker = startThread(new URL('./reread-plant-worker.js', import.meta.url), { workerData: file });
  try {
    const answer = (await firstMessage(worker)) as { loaded: LoadedPlant } | { unreadable: string }; // as it posts
    if ('loaded' in answer) return answer.loaded;
    throw new ApiError(422, 'plant_unreadable', answer.unreadable);
  } finally {
    endAtRest(worker);
  }
}
