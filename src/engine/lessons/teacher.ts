import type { Log } from '../../ingest/log/log.ts';
import type { Clock } from '../../model/clock.ts';
import { isOurs } from '../../model/errors.ts';
import type { JudgedPlant } from '../../model/judged-plant.ts';
import type { Lesson } from '../../model/log-record.ts';
import type { EpochMs } from '../../model/reading.ts';
import { type Database, errorCode, isUnreachable } from '../../store/database.ts';
import { countReadings } from '../../store/history.ts';
import { readCursor } from '../../store/log-cursors.ts';
import { findTags } from '../../store/tags.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { backtest } from '../backtest/host.ts';
import { readsOf } from '../backtest/overlooked.ts';
import { compilePlan } from '../compile.ts';
import type { Learner } from './lessons.ts';

/** What lessons are given with. */
export interface TeacherOptions {
  readonly log: Pick<Log, 'id' | 'append' | 'durable'>;
  readonly database: Database;
  readonly databaseUrl: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends them; the engine asks again after the next start. */
  readonly signal: AbortSignal;
  /** Plays history in a thread of its own. */
  readonly run: typeof backtest;
}

const DAY_MS = 86_400_000;
/** History that a rule learns from at most; the longest window of a forecast is 90 days by default. */
const MOST_MS = 90 * DAY_MS;
/** A rule learns from as long a time as has so many readings: some ten seconds of a core. */
const MOST_READINGS = 10_000_000;
/** Beyond this, in characters of JSON, what was learnt has no room in a record of the log. */
const MAX_LESSON = 4_000_000;
/** What is younger a rule has seen, or will have seen when it could have been taught. */
const WORTH_LEARNING_MS = 600_000;
const LOOK_AGAIN_MS = 500;
const RETRY_MS = 30_000;
const MAX_TRIES = 5;

/**
 * Lets rules that are new learn from what is stored, in a thread of its own, one rule after the other. What they have learnt goes
 * through the readings log, so that the engine takes it up at one place of the log, also on replay.
 */
export class Teacher {
  readonly #options: TeacherOptions;
  /** Begun, by key and fingerprint; one that is done may come again: changed and changed back. */
  readonly #taken = new Set<string>();
  #running: Promise<void> = Promise.resolve();

  constructor(options: TeacherOptions) {
    this.#options = options;
  }

  /** Takes rules of `plant` that history has taught nothing yet; those that it is at already are left out. */
  take(learners: readonly Learner[], plant: JudgedPlant): void {
    const byRule = new Map<string, Learner[]>();
    for (const learner of learners) {
      const id = idOf(learner);
      if (this.#taken.has(id)) continue;
      this.#taken.add(id);
      byRule.set(learner.rule, [...(byRule.get(learner.rule) ?? []), learner]);
    }
    for (const [rule, each] of byRule) {
      this.#running = this.#running.then(() =>
        this.#untilDone(each, { ...plant, rules: plant.rules.filter(({ id }) => id === rule) }).finally(() =>
          this.#letGo(each),
        ),
      );
    }
  }

  /** Resolves when none runs any more; for the end of the service, after its signal has aborted. */
  async idle(): Promise<void> {
    await this.#running;
  }

  #letGo(learners: readonly Learner[]): void {
    for (const learner of learners) this.#taken.delete(idOf(learner));
  }

  async #untilDone(learners: readonly Learner[], plant: JudgedPlant): Promise<void> {
    const { clock, logger, signal } = this.#options;
    for (let tries = 1; !signal.aborted; ) {
      try {
        const lessons = await this.#lessonsOf(plant);
        if (lessons === null) return;
        await this.#hand(learners, lessons);
        return;
      } catch (error) {
        if (signal.aborted) return;
        const [first] = learners;
        logger.warn({ rule: first?.rule, err: error, tries }, 'a rule could not learn from history');
        if (!isAway(error) && ++tries > MAX_TRIES) return;
        await clock.sleep(RETRY_MS, signal);
      }
    }
  }

  /** `null`: the service ends. Empty: there is no history. */
  async #lessonsOf(plant: JudgedPlant): Promise<readonly Lesson[] | null> {
    const { databaseUrl, clock, signal, run } = this.#options;
    if (!(await this.#untilStored())) return null;
    const now = clock.now();
    const spanMs = await this.#spanOf(plant, now);
    if (spanMs === null) return [];
    const report = await run(
      {
        plant: { ...plant, assets: [] },
        present: null,
        learnt: 'wanted',
        from: now - 1,
        to: now,
        rules: [],
        warmUpMs: spanMs,
        labels: [],
        workOrderMs: null,
      },
      { databaseUrl, signal, onProgress: () => undefined },
    );
    return report && (report.learnt ?? []);
  }

  /** Waits until what has come is in history: a lesson replaces what a rule has learnt of it live. `false`: the service ends. */
  async #untilStored(): Promise<boolean> {
    const { database, clock, signal, log } = this.#options;
    const { id, durable } = log;
    while (((await readCursor(database, 'writer', id)) ?? 0) < durable) {
      if (signal.aborted) return false;
      await clock.sleep(LOOK_AGAIN_MS, signal);
    }
    return true;
  }

  /** How far back history goes that can be learnt from; `null`: there is none. */
  async #spanOf(plant: JudgedPlant, now: EpochMs): Promise<number | null> {
    const { database } = this.#options;
    const plan = compilePlan(plant);
    const names = new Set(plan.watches.flatMap((watch) => [...readsOf(watch, plan)]));
    const tagIds = (await findTags(database, [...names])).map(({ id }) => id);
    if (tagIds.length === 0) return null;
    const to = now - WORTH_LEARNING_MS;
    const count = (days: number) => countReadings(database, { tagIds, from: to - days * DAY_MS, to });
    const most = MOST_MS / DAY_MS;
    if ((await count(most)) === 0) return null;
    const aDay = await count(1);
    return Math.min(most, aDay === 0 ? most : MOST_READINGS / aDay) * DAY_MS;
  }

  async #hand(learners: readonly Learner[], lessons: readonly Lesson[]): Promise<void> {
    const { log, clock, logger } = this.#options;
    for (const { key, fingerprint, rule } of learners) {
      const found = lessons.find((lesson) => lesson.key === key && lesson.fingerprint === fingerprint);
      const size = JSON.stringify(found?.detector ?? null).length;
      if (size > MAX_LESSON)
        logger.warn({ rule, size }, 'what a rule learnt from history is too large: it learns from now on');
      const detector = size > MAX_LESSON ? null : (found?.detector ?? null);
      const lesson = { key, fingerprint, detector };
      this.#letGo([{ key, fingerprint, rule }]); // asked for from now on, it was changed behind this lesson in the log
      await log.append({ kind: 'event', event: { kind: 'learnt', at: clock.now(), lessons: [lesson] } });
      if (detector !== null) logger.info({ rule, watch: key }, 'a rule has learnt from history');
    }
  }
}

function idOf({ key, fingerprint }: Learner): string {
  return `${key} ${fingerprint}`;
}

/** The database comes back. Not so what a back-test broke off for, or a statement that takes too long (57014). */
function isAway(error: unknown): boolean {
  return !isOurs(error) && isUnreachable(error) && errorCode(error) !== '57014';
}
