import type { Worker } from 'node:worker_threads';
import { startThread } from '../engine/start-thread.ts';
import { ApiError } from '../model/errors.ts';

/** What is worked out takes a third of a second at most; loading the code from the sources, a few. */
const PATIENCE_MS = 30_000;
const HEAP_MB = 256;
/** A thread is kept for the next thing: pictures are asked for one after the other. It also must not end while it is hot: `THREAD_REST_MS`. */
const KEPT_MS = 30_000;

/** Works things out one after the other in a thread of its own, for each takes longer than the service may stand still. */
export class Apart<Given, Made> {
  readonly #worker: string;
  #thread: Worker | null = null;
  #ending: NodeJS.Timeout | undefined;
  #last: Promise<unknown> = Promise.resolve();

  /** `worker`: a module beside this one, without its ending, that answers each message with what it made of it. */
  constructor(worker: string) {
    this.#worker = worker;
  }

  /** Throws a 503 when it takes too long, and what goes wrong in the thread. */
  workOut(given: Given): Promise<Made> {
    const made = this.#last.then(() => this.#ask(given));
    this.#last = made.catch(() => undefined);
    return made;
  }

  async #ask(given: Given): Promise<Made> {
    clearTimeout(this.#ending);
    const thread = this.#thread ?? this.#start();
    this.#thread = thread;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<Made>((resolve, reject) => {
        timer = setTimeout(() => reject(new ApiError(503, 'unavailable', 'the picture took too long')), PATIENCE_MS);
        thread.once('message', resolve);
        thread.once('error', reject);
        thread.once('exit', () => reject(new ApiError(503, 'unavailable', 'the thread of pictures ended by itself')));
        thread.ref();
        thread.postMessage(given);
      });
    } catch (error) {
      this.#end(thread);
      throw error;
    } finally {
      clearTimeout(timer);
      for (const event of ['message', 'error', 'exit']) thread.removeAllListeners(event); // not its own
      thread.on('error', () => this.#end(thread)); // of one that is idle, or it would be the error of the process
      thread.unref();
      this.#ending = setTimeout(() => this.#end(thread), KEPT_MS).unref();
    }
  }

  #end(thread: Worker): void {
    if (this.#thread === thread) this.#thread = null;
    void thread.terminate();
  }

  #start(): Worker {
    const module = new URL(`./${this.#worker}.js`, import.meta.url);
    return startThread(module, { resourceLimits: { maxOldGenerationSizeMb: HEAP_MB } });
  }
}
