import { parentPort, workerData } from 'node:worker_threads';
import { folderFiles } from '../ingest/log/files.ts';
import { LogReader } from '../ingest/log/reader.ts';
import { systemClock } from '../model/clock.ts';
import type { PlacedRecord } from '../model/log-record.ts';
import type { EpochMs } from '../model/reading.ts';
import type { Transition } from '../model/transition.ts';
import { type Database, mayRetry, openDatabase } from '../store/database.ts';
import { type Checkpoint, readCheckpoint, storeCheckpoint } from '../store/engine-checkpoints.ts';
import { insist } from '../store/retry.ts';
import { compilePlan } from './compile.ts';
import { type CommandOutcome, Engine } from './engine.ts';
import type { EngineWorkerData, FromEngine, ToEngine } from './messages.ts';
import { type EngineSnapshot, upgradeSnapshot } from './snapshot.ts';

/** A crash replays at most this much. */
const CHECKPOINT_EVERY_MS = 5_000;

/** At the stop, the journal has this long to take what was handed on. */
const LAST_WORDS_MS = 1_000;
/** So many transitions may be on their way into the alert journal before the engine waits for them. */
const MAX_UNRECORDED = 1_000;

/** The engine's thread: reads the log, evaluates, hands on what follows. Meets the rest only through log and store. */
async function runEngine(data: EngineWorkerData, port: NonNullable<typeof parentPort>): Promise<void> {
  const clock = systemClock;
  const stop = new AbortController();
  let durable = data.durable;
  let recorded = data.recorded;
  let wake = () => {};
  port.on('message', (message: ToEngine) => {
    if (message.kind === 'stop') stop.abort();
    else if (message.kind === 'recorded') recorded = Math.max(recorded, message.position);
    else durable = message.position;
    wake();
  });
  const untilWoken = (isDone: () => boolean) =>
    new Promise<void>((resolve) => {
      wake = resolve;
      if (isDone() || stop.signal.aborted) resolve();
    });
  const post = (message: FromEngine) => port.postMessage(message);

  const database = openDatabase(data.databaseUrl, { connections: 1, name: 'engine' });
  const saved = await insist(() => readCheckpoint(database, data.logId), {
    clock,
    random: Math.random,
    signal: stop.signal,
    onTrouble: (code, error) => post({ kind: 'waiting', code, message: error instanceof Error ? error.message : code }),
  });
  // Beyond the log's end: the folder was put back to an earlier state, and what was known then says nothing about it.
  const checkpoint = saved && saved.position <= durable ? saved : null;

  const engine = new Engine(compilePlan(data.plant), data.logId);
  if (checkpoint) engine.restore(upgradeSnapshot(checkpoint.state as EngineSnapshot)); // written by snapshot()
  const reader = new LogReader(
    await folderFiles(data.logDirectory),
    Math.max(checkpoint?.position ?? 0, data.logStart),
  );
  const checkpoints = new Checkpoints(database, data.logId, reader.position, (position) =>
    post({ kind: 'checkpointed', position }),
  );
  let handedOn = data.recorded;
  let unrecorded = 0;
  let hasCaughtUp = false;
  const reported = new Set<string>();

  while (!stop.signal.aborted) {
    const records = await reader.read(durable);
    if (records.length > 0) {
      const { transitions, commands, position } = evaluate(engine, records, reader.names, handedOn);
      if (transitions.length > 0 || commands.length > 0) {
        post({ kind: 'evaluated', transitions, commands, position });
        handedOn = position;
        unrecorded = recorded >= handedOn ? 0 : unrecorded + transitions.length;
      }
      post({ kind: 'progress', position: reader.position, late: engine.late });
      for (const { rule, tag, reason } of engine.parked) {
        if (reported.has(`${rule}|${tag}`)) continue;
        reported.add(`${rule}|${tag}`);
        post({ kind: 'parked', rule, tag, reason });
      }
    }
    if (!hasCaughtUp && reader.position >= data.recorded) {
      hasCaughtUp = true; // only now has the replay shown which alerts are really open
      post({ kind: 'caught up', openAlerts: [...engine.openAlerts], position: reader.position });
    }
    checkpoints.take(clock.now(), () => ({ position: reader.position, state: engine.snapshot(), after: handedOn }));
    checkpoints.save(recorded);
    if (unrecorded > MAX_UNRECORDED) {
      await untilWoken(() => recorded >= handedOn);
      if (recorded >= handedOn) unrecorded = 0;
    } else if (records.length === 0 && !stop.signal.aborted) {
      // A log that is full wakes nobody: only a checkpoint makes room in it.
      const idle = checkpoints.isBehind(reader.position) ? setTimeout(() => wake(), CHECKPOINT_EVERY_MS) : undefined;
      await untilWoken(() => durable > reader.position);
      clearTimeout(idle);
    }
  }
  const deadline = clock.now() + LAST_WORDS_MS;
  while (recorded < handedOn && clock.now() < deadline) await clock.sleep(5);
  await checkpoints.saveLast({ position: reader.position, state: engine.snapshot(), after: handedOn }, recorded);
  await reader.close();
  await database.close();
  post({ kind: 'stopped' });
  port.close();
}

function evaluate(
  engine: Engine,
  records: readonly PlacedRecord[],
  names: ReadonlyMap<number, string>,
  committed: number,
): { transitions: Transition[]; commands: CommandOutcome[]; position: number } {
  const transitions: Transition[] = [];
  const commands: CommandOutcome[] = [];
  let position = committed;
  for (const record of records) {
    const evaluation = engine.apply(record, names);
    commands.push(...evaluation.commands);
    if (evaluation.transitions.length === 0 || record.end <= committed) continue;
    transitions.push(...evaluation.transitions);
    position = record.end;
  }
  return { transitions, commands, position };
}

interface Snapshot extends Checkpoint {
  /** End of the last record whose transitions it has behind it: they must be safe before it replaces finding them again. */
  readonly after: number;
}

/**
 * Saves the engine's memory now and then, beside its work: a database that is away costs only a longer replay.
 */
class Checkpoints {
  readonly #database: Database;
  readonly #logId: string;
  readonly #onSaved: (position: number) => void;
  #position: number;
  #takenAt: EpochMs;
  #taken: Snapshot | null = null;
  #saving: Promise<void> | null = null;

  constructor(database: Database, logId: string, position: number, onSaved: (position: number) => void) {
    this.#database = database;
    this.#logId = logId;
    this.#position = position;
    this.#onSaved = onSaved;
    this.#takenAt = systemClock.now();
  }

  /** Takes a snapshot when it is time for one. */
  take(now: EpochMs, snapshot: () => Snapshot): void {
    if (this.#taken || this.#saving !== null || now - this.#takenAt < CHECKPOINT_EVERY_MS) return;
    this.#takenAt = now;
    const taken = snapshot();
    if (taken.position > this.#position) this.#taken = structuredClone(taken); // the engine goes on while it waits
  }

  /** True when there is something since the last checkpoint. */
  isBehind(position: number): boolean {
    return position > this.#position;
  }

  /** Begins to store the snapshot taken, once the transitions up to `recorded` include all it has behind it. */
  save(recorded: number): void {
    if (!this.#taken || recorded < this.#taken.after || this.#saving !== null) return;
    const taken = this.#taken;
    this.#taken = null;
    this.#saving = this.#store(taken).finally(() => {
      this.#saving = null;
    });
  }

  async saveLast(last: Snapshot, recorded: number): Promise<void> {
    await this.#saving;
    if (recorded >= last.after && last.position > this.#position) await this.#store(last);
  }

  async #store({ position, state }: Snapshot): Promise<void> {
    try {
      await storeCheckpoint(this.#database, { position, state, logId: this.#logId, at: systemClock.now() });
      this.#position = position;
      this.#onSaved(position);
    } catch (error) {
      if (!mayRetry(error)) throw error;
    }
  }
}

if (parentPort) await runEngine(workerData as EngineWorkerData, parentPort); // started only by engine/host.ts
