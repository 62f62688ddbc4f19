import type { LoadedPlant } from '../config/load.ts';
import { startThread } from '../engine/start-thread.ts';
import { ApiError } from '../model/errors.ts';
import { endAtRest } from './end-at-rest.ts';

/** A plant of 10,000 tags takes a second. */
const READ_MS = 10_000;
const HEAP_MB = 512;

/**
 * Reads the text of a plant file in a thread of its own: a large one takes longer than the service may stand still.
 * Throws `body_invalid` when the thread needs too much time or memory.
 */
export async function readPlantApart(text: string): Promise<LoadedPlant> {
  const worker = startThread(new URL('./read-plant-worker.js', import.meta.url), {
    workerData: text,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
  });
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<LoadedPlant>((resolve, reject) => {
      const late = () => reject(tooLarge(`it takes longer than ${READ_MS / 1_000} s to read`));
      worker.on('message', (message: 'begun' | LoadedPlant) => {
        if (message === 'begun') timer = setTimeout(late, READ_MS);
        else resolve(message);
      });
      worker.on('exit', () => reject(tooLarge('its reading ended without an answer')));
      worker.on('error', (cause) => reject(tooLarge(`its reading broke off (${cause.message})`, cause)));
    });
  } finally {
    clearTimeout(timer);
    endAtRest(worker);
  }
}

function tooLarge(why: string, cause?: Error): ApiError {
  const message = `the plant cannot be tried: ${why}; leave out what is not tried`;
  return new ApiError(400, 'body_invalid', message, { cause });
}
