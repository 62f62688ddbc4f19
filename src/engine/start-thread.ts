import { Worker, type WorkerOptions } from 'node:worker_threads';

/**
 * Starts a module as a thread of its own. `module` is its built file, seen from the caller: `new URL('./worker.js', import.meta.url)`.
 * Run from the sources, the thread must register the loader for itself, and loads the `.ts` there.
 */
export function startThread(module: URL, options: WorkerOptions): Worker {
  if (!import.meta.url.endsWith('.ts')) return new Worker(module, options);
  const entry = JSON.stringify(module.href.replace(/\.js$/, '.ts'));
  return new Worker(`import('tsx/esm/api').then(({ register }) => { register(); return import(${entry}); })`, {
    ...options,
    eval: true,
  });
}
