import type { Alert } from '../model/alert.ts';
import { createBackoff } from '../model/backoff.ts';
import type { Clock } from '../model/clock.ts';
import { RaisedInOrder } from '../model/first-out.ts';
import type { Plant } from '../model/plant.ts';
import type { Transition } from '../model/transition.ts';
import { type Database, errorCode, mayRetry } from '../store/database.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { advance } from './advance.ts';
import { type Committed, type CommittedTransition, commitEntries, type DirectResults } from './commit.ts';
import type { AlertJournal, JournalEntry } from './journal.ts';
import { type Message, messageId, transitionMessage } from './message.ts';
import { reconcile } from './reconcile.ts';

/** Sends messages that could not be stored yet. */
export interface DirectMessages {
  /** Sends a message to whoever wants it; only after `resume`. */
  offer(message: Message): void;
  resume(): void;
  /** Begins no attempt any more, waits for those under way, and tells what became of all so far. */
  settle(): Promise<DirectResults>;
  /** These are stored: the outbox has them. */
  forget(messages: readonly string[]): void;
}

/** What the recorder needs. */
export interface RecorderOptions {
  readonly journal: AlertJournal;
  /** What an earlier run could not store. */
  readonly unstored: readonly JournalEntry[];
  /** Its statements have to fail soon: only then is it known that the database is away. */
  readonly database: Database;
  readonly direct: DirectMessages;
  readonly plant: Pick<Plant, 'name' | 'timezone' | 'points' | 'firstOut'>;
  readonly logId: string;
  /** Where the engine's effects end that the store or the journal have already. */
  readonly position: number;
  /** Alerts that are open in the store. */
  readonly openAlerts: readonly Alert[];
  readonly clock: Clock;
  readonly random: () => number;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Called when transitions are stored, and, while the database is away, also when they are sent without it. */
  readonly onTransitions: (transitions: readonly CommittedTransition[], claimed: Committed['claimed']) => void;
  /** How long messages are claimed that are stored: `onTransitions` has to send them. */
  readonly claimMs: number;
}

/** How far transitions have come. */
export interface Recorded {
  /** Resolves when they survive a power cut, in the journal or the database. */
  readonly durable: Promise<void>;
  /** Resolves when the database has them; never while it is away. */
  readonly stored: Promise<void>;
}

type Job =
  | {
      readonly kind: 'entry';
      readonly entry: JournalEntry;
      /** The alert of each transition as it stands after it, as far as that is known without the database. */
      readonly alerts: readonly Alert[];
      isOffered: boolean;
      readonly onStored: () => void;
    }
  | ({ readonly kind: 'reconcile' } & Standing);

/** What the engine has open at a position of the log, and why it let others go. */
interface Standing {
  readonly openInEngine: readonly Transition[];
  readonly reasons: ReadonlyMap<string, string>;
  readonly position: number;
}
type EntryJob = Extract<Job, { kind: 'entry' }>;

/** Most transitions in one transaction. */
const MAX_COMMIT = 200;
/** With more than this waiting for the database the engine waits, too: memory has a bound. */
const MAX_WAITING = 20_000;
/** At the stop, the database has this long to take what waits; the journal keeps the rest. */
const LAST_WORDS_MS = 1_000;

/**
 * Brings what the engine finds to people, whatever the database does: each transition goes to the alert journal at once,
 * then into the database in order. While that is away its messages are sent without it, and it is filled afterwards under
 * the same ids.
 */
export class AlertRecorder {
  readonly #options: RecorderOptions;
  readonly #jobs: Job[] = [];
  readonly #known: Map<string, Alert>;
  /** The same by when they were raised. */
  readonly #raised: RaisedInOrder;
  #waiting = 0;
  #position: number;
  #isAway = false;
  #isStopping = false;
  #wake = () => {};
  #onRoom: (() => void)[] = [];
  #running: Promise<void> | null = null;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#position = options.position;
    this.#known = new Map(options.openAlerts.map((alert) => [alert.id, alert]));
    this.#raised = new RaisedInOrder(options.openAlerts, options.plant.firstOut);
    for (const entry of options.unstored) this.#enqueue(entry, () => undefined);
  }

  /** End of the last record whose transitions were taken over: effects at or before it are not to be repeated. */
  get position(): number {
    return this.#position;
  }

  /** The alerts of a rule that are open after all that was taken over. */
  openOf(rule: string): readonly Alert[] {
    return [...this.#known.values()].filter((alert) => alert.rule === rule);
  }

  /** Begins to store what is accepted, until `stop`. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Takes over the transitions of records up to `position`. */
  accept(transitions: readonly Transition[], position: number): Recorded {
    const { journal, logId, clock, logger } = this.#options;
    const entry: JournalEntry = { logId, position, at: clock.now(), transitions };
    const kept = journal.append({ kind: 'entry', entry });
    kept.catch((error: unknown) => logger.error({ err: error }, 'the alert journal cannot be written'));
    const stored = new Promise<void>((resolve) => this.#enqueue(entry, resolve));
    this.#wake();
    const durable = Promise.any([kept, stored]).then(() => this.#room());
    return { durable, stored };
  }

  /** Makes open in the store what is open in the engine and nothing else, once everything accepted before is stored. */
  reconcile(standing: Standing): void {
    this.#jobs.push({ kind: 'reconcile', ...standing });
    this.#wake();
  }

  /** Tries once more to store what waits, then ends; the journal keeps the rest for the next start. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#wake();
    const patience = new AbortController();
    await Promise.race([this.#running, this.#options.clock.sleep(LAST_WORDS_MS, patience.signal)]);
    patience.abort();
    await this.#options.journal.close();
  }

  #enqueue(entry: JournalEntry, onStored: () => void): void {
    const alerts = entry.transitions.map((transition) => {
      const alert = advance(this.#known.get(transition.alert) ?? null, transition);
      if (alert.state === 'normal') {
        this.#known.delete(alert.id);
        this.#raised.remove(alert);
      } else {
        this.#known.set(alert.id, alert);
        this.#raised.add(alert);
      }
      return alert;
    });
    const job: EntryJob = { kind: 'entry', entry, alerts, isOffered: false, onStored };
    this.#jobs.push(job);
    this.#position = Math.max(this.#position, entry.position);
    this.#count(entry.transitions.length);
    if (this.#isAway) this.#offer(job);
  }

  async #run(): Promise<void> {
    const { database, clock, random, logger } = this.#options;
    const backoff = createBackoff(random);
    for (;;) {
      if (this.#jobs.length === 0) {
        if (this.#isStopping) return;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      try {
        if (this.#isAway) await database.query('select 1'); // before messages under way are waited for
        await this.#storeNext();
        if (this.#isAway) logger.info('the database takes alerts again');
        this.#isAway = false;
        backoff.reset();
      } catch (error) {
        if (this.#isStopping) return;
        this.#sendWithout(error);
        const pause = new AbortController();
        this.#wake = () => this.#isStopping && pause.abort();
        await clock.sleep(backoff.next(clock.now()), pause.signal);
      }
    }
  }

  /** Stores the oldest jobs. Throws when the database is away; then nothing has changed. */
  async #storeNext(): Promise<void> {
    const first = this.#jobs[0]!;
    if (first.kind === 'reconcile') {
      const { database, clock } = this.#options;
      const at = clock.now();
      const transitions = await reconcile(database, first.openInEngine, { ...first, at });
      this.#jobs.shift();
      if (transitions.length === 0) return;
      const entry = { logId: this.#options.logId, position: first.position, at, transitions };
      this.#enqueue(entry, () => undefined);
      this.#jobs.unshift(this.#jobs.pop()!); // before what was accepted after it
      return;
    }
    const batch = this.#takeBatch();
    const entries = batch.map(({ entry }) => entry);
    const results = await this.#options.direct.settle();
    const committed = await this.#commit(entries, results);
    this.#jobs.splice(0, batch.length);
    this.#count(-entries.reduce((sum, { transitions }) => sum + transitions.length, 0));
    this.#options.direct.forget(entries.flatMap(({ transitions }) => transitions.map(messageId)));
    for (const { alert } of committed.transitions) {
      const known = this.#known.get(alert.id);
      if (known) this.#known.set(alert.id, { ...known, workOrder: alert.workOrder });
    }
    this.#options.onTransitions(committed.transitions, committed.claimed);
    for (const { onStored } of batch) onStored();
    if (this.#jobs.length === 0) await this.#clearJournal();
  }

  #takeBatch(): EntryJob[] {
    const batch: EntryJob[] = [];
    let transitions = 0;
    for (const job of this.#jobs) {
      if (job.kind !== 'entry') break;
      transitions += job.entry.transitions.length;
      if (batch.length > 0 && transitions > MAX_COMMIT) break;
      batch.push(job);
    }
    return batch;
  }

  /** Commits what can be committed, when something in the lot can never be. */
  async #commit(entries: readonly JournalEntry[], results: DirectResults): Promise<Committed> {
    const { database, plant, claimMs, clock, metrics, logger } = this.#options;
    const at = clock.now();
    const context = { plant, results, claim: { at, until: at + claimMs } };
    try {
      return await commitEntries(database, entries, context);
    } catch (error) {
      if (mayRetry(error)) throw error;
    }
    const parts: Committed[] = [];
    for (const entry of entries) {
      for (const [i, transition] of entry.transitions.entries()) {
        // The cursor comes to the entry's end with its last transition only: a crash in between repeats the whole entry.
        const position = i === entry.transitions.length - 1 ? entry.position : entry.position - 1;
        try {
          const one = { ...entry, position, transitions: [transition] };
          parts.push(await commitEntries(database, [one], context));
        } catch (error) {
          if (mayRetry(error)) throw error;
          metrics.engineRefused.inc();
          const { rule, tag, effect } = transition;
          logger.error({ rule, tag, effect, err: error }, 'a transition could not be stored and was left out');
        }
      }
    }
    return { transitions: parts.flatMap((part) => part.transitions), claimed: parts.flatMap((part) => part.claimed) };
  }

  #sendWithout(error: unknown): void {
    const { logger, direct } = this.#options;
    if (!this.#isAway)
      logger.warn(
        { code: errorCode(error) || 'database_unreachable', err: error },
        'cannot store alerts, will retry; their messages are sent all the same',
      );
    this.#isAway = true;
    direct.resume();
    for (const job of this.#jobs) if (job.kind === 'entry') this.#offer(job);
  }

  #offer(job: EntryJob): void {
    if (job.isOffered) return;
    job.isOffered = true;
    const { direct, plant, onTransitions } = this.#options;
    const { transitions, at } = job.entry;
    const about = { workOrder: null, plant: plant.name, timezone: plant.timezone, points: plant.points, at };
    const told = transitions.flatMap((transition, i) => {
      // A correction is in no hurry, and of an alert that was closed long ago only the database knows how it stands.
      if (transition.effect === 'corrected') return [];
      const alert = job.alerts[i]!;
      return { transition, alert: { ...alert, ...this.#raised.firstOutOf(alert) } };
    });
    for (const { transition, alert } of told) direct.offer(transitionMessage(transition, alert, about));
    onTransitions(
      told.map(({ transition: { effect }, alert }) => ({ alert, effect, workOrder: null })),
      [],
    );
  }

  async #clearJournal(): Promise<void> {
    const { journal, logger } = this.#options;
    await journal
      .clear()
      .catch((error: unknown) => logger.warn({ err: error }, 'the alert journal could not be emptied, will retry'));
  }

  #count(change: number): void {
    this.#waiting += change;
    this.#options.metrics.alertsWaiting.set(this.#waiting);
    if (this.#waiting > MAX_WAITING) return;
    for (const resolve of this.#onRoom.splice(0)) resolve();
  }

  async #room(): Promise<void> {
    if (this.#waiting <= MAX_WAITING) return;
    await new Promise<void>((resolve) => this.#onRoom.push(resolve));
  }
}
