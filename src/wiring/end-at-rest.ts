import type { Worker } from 'node:worker_threads';
import { THREAD_REST_MS } from '../model/thread-rest.ts';

/** Ends a thread that has nothing more to do and listens for messages, or it would end by itself, once it has stood idle for a while. */
export function endAtRest(thread: Worker): void {
  thread.unref();
  setTimeout(() => void thread.terminate(), THREAD_REST_MS).unref();
}
