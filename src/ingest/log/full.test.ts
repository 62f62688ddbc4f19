import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LogRecord } from '../../model/log-record.ts';
import { folderFiles, type LogFile, type LogFiles } from './files.ts';
import { Log } from './log.ts';
import { LogReader } from './reader.ts';
import { segmentName } from './segment.ts';
import { WaitingLine } from './waiting-line.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'log-full-'));
});
afterEach(() => rm(directory, { recursive: true }));

function readings(log: Log, n: number, value = 0): LogRecord {
  return {
    kind: 'readings',
    receivedAt: 1,
    batch: {
      tag: new Int32Array(n).fill(log.tagId('a.x')),
      at: new Float64Array(n).fill(1),
      value: new Float64Array(n).fill(value),
      quality: new Uint8Array(n),
      codes: new Map(),
    },
  };
}

async function values(files: LogFiles, durable: number, from = 0): Promise<number[]> {
  const reader = new LogReader(files, from);
  const found: number[] = [];
  for (let records = await reader.read(durable); records.length > 0; records = await reader.read(durable)) {
    for (const { record } of records) if (record.kind === 'readings') found.push(record.batch.value[0]!);
  }
  await reader.close();
  expect(reader.damagedBytes).toBe(0);
  return found;
}

/** Appends until a log of 1,000 bytes has no room for one more such record. */
async function fill(log: Log, n: number): Promise<void> {
  while (log.bytes + 28 + n * 21 <= 1_000) await log.append(readings(log, n));
}

describe('a full log', () => {
  it('lets readings wait for room and takes them in their order once a segment is released', async () => {
    const files = await folderFiles(directory);
    const log = await Log.open(files, { maxBytes: 1_000, whenFull: 'block' });
    await fill(log, 4);
    const waiting = [100, 101, 102].map((value) => log.append(readings(log, 4, value)));
    let isIn = false;
    void waiting[0]!.then(() => {
      isIn = true;
    });
    await log.append({ kind: 'clock', at: 1 }); // a commit that makes no room
    expect(isIn).toBe(false);
    const before = log.durable;
    await log.release(before);
    await Promise.all(waiting);
    expect(await values(files, log.durable, before)).toEqual([100, 101, 102]);
    await log.close();
  });

  it('takes every reading once and in order, and never holds more than it may, however it is filled and released', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constant('release' as const)), { maxLength: 60 }),
        async (steps) => {
          const files = await folderFiles(await mkdtemp(join(directory, 't-')));
          const log = await Log.open(files, { maxBytes: 2_000, whenFull: 'block' });
          const reader = new LogReader(files, 0);
          const found: number[] = [];
          const drain = async () => {
            for (const { record } of await reader.read(log.durable)) {
              if (record.kind === 'readings') found.push(record.batch.value[0]!);
            }
            await log.release(reader.position);
          };
          const appends: Promise<number>[] = [];
          for (const step of steps) {
            if (step === 'release') await drain();
            else appends.push(log.append(readings(log, step, appends.length)));
            expect(log.bytes).toBeLessThanOrEqual(2_000 + 200); // the dictionary of each segment comes on top
          }
          const all = Promise.all(appends);
          let isDone = false;
          void all.then(() => {
            isDone = true;
          });
          while (!isDone) {
            await drain();
            await new Promise((resolve) => setImmediate(resolve)); // the disk must get its turn
          }
          while (reader.position < log.durable) await drain();
          expect(found).toEqual(appends.map((_, i) => i));
          await reader.close();
          await log.close();
        },
      ),
      { numRuns: 40 },
    );
  });

  it('refuses who has no patience left, who waits when the service stops, and who waits when it closes', async () => {
    const log = await Log.open(await folderFiles(directory), { maxBytes: 1_000, whenFull: 'block' });
    await fill(log, 4);
    await expect(log.append(readings(log, 10), () => Promise.resolve())).rejects.toMatchObject({ code: 'log_full' });
    const stopped = expect(log.append(readings(log, 10))).rejects.toMatchObject({ code: 'log_full' });
    log.stopWaiting();
    await stopped;
    await expect(log.append(readings(log, 10))).rejects.toMatchObject({ code: 'log_full' });
    await log.close();
    const again = await Log.open(await folderFiles(directory), { maxBytes: 1_000, whenFull: 'block' });
    const closed = expect(again.append(readings(again, 10))).rejects.toMatchObject({ code: 'log_closed' });
    await again.close();
    await closed;
  });

  it('still takes the time and what an operator does, and says when its trouble begins and ends', async () => {
    const told: (string | null)[] = [];
    let now = 0;
    const log = await Log.open(await folderFiles(directory), {
      maxBytes: 1_000,
      onTrouble: (t) => told.push(t),
      now: () => now,
    });
    await fill(log, 4);
    for (let i = 0; i < 2; i++) await expect(log.append(readings(log, 10))).rejects.toMatchObject({ code: 'log_full' });
    expect(told).toEqual(['the readings log is full (1000 bytes)']);
    await log.append({ kind: 'clock', at: 1 }); // room of its own: readings are refused as before
    expect(log.trouble).not.toBeNull();
    await log.release(log.durable);
    await log.append(readings(log, 4));
    now = 4_999;
    await log.append(readings(log, 4));
    expect(log.trouble).not.toBeNull();
    now = 5_000;
    await log.append(readings(log, 4));
    expect(log.trouble).toBeNull();
    expect(told).toEqual(['the readings log is full (1000 bytes)', null]);
    await log.close();
    const large = await Log.open(await folderFiles(await mkdtemp(join(directory, 'l-'))), { maxBytes: 10_000 });
    while (large.bytes + 500 < 10_000) await large.append(readings(large, 10));
    await expect(large.append(readings(large, 30))).rejects.toMatchObject({ code: 'log_full' });
    await large.append({ kind: 'clock', at: 1 });
    const acknowledge = { kind: 'acknowledge', commandId: 'c', alert: 'a', at: 1, by: 'b' } as const;
    await large.append({ kind: 'event', event: acknowledge });
    await large.close();
  });

  it('has room for what is made of what it holds, and then still for the time', async () => {
    const log = await Log.open(await folderFiles(directory), { maxBytes: 10_000 });
    while (log.bytes + 49 <= 10_000) await log.append(readings(log, 1));
    await expect(log.append(readings(log, 1))).rejects.toMatchObject({ code: 'log_full' });
    await log.appendMade(readings(log, 1));
    await expect(log.appendMade(readings(log, 3))).rejects.toMatchObject({ code: 'log_full' });
    await log.append({ kind: 'clock', at: 1 });
    await log.close();
  });

  it('is never stuck: what was passed can always be released, even when all of it came in one turn', async () => {
    const log = await Log.open(await folderFiles(directory), { maxBytes: 2_000 });
    await Promise.allSettled(Array.from({ length: 50 }, () => log.append(readings(log, 4))));
    await expect(log.append(readings(log, 10))).rejects.toMatchObject({ code: 'log_full' });
    await log.release(log.durable);
    await log.append(readings(log, 10));
    await log.close();
  });
});

describe('the line of those that wait', () => {
  it('is bounded in number and in bytes', () => {
    const line = new WaitingLine({ appends: 2, bytes: 100 });
    const told: string[] = [];
    const join = (name: string, bytes: number) =>
      line.join({ bytes, enter: () => told.push(`${name} enters`), leave: () => told.push(`${name} leaves`) });
    join('a', 60);
    join('too long', 50);
    join('b', 40);
    join('too many', 0);
    expect(told).toEqual(['too long leaves', 'too many leaves']);
    line.admit(() => true);
    expect(told.slice(2)).toEqual(['a enters', 'b enters']);
    expect(line.isEmpty).toBe(true);
  });
});

describe('a full disk', () => {
  it('refuses, leaves no half record, keeps what was acknowledged, and takes readings again when there is room', async () => {
    for (const whenFull of ['refuse', 'block'] as const) {
      const folder = await mkdtemp(join(directory, 'd-'));
      const disk = new SmallDisk(await folderFiles(folder), 700);
      let now = 0;
      const log = await Log.open(disk, { whenFull, now: () => now });
      const kept: number[] = [];
      const offer = (value: number) => log.append(readings(log, 4, value)).then(() => kept.push(value));
      let refusals = 0;
      for (let i = 0; i < 12; i++)
        await offer(i).catch((error) => {
          expect(error).toMatchObject({ code: 'log_full' });
          refusals++;
        });
      expect(refusals).toBeGreaterThan(2);
      expect(log.trouble).toContain('no space left');
      const name = segmentName(0);
      expect(await sizeOf(disk, name)).toBe(32 + log.durable); // the header and whole records
      expect(await values(disk, log.durable)).toEqual(kept);
      disk.room = 10_000;
      now = 60_000;
      await Promise.all([offer(100), offer(101)]);
      expect(log.trouble).toBeNull();
      await log.close();
      const again = await Log.open(await folderFiles(folder));
      expect(again.recovery).toEqual({ tornBytes: 0, damagedBytes: 0 });
      expect(await values(await folderFiles(folder), again.durable)).toEqual(kept);
      await again.close();
    }
  });
});

describe('the size of a reading', () => {
  it.each([10, 100, 10_000])('is at most 24 bytes in batches of %i, all told', async (n) => {
    const files = await folderFiles(directory);
    const log = await Log.open(files);
    const batches = Math.ceil(20_000 / n);
    for (let i = 0; i < batches; i++) await log.append(readings(log, n));
    expect((await sizeOf(files, segmentName(0))) / (batches * n)).toBeLessThanOrEqual(24);
    await log.close();
  });
});

async function sizeOf(files: LogFiles, name: string): Promise<number> {
  const file = await files.open(name);
  try {
    return await file.size();
  } finally {
    await file.close();
  }
}

/** A disk with `room` bytes that, like a real one, writes what fits and then fails. */
class SmallDisk implements LogFiles {
  room: number;
  readonly #files: LogFiles;

  constructor(files: LogFiles, room: number) {
    this.#files = files;
    this.room = room;
  }
  list = () => this.#files.list();
  remove = (name: string) => this.#files.remove(name);
  create = async (name: string) => this.#limit(await this.#files.create(name));
  open = async (name: string) => this.#limit(await this.#files.open(name));

  #limit(file: LogFile): LogFile {
    return {
      ...file,
      write: async (parts, position) => {
        const bytes = Buffer.concat(parts);
        const fits = Math.max(0, this.room - position);
        if (bytes.length <= fits) return file.write([bytes], position);
        if (fits > 0) await file.write([bytes.subarray(0, fits)], position);
        throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
      },
    };
  }
}
