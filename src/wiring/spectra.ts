import { Worker } from 'node:worker_threads';
import { ApiError } from '../model/errors.ts';
import type { MadeSpectrum, NoSpectrum, SpectrumWish } from '../model/spectrum.ts';

/** A million samples take a third of a second; loading the code from the sources, a few. */
const PATIENCE_MS = 30_000;
const HEAP_MB = 256;

/** Makes spectra in a thread of its own, in the order of the wishes: a long waveform takes longer than the service may stand still. */
export async function makeSpectraApart(wishes: readonly SpectrumWish[]): Promise<(MadeSpectrum | NoSpectrum)[]> {
  const worker = startThread(wishes);
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise((resolve, reject) => {
      timer = setTimeout(() => reject(new ApiError(503, 'unavailable', 'the spectrum took too long')), PATIENCE_MS);
      worker.on('message', resolve);
      worker.on('error', reject);
    });
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}

function startThread(workerData: readonly SpectrumWish[]): Worker {
  const options = { workerData, resourceLimits: { maxOldGenerationSizeMb: HEAP_MB } };
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL('./spectrum-worker.js', import.meta.url), options);
  // Run from the sources, the thread must register the loader for itself.
  const entry = JSON.stringify(new URL('./spectrum-worker.ts', import.meta.url).href);
  return new Worker(`import('tsx/esm/api').then(({ register }) => { register(); return import(${entry}); })`, {
    ...options,
    eval: true,
  });
}
