import { Worker } from 'node:worker_threads';
import { ApiError } from '../model/errors.ts';

/** What is worked out takes a third of a second at most; loading the code from the sources, a few. */
const PATIENCE_MS = 30_000;
const HEAP_MB = 256;

/**
 * Works something out in a thread of its own, for it takes longer than the service may stand still. `worker`: a module beside this
 * one, without its ending, that posts what it made of its `workerData`, once. Throws a 503 when that takes too long.
 */
export async function workOutApart<Given, Made>(worker: string, given: Given): Promise<Made> {
  const thread = startThread(worker, given);
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise((resolve, reject) => {
      timer = setTimeout(() => reject(new ApiError(503, 'unavailable', 'the picture took too long')), PATIENCE_MS);
      thread.on('message', resolve);
      thread.on('error', reject);
    });
  } finally {
    clearTimeout(timer);
    await thread.terminate();
  }
}

function startThread(worker: string, workerData: unknown): Worker {
  const options = { workerData, resourceLimits: { maxOldGenerationSizeMb: HEAP_MB } };
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL(`./${worker}.js`, import.meta.url), options);
  // Run from the sources, the thread must register the loader for itself.
  const entry = JSON.stringify(new URL(`./${worker}.ts`, import.meta.url).href);
  return new Worker(`import('tsx/esm/api').then(({ register }) => { register(); return import(${entry}); })`, {
    ...options,
    eval: true,
  });
}
