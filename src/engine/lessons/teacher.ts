import type { Log } from '../../ingest/log/log.ts';
import { isOurs } from '../../model/errors.ts';
import type { JudgedPlant } from '../../model/judged-plant.ts';
import type { Lesson } from '../../model/log-record.ts';
import type { EpochMs } from '../../model/reading.ts';
import { countReadings, countReadingsByTag } from '../../store/history.ts';
import { findTags } from '../../store/tags.ts';
import { type HistoryAccess, isAway, untilStored } from '../history-access.ts';
import type { Learner } from './lessons.ts';
import { cutByHistory, type MeasuredPortion, type Portion, portionsOf, tagsReadIn } from './portions.ts';

/** What lessons are given with. */
export interface TeacherOptions extends HistoryAccess {
  readonly log: Pick<Log, 'id' | 'append' | 'durable'>;
}

const DAY_MS = 86_400_000;
/** History that a rule learns from at most; the longest window of a forecast is 90 days by default. */
const MOST_MS = 90 * DAY_MS;
/** Rules learn together, or one alone, from as long a time as has so many readings: some ten seconds of a core. */
const MOST_READINGS = 10_000_000;
/** Beyond this, in characters of JSON, what was learnt has no room in a record of the log. */
const MAX_LESSON = 4_000_000;
/** Most characters of the lessons in a record, unless it is one. */
const MAX_TOGETHER = 1_000_000;
/** What so many have learnt comes back from the thread in one piece. */
const MAX_RULES = 50;
const NO_COUNTS: ReadonlyMap<number, number> = new Map();
/** What is younger a rule has seen, or will have seen when it could have been taught. */
const WORTH_LEARNING_MS = 600_000;
const RETRY_MS = 30_000;
const MAX_TRIES = 5;

/**
 * Lets rules that are new learn from what is stored, in a thread of its own, some together and then the next. What they have learnt
 * goes through the readings log, so that the engine takes it up at one place of the log, also on replay.
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
    const fresh = learners.filter((learner) => !this.#taken.has(idOf(learner)));
    for (const learner of fresh) this.#taken.add(idOf(learner));
    this.#running = this.#running
      .then(() => this.#teach(fresh, plant))
      .catch((error: unknown) => this.#options.logger.warn({ err: error }, 'rules cannot learn from history'))
      .finally(() => this.#letGo(fresh));
  }

  /** Resolves when none runs any more; for the end of the service, after its signal has aborted. */
  async idle(): Promise<void> {
    await this.#running;
  }

  #letGo(learners: readonly Learner[]): void {
    for (const learner of learners) this.#taken.delete(idOf(learner));
  }

  async #teach(learners: readonly Learner[], plant: JudgedPlant): Promise<void> {
    for (const portion of portionsOf(learners, { plant, most: MAX_RULES })) {
      if (this.#options.signal.aborted) return;
      const cut = await this.#untilDone(portion, () => this.#cut(portion));
      if (!cut) continue;
      await this.#untilDone(portion, () => this.#hand(cut.untold, []));
      for (const each of cut.portions) await this.#teachPortion(each);
    }
  }

  /** One of several rules may be what fails: then it is tried with fewer. */
  async #teachPortion(portion: MeasuredPortion): Promise<void> {
    const isAlone = portion.plant.rules.length === 1;
    const isDone = await this.#untilDone(
      portion,
      async () => {
        const lessons = await this.#lessonsOf(portion);
        if (lessons !== null) await this.#hand(portion.learners, lessons);
        return true;
      },
      isAlone ? MAX_TRIES : 1,
    );
    if (isDone || isAlone || this.#options.signal.aborted) return;
    const most = Math.ceil(portion.plant.rules.length / 2);
    for (const half of portionsOf(portion.learners, { plant: portion.plant, most }))
      await this.#teachPortion({ ...half, readings: portion.readings });
  }

  /** `null`: it has failed too often, or the service ends. */
  async #untilDone<T>({ learners }: Portion, work: () => Promise<T>, maxTries = MAX_TRIES): Promise<T | null> {
    const { clock, logger, signal } = this.#options;
    for (let tries = 1; !signal.aborted; ) {
      try {
        return await work();
      } catch (error) {
        if (signal.aborted) return null;
        const rules = [...new Set(learners.map(({ rule }) => rule))];
        logger.warn({ rules, err: error, tries }, 'rules could not learn from history');
        // what a back-test broke off for comes again
        if ((isOurs(error) || !isAway(error)) && ++tries > maxTries) return null;
        await clock.sleep(RETRY_MS, signal);
      }
    }
    return null;
  }

  /** Into rules that have no history and into portions that one pass over it teaches. `null`: the service ends. */
  async #cut(portion: Portion): Promise<ReturnType<typeof cutByHistory> | null> {
    const { database, clock, log } = this.#options;
    if (!(await untilStored(log.durable, this.#options))) return null;
    const to = clock.now() - WORTH_LEARNING_MS;
    const tags = await findTags(database, [...tagsReadIn(portion.plant)]);
    const tagIds = tags.map(({ id }) => id);
    const counts =
      tags.length === 0 ? NO_COUNTS : await countReadingsByTag(database, { tagIds, from: to - MOST_MS, to });
    const readings = new Map(tags.map(({ id, name }) => [name, counts.get(id) ?? 0]));
    return cutByHistory(portion, { readings, mostReadings: MOST_READINGS });
  }

  /** `null`: the service ends. */
  async #lessonsOf({ plant, readings }: MeasuredPortion): Promise<readonly Lesson[] | null> {
    const { databaseUrl, clock, signal, run, log } = this.#options;
    // a lesson replaces what a rule has learnt live, of all that had come
    if (!(await untilStored(log.durable, this.#options))) return null;
    const now = clock.now();
    const report = await run(
      {
        plant: { ...plant, assets: [] },
        present: null,
        learnt: 'wanted',
        from: now - 1,
        to: now,
        rules: [],
        warmUpMs: readings <= MOST_READINGS ? MOST_MS : await this.#spanOf(plant, now),
        labels: [],
        workOrderMs: null,
      },
      { databaseUrl, signal, onProgress: () => undefined },
    );
    return report && (report.learnt ?? []);
  }

  /** How far back history goes that can be learnt from, where it is more than that. */
  async #spanOf(plant: JudgedPlant, now: EpochMs): Promise<number> {
    const { database } = this.#options;
    const tagIds = (await findTags(database, [...tagsReadIn(plant)])).map(({ id }) => id);
    const to = now - WORTH_LEARNING_MS;
    const aDay = await countReadings(database, { tagIds, from: to - DAY_MS, to });
    return aDay === 0 ? MOST_MS : Math.min(MOST_MS, (MOST_READINGS / aDay) * DAY_MS);
  }

  /** Several lessons to a record: the engine looks through all its rules for each. */
  async #hand(learners: readonly Learner[], lessons: readonly Lesson[]): Promise<void> {
    const { logger } = this.#options;
    const found = new Map(lessons.map((lesson) => [idOf(lesson), lesson.detector]));
    let together: (Learner & Lesson)[] = [];
    let length = 0;
    for (const learner of learners) {
      const learnt = found.get(idOf(learner)) ?? null;
      const size = JSON.stringify(learnt).length;
      if (size > MAX_LESSON)
        logger.warn(
          { rule: learner.rule, size },
          'what a rule learnt from history is too large: it learns from now on',
        );
      const taken = size > MAX_LESSON ? 0 : size;
      if (together.length > 0 && length + taken > MAX_TOGETHER) {
        await this.#append(together);
        together = [];
        length = 0;
      }
      together.push({ ...learner, detector: size > MAX_LESSON ? null : learnt });
      length += taken;
    }
    if (together.length > 0) await this.#append(together);
  }

  async #append(together: readonly (Learner & Lesson)[]): Promise<void> {
    const { log, clock, logger } = this.#options;
    const lessons = together.map(({ key, fingerprint, detector }) => ({ key, fingerprint, detector }));
    this.#letGo(together); // asked for from now on, they were changed behind these lessons in the log
    await log.append({ kind: 'event', event: { kind: 'learnt', at: clock.now(), lessons } });
    for (const { rule, key, detector } of together)
      if (detector !== null) logger.info({ rule, watch: key }, 'a rule has learnt from history');
  }
}

function idOf({ key, fingerprint }: Pick<Learner, 'key' | 'fingerprint'>): string {
  return `${key} ${fingerprint}`;
}
