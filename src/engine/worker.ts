import { setImmediate } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import type { Detector } from '../../rules/detector.ts';
import { detectorOf } from '../../rules/index.ts';
import { folderFiles } from '../ingest/log/files.ts';
import { LogReader } from '../ingest/log/reader.ts';
import { systemClock } from '../model/clock.ts';
import type { PlacedRecord } from '../model/log-record.ts';
import type { Reading } from '../model/reading.ts';
import { THREAD_REST_MS } from '../model/thread-rest.ts';
import type { Transition } from '../model/transition.ts';
import { openDatabase } from '../store/database.ts';
import { readCheckpoint } from '../store/engine-checkpoints.ts';
import { insist } from '../store/retry.ts';
import { CHECKPOINT_EVERY_MS, type Changes, Checkpoints } from './checkpoints.ts';
import type { EnginePlan, Registry } from './compile.ts';
import type { CommandOutcome, Parked } from './engine.ts';
import type { EngineWorkerData, FromEngine, PlannedRule, ToEngine } from './messages.ts';
import { compiled, PlannedEngine } from './planned-engine.ts';
import { snapshotOf } from './snapshot.ts';
import { Niceness, standBack } from './stand-back.ts';

/** At the stop, the journal has this long to take what was handed on. */
const LAST_WORDS_MS = 1_000;
/** So many transitions may be on their way into the alert journal before the engine waits for them. */
const MAX_UNRECORDED = 1_000;
/** So many derived readings on their way into the log weigh as much. */
const READINGS_PER_TRANSITION = 50;

/** The engine's thread: reads the log, evaluates, hands on what follows. Meets the rest only through log and store. */
async function runEngine(data: EngineWorkerData, port: NonNullable<typeof parentPort>): Promise<void> {
  standBack(Niceness.engine);
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
    onTrouble: (code, error) => post({ kind: 'waiting', code, message: messageOf(error, code) }),
  });
  // Beyond the log's end: the folder was put back to an earlier state, and what was known then says nothing about it.
  const checkpoint = saved && saved.position <= durable ? saved : null;

  const known = checkpoint && snapshotOf(checkpoint);
  const reported = new Set<Parked>();
  let asked = -1;
  let toldOf: string | null = null;
  const registry = await registryOf(data.moreDetectors);
  const earlier = data.planHolds === 'at once' ? null : (known?.plan ?? null);
  const engine = new PlannedEngine({
    plan: earlier !== null && compiled(earlier.plant, registry) !== null ? earlier : data.plan,
    registry,
    logId: data.logId,
    running: data.running,
    overruns: { rules: data.overruns, until: data.durable },
    onPlan: (plan, version) => {
      reported.clear();
      toldOf = null; // also when it is one that was in force before
      post({ kind: 'planned', version, rules: plannedRules(plan) });
    },
  });
  engine.restore(known?.snapshot ?? null);
  const reader = new LogReader(
    await folderFiles(data.logDirectory, 'in this thread'),
    Math.max(checkpoint?.position ?? 0, data.logStart),
  );
  const checkpoints = new Checkpoints({
    database,
    logId: data.logId,
    position: reader.position,
    clock,
    onSaved: (position) => post({ kind: 'checkpointed', position }),
    onTrouble: (code, error) => post({ kind: 'not saved', code, message: messageOf(error, code) }),
  });
  let handedOn = data.recorded;
  let unrecorded = 0;
  let hasCaughtUp = false;
  const changes = (): Changes => ({
    position: reader.position,
    state: engine.changes(),
    after: handedOn,
    plan: engine.inForce,
  });
  let hasLookedAtPlan = false;

  while (!stop.signal.aborted) {
    const records = await reader.read(durable);
    if (records.length > 0) {
      const evaluated = evaluate(engine, records, reader.names, handedOn);
      const { transitions, commands, readings, position } = evaluated;
      if (transitions.length > 0 || commands.length > 0 || readings.length > 0) {
        post({ kind: 'evaluated', ...evaluated });
        handedOn = position;
        unrecorded =
          recorded >= handedOn ? 0 : unrecorded + transitions.length + readings.length / READINGS_PER_TRANSITION;
      }
      post({ kind: 'progress', position: reader.position, late: engine.late });
      await setImmediate(); // reading waits for nothing: what was sent to this thread must have its turn
    }
    reportParked(engine.parked, reported, post);
    if (!hasCaughtUp && reader.position >= data.recorded) {
      hasCaughtUp = true; // only now has the replay shown which alerts are really open
      post({ kind: 'caught up', open: engine.open, letGo: engine.letGo, position: reader.position });
    }
    if (!hasLookedAtPlan && reader.position >= data.durable) {
      hasLookedAtPlan = true;
      if (engine.inForce.version !== data.plan.version) post({ kind: 'plan is old' });
    }
    if (hasLookedAtPlan && engine.review !== null && engine.review.id !== asked) {
      asked = engine.review.id;
      post({ kind: 'review', review: engine.review });
    }
    if (hasLookedAtPlan && toldOf !== engine.inForce.version) {
      toldOf = engine.inForce.version;
      if (engine.untaught.length > 0) post({ kind: 'untaught', learners: engine.untaught });
    }
    checkpoints.take(changes);
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
  await checkpoints.saveLast(changes, recorded);
  await reader.close();
  await database.close();
  post({ kind: 'stopped' });
  await clock.sleep(THREAD_REST_MS);
  port.close();
}

function messageOf(error: unknown, code: string): string {
  return error instanceof Error ? error.message : code;
}

/** Our detectors, and those of a module. */
async function registryOf(module: string | null): Promise<Registry> {
  if (module === null) return detectorOf;
  const { detectors } = (await import(module)) as { readonly detectors: readonly Detector[] }; // as its option says
  return (kind) => detectors.find((detector) => detector.kind === kind) ?? detectorOf(kind);
}

function plannedRules({ watches }: EnginePlan): PlannedRule[] {
  const rules = new Map<string, PlannedRule>();
  for (const { rule, fingerprint } of watches) {
    const known = rules.get(rule);
    rules.set(rule, { rule, watchCount: (known?.watchCount ?? 0) + 1, fingerprint: known?.fingerprint ?? fingerprint });
  }
  return [...rules.values()];
}

/** Tells what was switched off since, and what works again; `reported` is what was told before. */
function reportParked(parked: readonly Parked[], reported: Set<Parked>, post: (message: FromEngine) => void): void {
  for (const each of parked) {
    if (reported.has(each)) continue;
    reported.add(each);
    post({ kind: 'parked', ...each });
  }
  if (reported.size === parked.length) return;
  for (const each of reported) {
    if (parked.includes(each)) continue;
    reported.delete(each);
    post({ kind: 'recovered', rule: each.rule, tag: each.tag });
  }
}

function evaluate(
  engine: PlannedEngine,
  records: readonly PlacedRecord[],
  names: ReadonlyMap<number, string>,
  committed: number,
): { transitions: Transition[]; commands: CommandOutcome[]; readings: Reading[]; position: number } {
  const transitions: Transition[] = [];
  const commands: CommandOutcome[] = [];
  const readings: Reading[] = [];
  let position = committed;
  for (const record of records) {
    const evaluation = engine.apply(record, names);
    commands.push(...evaluation.commands);
    // Also of records whose transitions were taken over before: whether these were stored, too, nobody knows.
    for (const reading of evaluation.readings) readings.push(reading);
    if (evaluation.readings.length > 0) position = Math.max(position, record.end);
    if (evaluation.transitions.length === 0 || record.end <= committed) continue;
    transitions.push(...evaluation.transitions);
    position = record.end;
  }
  return { transitions, commands, readings, position };
}

if (parentPort) await runEngine(workerData as EngineWorkerData, parentPort); // started only by engine/host.ts
