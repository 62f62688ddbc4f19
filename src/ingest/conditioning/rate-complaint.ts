import type { EpochMs } from '../../model/reading.ts';
import type { Logger } from '../../telemetry/log.ts';

const SAY_EVERY_MS = 60_000;
const MOST_NAMED = 5;

/** Says in the log that readings were left out for their rate: at once, then at most once a minute. */
export class RateComplaint {
  readonly #source: string;
  readonly #logger: Logger;
  readonly #tags = new Set<string>();
  #readings = 0;
  #saidAt: EpochMs = Number.NEGATIVE_INFINITY;

  constructor(source: string, logger: Logger) {
    this.#source = source;
    this.#logger = logger;
  }

  /** Takes one reading that was left out. */
  add(tag: string): void {
    this.#readings++;
    if (this.#tags.size < MOST_NAMED) this.#tags.add(tag);
  }

  /** Says what was added since it was last said, when it is time to. */
  say(now: EpochMs): void {
    if (this.#readings === 0 || now - this.#saidAt < SAY_EVERY_MS) return;
    this.#logger.warn(
      { source: this.#source, readings: this.#readings, tags: [...this.#tags] },
      'readings came faster than the maxRate of their tags and were left out',
    );
    this.#saidAt = now;
    this.#readings = 0;
    this.#tags.clear();
  }
}
