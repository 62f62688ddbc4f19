import { mkdtempSync, rmSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { folderFiles, type LogFiles } from '../../src/ingest/log/files.ts';
import { Log } from '../../src/ingest/log/log.ts';
import type { LogRecord } from '../../src/model/log-record.ts';
import type { Bench, Figure, Measurement } from './figure.ts';
import { median, quantile, say } from './statistics.ts';

const PRODUCERS = 16;
const BATCH = 1_000;
const FILE_BYTES = 64 * 1_024 * 1_024;
const WARM_UP_MS = 300;

interface Outcome {
  readonly batchesPerSecond: number;
  readonly p99Ms: number;
}

/** Group commit of the readings log. */
export const readingsLog: Figure = {
  name: 'log',
  about:
    '16 producers append batches of 1,000 readings and wait for each to be durable, against as many bytes appended to a plain file ' +
    'with the same grouping and fdatasync, nothing encoded or checked. Once more with 5 ms added to every fdatasync.',

  async measure(bench) {
    const directory = mkdtempSync(join(tmpdir(), 'bench-log-'));
    bench.keep({ [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }) });
    return [...(await measureWith(bench, directory, 0)), ...(await measureWith(bench, directory, 5))];
  },
};

async function measureWith(bench: Bench, directory: string, syncDelayMs: number): Promise<Measurement[]> {
  const forMs = bench.seconds(2) * 1_000;
  const logs: Outcome[] = [];
  const files: Outcome[] = [];
  let bytesPerReading = 0;
  for (let round = 0; round < bench.rounds; round++) {
    const measured = await appendToLog(join(directory, `log-${syncDelayMs}-${round}`), { syncDelayMs, forMs });
    logs.push(measured);
    bytesPerReading = measured.bytesPerBatch / BATCH;
    const bytes = measured.bytesPerBatch;
    files.push(await appendToFile(join(directory, `file-${syncDelayMs}-${round}`), { syncDelayMs, forMs, bytes }));
    const [log, file] = [logs.at(-1)!, files.at(-1)!];
    bench.say(
      `${round + 1}: ${say(log.batchesPerSecond)} (p99 ${say(log.p99Ms)} ms) against ${say(file.batchesPerSecond)} batches/s`,
    );
  }
  const name = syncDelayMs === 0 ? 'readings log' : `readings log, fdatasync ${syncDelayMs} ms slower`;
  const p99Ms = median(logs.map((each) => each.p99Ms));
  return [
    {
      figure: `${name}: group commit, 16 producers`,
      unit: 'batches/s',
      value: median(logs.map(({ batchesPerSecond }) => batchesPerSecond)),
      ceiling: median(files.map(({ batchesPerSecond }) => batchesPerSecond)),
      target: { of: 'ratio', is: 'at least', limit: 0.5 },
      note: `${say(bytesPerReading)} bytes a reading on disk`,
    },
    {
      figure: `${name}: append, p99`,
      unit: 'ms',
      value: p99Ms,
      ceiling: median(files.map((each) => each.p99Ms)),
      // A batch that just missed a commit waits for the next: two delays are the disk's.
      target: { of: 'value', is: 'at most', limit: 5 + 2 * syncDelayMs },
      note: '',
    },
  ];
}

async function appendToLog(
  directory: string,
  { syncDelayMs, forMs }: { readonly syncDelayMs: number; readonly forMs: number },
): Promise<Outcome & { readonly bytesPerBatch: number }> {
  const log = await Log.open(slower(await folderFiles(directory), syncDelayMs));
  const stop = log.onDurable((durable) => void log.release(durable));
  const records = Array.from({ length: PRODUCERS }, (_, producer) => recordOf(log, producer));
  try {
    const outcome = await produce((producer) => log.append(records[producer]!), forMs);
    return { ...outcome, bytesPerBatch: Math.round(log.durable / outcome.batches) };
  } finally {
    stop();
    await log.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

function recordOf(log: Log, producer: number): LogRecord {
  const receivedAt = Date.UTC(2026, 0, 1);
  return {
    kind: 'readings',
    receivedAt,
    batch: {
      tag: Int32Array.from({ length: BATCH }, (_, i) => log.tagId(`asset${producer}.tag${i % 100}`)),
      at: Float64Array.from({ length: BATCH }, (_, i) => receivedAt + i),
      value: Float64Array.from({ length: BATCH }, (_, i) => producer + i / 7),
      quality: new Uint8Array(BATCH),
      codes: new Map(),
    },
  };
}

function slower(files: LogFiles, syncDelayMs: number): LogFiles {
  if (syncDelayMs === 0) return files;
  const slow = async (opening: ReturnType<LogFiles['open']>) => {
    const file = await opening;
    return {
      ...file,
      sync: async () => {
        await sleep(syncDelayMs);
        await file.sync();
      },
    };
  };
  return { ...files, create: (name) => slow(files.create(name)), open: (name) => slow(files.open(name)) };
}

/** As many bytes, the same grouping: what has come while the last fdatasync ran goes out with the next one. */
async function appendToFile(
  path: string,
  { syncDelayMs, forMs, bytes }: { readonly syncDelayMs: number; readonly forMs: number; readonly bytes: number },
): Promise<Outcome> {
  const payload = Buffer.alloc(bytes, 0x5a);
  let file = await open(path, 'w');
  let position = 0;
  let waiting: (() => void)[] = [];
  let flushing = false;
  const flush = async () => {
    flushing = true;
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      if (position > FILE_BYTES) {
        await file.close();
        await rm(path);
        file = await open(path, 'w');
        position = 0;
      }
      position += (
        await file.writev(
          group.map(() => payload),
          position,
        )
      ).bytesWritten;
      if (syncDelayMs > 0) await sleep(syncDelayMs);
      await file.datasync();
      for (const resolve of group) resolve();
      await Promise.resolve(); // so that those who waited share the next group
    }
    flushing = false;
  };
  let flushed = Promise.resolve();
  const append = () => {
    const appended = new Promise<void>((resolve) => waiting.push(resolve));
    if (!flushing) flushed = flush();
    return appended;
  };
  try {
    return await produce(append, forMs);
  } finally {
    await flushed;
    await file.close();
    await rm(path);
  }
}

/** Each producer appends its next batch when the last one is durable. The first moments are not counted. */
async function produce(
  append: (producer: number) => Promise<unknown>,
  forMs: number,
): Promise<Outcome & { readonly batches: number }> {
  const beginAt = performance.now() + WARM_UP_MS;
  const endAt = beginAt + forMs;
  const tookMs: number[] = [];
  let batches = 0;
  const run = async (producer: number) => {
    for (;;) {
      const startedAt = performance.now();
      if (startedAt >= endAt) return;
      await append(producer);
      batches++;
      if (startedAt >= beginAt) tookMs.push(performance.now() - startedAt);
    }
  };
  await Promise.all(Array.from({ length: PRODUCERS }, (_, producer) => run(producer)));
  const seconds = (performance.now() - beginAt) / 1_000;
  return { batches, batchesPerSecond: tookMs.length / seconds, p99Ms: quantile(tookMs, 0.99) };
}
