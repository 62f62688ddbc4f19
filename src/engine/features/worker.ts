import { parentPort, workerData } from 'node:worker_threads';
import { folderFiles } from '../../ingest/log/files.ts';
import { LogReader } from '../../ingest/log/reader.ts';
import { systemClock } from '../../model/clock.ts';
import { THREAD_REST_MS } from '../../model/thread-rest.ts';
import { readFeatureCheckpoint, writeFeatureCheckpoint } from './checkpoint.ts';
import { BEHIND, Extractor, GIVEN_UP } from './extract.ts';
import type { FeatureWorkerData, FromFeatures, ToFeatures } from './messages.ts';

/** What a crash makes again is at most so much of the log. */
const CHECKPOINT_EVERY_MS = 5_000;

/** The features' thread: reads captures from the log, hands on the readings that they become. */
async function runFeatures(data: FeatureWorkerData, port: NonNullable<typeof parentPort>): Promise<void> {
  let { durable } = data;
  let isStopping = false;
  let unconfirmed = 0;
  let wake = () => {};
  port.on('message', (message: ToFeatures) => {
    if (message.kind === 'stop') isStopping = true;
    else if (message.kind === 'appended') unconfirmed--;
    else durable = message.position;
    wake();
  });
  const until = async (isDone: () => boolean): Promise<void> => {
    while (!isDone() && !isStopping) {
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (isDone() || isStopping) resolve();
      });
    }
  };
  const post = (message: FromFeatures) => port.postMessage(message);

  const saved = await readFeatureCheckpoint(data.checkpointFile, data.logId);
  // Beyond the log's end: the folder was put back to an earlier state.
  const checkpoint = saved !== null && saved.position <= durable ? saved : null;
  const extractor = new Extractor(data.points, checkpoint?.speeds);
  // Captures from before are not looked at without one: nobody knows any more which speeds they were taken at.
  const start = Math.max(checkpoint?.position ?? data.from, data.logStart);
  const reader = new LogReader(await folderFiles(data.logDirectory), start);
  let savedPosition = checkpoint?.position ?? Number.NaN;
  let savedAt = performance.now();
  const save = async () => {
    const { position } = reader;
    savedAt = performance.now();
    if (position === savedPosition) return;
    await writeFeatureCheckpoint(data.checkpointFile, { logId: data.logId, position, speeds: extractor.save() });
    savedPosition = position;
    post({ kind: 'checkpointed', position });
  };

  const isTooOld = (position: number) => durable - position > data.maxLagBytes;
  const leftOut = (end: number) => {
    if (data.givenUp.includes(end)) return GIVEN_UP;
    return isTooOld(end) ? BEHIND : null;
  };

  await save(); // so that a restart finds what comes from now on
  while (!isStopping) {
    const records = await reader.read(durable);
    const extracted = records.flatMap(({ record, end }) => {
      if (record.kind === 'waveform' || record.kind === 'thermalFrame') post({ kind: 'began', end });
      return extractor.take(record, reader.names, leftOut(end)) ?? [];
    });
    if (extracted.length > 0) {
      unconfirmed++;
      post({ kind: 'extracted', extracted });
      await until(() => unconfirmed === 0);
      if (unconfirmed > 0) break; // not durable yet, perhaps never: the next start makes them again
    }
    post({ kind: 'progress', position: reader.position });
    // The log holds what is not saved, and a full one has to let go of it.
    if (performance.now() - savedAt >= CHECKPOINT_EVERY_MS || isTooOld(savedPosition)) await save();
    if (records.length === 0) await until(() => durable > reader.position);
  }
  if (unconfirmed === 0) await save();
  await reader.close();
  post({ kind: 'stopped' });
  await systemClock.sleep(THREAD_REST_MS);
  port.close();
}

if (parentPort) await runFeatures(workerData as FeatureWorkerData, parentPort); // started only by features/host.ts
