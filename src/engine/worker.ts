import { parentPort, workerData } from 'node:worker_threads';
import { closeOrphans } from '../alerts/close-orphans.ts';
import { type CommittedTransition, commitTransitions } from '../alerts/commit.ts';
import { folderFiles } from '../ingest/log/files.ts';
import { LogReader } from '../ingest/log/reader.ts';
import { systemClock } from '../model/clock.ts';
import type { PlacedRecord } from '../model/log-record.ts';
import type { Transition } from '../model/transition.ts';
import { type Database, mayRetry, openDatabase } from '../store/database.ts';
import { readCheckpoint, storeCheckpoint } from '../store/engine-checkpoints.ts';
import { readCursor } from '../store/log-cursors.ts';
import { insist, type RetryOptions } from '../store/retry.ts';
import { compilePlan } from './compile.ts';
import { type CommandOutcome, Engine } from './engine.ts';
import type { EngineWorkerData, FromEngine, ToEngine } from './messages.ts';
import type { EngineSnapshot } from './snapshot.ts';

/** A crash replays at most this much. */
const CHECKPOINT_EVERY_MS = 5_000;

/** The engine's thread: reads the log, evaluates, commits what follows. Meets the rest only through log and store. */
async function runEngine(data: EngineWorkerData, port: NonNullable<typeof parentPort>): Promise<void> {
  const clock = systemClock;
  const stop = new AbortController();
  let durable = data.durable;
  let wake = () => {};
  port.on('message', (message: ToEngine) => {
    if (message.kind === 'stop') stop.abort();
    else durable = message.position;
    wake();
  });
  const post = (message: FromEngine) => port.postMessage(message);

  const database = openDatabase(data.databaseUrl, { connections: 1, name: 'engine' });
  const retry: RetryOptions = {
    clock,
    random: Math.random,
    signal: stop.signal,
    onTrouble: (code, error) => post({ kind: 'waiting', code, message: error instanceof Error ? error.message : code }),
  };
  const store = <T>(work: () => Promise<T>) => insist(work, retry);
  const saved = await store(() => readCheckpoint(database, data.logId));
  // Beyond the log's end: the folder was put back to an earlier state, and what was known then says nothing about it.
  const checkpoint = saved && saved.position <= durable ? saved : null;
  // What was committed before a crash is not committed again when its cause is replayed.
  const cursor = (await store(() => readCursor(database, 'engine', data.logId))) ?? 0;
  let committed = cursor <= durable ? cursor : 0;

  const engine = new Engine(compilePlan(data.plant), data.logId);
  if (checkpoint) engine.restore(checkpoint.state as EngineSnapshot); // written by snapshot()
  const reader = new LogReader(
    await folderFiles(data.logDirectory),
    Math.max(checkpoint?.position ?? 0, data.logStart),
  );
  let hasClosedOrphans = false;
  let checkpointed = reader.position;
  let checkpointedAt = clock.now();
  const reported = new Set<string>();

  while (!stop.signal.aborted) {
    const records = await reader.read(durable);
    if (records.length > 0) {
      const { transitions, commands, position } = evaluate(engine, records, reader.names, committed);
      if (transitions.length > 0) {
        const context = { plant: data.plant, logId: data.logId, position, at: clock.now() };
        const commit = (some: readonly Transition[]) => store(() => commitTransitions(database, some, context));
        const stored = await commit(transitions).catch(() => commitEach(transitions, commit, post));
        if (!stored) break; // stopped while the database was away: the replay will find them again
        committed = position;
        post({ kind: 'committed', transitions: stored });
      }
      if (commands.length > 0) post({ kind: 'commands', outcomes: commands });
      post({ kind: 'progress', position: reader.position, late: engine.late });
      for (const { rule, tag, reason } of engine.parked) {
        if (reported.has(`${rule}|${tag}`)) continue;
        reported.add(`${rule}|${tag}`);
        post({ kind: 'parked', rule, tag, reason });
      }
    }
    if (!hasClosedOrphans && reader.position >= committed) {
      hasClosedOrphans = true; // only now has the replay shown which alerts are really open
      const context = { plant: data.plant, logId: data.logId, position: reader.position, at: clock.now() };
      const closed = await store(() => closeOrphans(database, engine.openAlerts, context));
      if (closed && closed.length > 0) {
        committed = reader.position;
        post({ kind: 'committed', transitions: closed });
      }
    }
    if (reader.position > checkpointed && clock.now() - checkpointedAt >= CHECKPOINT_EVERY_MS) {
      checkpointedAt = clock.now();
      checkpointed = await saveCheckpoint(database, engine, reader.position, data, checkpointed);
      post({ kind: 'checkpointed', position: checkpointed });
    }
    if (records.length === 0 && !stop.signal.aborted) {
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (durable > reader.position) resolve();
      });
    }
  }
  await saveCheckpoint(database, engine, reader.position, data, checkpointed);
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

/** Returns the position that is safe now; a database that is away costs only a longer replay. */
async function saveCheckpoint(
  database: Database,
  engine: Engine,
  position: number,
  data: EngineWorkerData,
  before: number,
): Promise<number> {
  if (position === before) return before;
  try {
    await storeCheckpoint(database, { position, state: engine.snapshot(), logId: data.logId, at: systemClock.now() });
    return position;
  } catch (error) {
    if (mayRetry(error)) return before;
    throw error;
  }
}

/** Commits what can be committed when something in the lot can never be. */
async function commitEach(
  transitions: readonly Transition[],
  commit: (some: readonly Transition[]) => Promise<CommittedTransition[] | undefined>,
  post: (message: FromEngine) => void,
): Promise<CommittedTransition[] | undefined> {
  const committed: CommittedTransition[] = [];
  for (const transition of transitions) {
    try {
      const some = await commit([transition]);
      if (!some) return undefined;
      committed.push(...some);
    } catch (error) {
      const { rule, tag, effect } = transition;
      post({ kind: 'refused', rule, tag, effect, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return committed;
}

if (parentPort) await runEngine(workerData as EngineWorkerData, parentPort); // started only by engine/host.ts
