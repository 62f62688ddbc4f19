import type { Worker } from 'node:worker_threads';

/** The first message of a thread. Rejects with what it threw, and also when it ends without a word, which is no error to Node. */
export function firstMessage(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('messageerror', reject);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`the thread ended with code ${code} and without an answer`)));
  });
}
