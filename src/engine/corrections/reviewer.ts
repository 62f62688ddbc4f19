import type { JudgedPlant } from '../../model/judged-plant.ts';
import type { CorrectionEvent } from '../../model/log-record.ts';
import type { EpochMs } from '../../model/reading.ts';
import { listJournaledAlerts } from '../../store/alert-history.ts';
import { type HistoryAccess, isAway, untilStored } from '../history-access.ts';
import type { Review } from '../late-readings.ts';
import { findCorrections, MAX_CORRECTIONS } from './find.ts';

/** History before the first late reading, for rules that look back. */
const WARM_UP_MS = 2 * 3_600_000;
/** History behind the last one, for delays that run out. */
const AFTER_MS = 3_600_000;
const MAX_ALERTS = 10_000;
const RETRY_MS = 30_000;
const MAX_TRIES = 5;

/**
 * Judges late readings in their place in history: once with and once without them, as a back-test does. What differs and was told
 * otherwise goes into the readings log as a correction, so that the engine journals it at one place of the log, also on replay.
 */
export class Reviewer {
  readonly #options: HistoryAccess;
  /** The newest that was taken. */
  #taken = -1;
  #running: Promise<void> = Promise.resolve();

  constructor(options: HistoryAccess) {
    this.#options = options;
  }

  /** Takes a review of what `plant` judges; the same one again changes nothing. */
  take(review: Review, plant: JudgedPlant): void {
    if (review.id <= this.#taken) return;
    this.#taken = review.id;
    this.#running = this.#running.then(() => this.#untilDone(review, plant));
  }

  /** Resolves when none runs any more; for the end of the service, after its signal has aborted. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #untilDone(review: Review, plant: JudgedPlant): Promise<void> {
    const { clock, logger, signal } = this.#options;
    let tries = 0;
    while (!signal.aborted) {
      try {
        if (await this.#do(review, plant)) return;
      } catch (error) {
        // However long an outage lasts: late readings come with it.
        if (!isAway(error)) tries++;
        logger.warn({ err: error, tries }, 'late readings could not be looked at');
        if (tries >= MAX_TRIES && (await this.#journal(review, []).catch(() => false))) return;
        await clock.sleep(RETRY_MS, signal);
      }
    }
  }

  /** `false`: the service ends. */
  async #do(review: Review, plant: JudgedPlant): Promise<boolean> {
    const { database, databaseUrl, clock, signal, log, run, logger } = this.#options;
    if (!(await untilStored(review.position, this.#options))) return false;
    const tried = { ...plant, assets: [] };
    const from = Math.min(...review.tags.map((tag) => tag.from));
    const to = Math.min(clock.now(), Math.max(...review.tags.map((tag) => tag.to)) + AFTER_MS);
    const report = await run(
      {
        plant: tried,
        present: tried,
        overlooked: review.tags,
        from,
        to: Math.max(to, from + 1),
        rules: [],
        warmUpMs: WARM_UP_MS,
        labels: [],
        workOrderMs: null,
      },
      { databaseUrl, signal, onProgress: () => undefined },
    );
    if (report === null) return false;
    const journal = await listJournaledAlerts(database, { from, to, limit: MAX_ALERTS });
    const at: EpochMs = clock.now();
    const corrections = findCorrections(report.changes, { journal, logId: log.id, at });
    const leftOut = corrections.length - MAX_CORRECTIONS + report.changesLeftOut;
    if (leftOut > 0) logger.warn({ leftOut }, 'late readings change more than can be journaled');
    return await this.#journal(review, corrections.slice(0, MAX_CORRECTIONS));
  }

  async #journal({ id }: Review, transitions: CorrectionEvent['transitions']): Promise<true> {
    const at = this.#options.clock.now();
    await this.#options.log.append({ kind: 'event', event: { kind: 'correction', at, review: id, transitions } });
    return true;
  }
}
