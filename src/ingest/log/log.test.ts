import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LogRecord } from '../../model/log-record.ts';
import { crc32c } from './crc32c.ts';
import { folderFiles, type LogFile, type LogFiles } from './files.ts';
import { Log } from './log.ts';
import { LogReader } from './reader.ts';
import { SEGMENT_HEADER_BYTES, segmentName } from './segment.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'log-'));
});
afterEach(() => rm(directory, { recursive: true }));

function readings(log: Log, ...rows: readonly (readonly [tag: string, at: number, value: number])[]): LogRecord {
  return {
    kind: 'readings',
    receivedAt: 1,
    batch: {
      tag: Int32Array.from(rows, ([tag]) => log.tagId(tag)),
      at: Float64Array.from(rows, ([, at]) => at),
      value: Float64Array.from(rows, ([, , value]) => value),
      quality: new Uint8Array(rows.length),
      codes: new Map([[0, 0x80340000]]),
    },
  };
}

async function readAll(
  files: LogFiles,
  durable: number,
  from = 0,
): Promise<{ values: number[]; names: string[]; damaged: number }> {
  const reader = new LogReader(files, from);
  const values: number[] = [];
  const names: string[] = [];
  for (let records = await reader.read(durable); records.length > 0; records = await reader.read(durable)) {
    for (const { record } of records) {
      if (record.kind !== 'readings') continue;
      for (const value of record.batch.value) values.push(value);
      for (const id of record.batch.tag) names.push(reader.names.get(id) ?? '?');
    }
  }
  await reader.close();
  return { values, names, damaged: reader.damagedBytes };
}

it('crc32c gives the check value of RFC 3720', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
});

describe('a readings log', () => {
  it('gives back what was appended, over segment borders and after reopening', async () => {
    const files = await folderFiles(directory);
    const log = await Log.open(files, { segmentBytes: 300 });
    for (let i = 0; i < 20; i++) await log.append(readings(log, [`a.t${i % 7}`, i, i]));
    await log.close();
    const again = await Log.open(files, { segmentBytes: 300 });
    await again.append(readings(again, ['a.new', 20, 20], ['a.t3', 21, 21]));
    const { values, names } = await readAll(files, again.durable);
    expect(values).toEqual(Array.from({ length: 22 }, (_, i) => i));
    expect(names).toEqual([...Array.from({ length: 20 }, (_, i) => `a.t${i % 7}`), 'a.new', 'a.t3']);
    expect((await files.list()).length).toBeGreaterThan(3);
    await again.close();
  });

  it('knows tag names when a reader begins in the middle of a segment', async () => {
    const files = await folderFiles(directory);
    const log = await Log.open(files);
    const middle = await log.append(readings(log, ['a.x', 1, 1]));
    await log.append(readings(log, ['a.y', 2, 2], ['a.x', 3, 3]));
    expect((await readAll(files, log.durable, middle)).names).toEqual(['a.y', 'a.x']);
    await log.close();
  });

  it('keeps the names that turn up while others are being written', async () => {
    const files = await folderFiles(directory);
    const log = await Log.open(files);
    const appends: Promise<number>[] = [];
    for (let i = 0; i < 200; i++) {
      appends.push(log.append(readings(log, [`a.t${i}`, i, i])));
      if (i % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(appends);
    expect((await readAll(files, log.durable)).names).toEqual(Array.from({ length: 200 }, (_, i) => `a.t${i}`));
    await log.close();
  });

  it('keeps microseconds, missing values and status codes', async () => {
    const files = await folderFiles(directory);
    const log = await Log.open(files);
    await log.append(readings(log, ['a.x', 1767225600000.123, Number.NaN]));
    const reader = new LogReader(files, 0);
    const [placed] = await reader.read(log.durable);
    const record = placed!.record as Extract<LogRecord, { kind: 'readings' }>;
    expect(record.batch.at[0]).toBe(1767225600000.123);
    expect(record.batch.value[0]).toBeNaN();
    expect(record.batch.codes.get(0)).toBe(0x80340000);
    await reader.close();
    await log.close();
  });

  it('releases only segments that lie wholly before the position', async () => {
    const files = await folderFiles(directory);
    const log = await Log.open(files, { segmentBytes: 200 });
    const ends: number[] = [];
    for (let i = 0; i < 12; i++) ends.push(await log.append(readings(log, ['a.x', i, i])));
    await log.release(ends[5]!);
    const { values } = await readAll(files, log.durable, ends[5]!);
    expect(values).toEqual([6, 7, 8, 9, 10, 11]);
    expect(log.start).toBeLessThanOrEqual(ends[5]!);
    expect(log.start).toBeGreaterThan(0);
    await log.close();
  });

  it('is read to the end by a reader that follows it over borders while old segments are released', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('append', 'read', 'release'), { minLength: 10, maxLength: 80 }),
        async (steps) => {
          const files = await folderFiles(await mkdtemp(join(directory, 't-')));
          const log = await Log.open(files, { segmentBytes: 200 });
          const reader = new LogReader(files, 0);
          const values: number[] = [];
          const names: string[] = [];
          const read = async () => {
            for (const { record } of await reader.read(log.durable)) {
              if (record.kind !== 'readings') continue;
              values.push(...record.batch.value);
              names.push(...Array.from(record.batch.tag, (id) => reader.names.get(id) ?? '?'));
            }
          };
          let next = 0;
          for (const step of [...steps, 'append'] as const) {
            if (step === 'append') await log.append(readings(log, [`a.t${next % 9}`, next, next++]));
            else if (step === 'read') await read();
            else await Promise.all([log.release(reader.position), log.release(reader.position)]);
          }
          while (reader.position < log.durable) await read();
          expect(values).toEqual(Array.from({ length: next }, (_, i) => i));
          expect(names).toEqual(values.map((i) => `a.t${i % 9}`));
          expect(reader.damagedBytes).toBe(0);
          await reader.close();
          await log.close();
        },
      ),
      { numRuns: 60 },
    );
  });

  it('splits a batch that is longer than a frame may be', async () => {
    const files = await folderFiles(directory);
    const log = await Log.open(files);
    const n = 450_000;
    await log.append({
      kind: 'readings',
      receivedAt: 1,
      batch: {
        tag: new Int32Array(n).fill(log.tagId('a.x')),
        at: Float64Array.from({ length: n }, (_, i) => i),
        value: Float64Array.from({ length: n }, (_, i) => i),
        quality: new Uint8Array(n),
        codes: new Map([[400_001, 7]]),
      },
    });
    const { values, damaged } = await readAll(files, log.durable);
    expect(values.length).toBe(n);
    expect(values.every((value, i) => value === i)).toBe(true);
    expect(damaged).toBe(0);
    await log.close();
  });

  it('goes on after a segment could not be made', async () => {
    const files = await folderFiles(directory);
    let failures = 1;
    const flaky: LogFiles = {
      ...files,
      create: async (name) => {
        if (name !== segmentName(0) && failures-- > 0)
          throw Object.assign(new Error('too many open files'), { code: 'EMFILE' });
        return files.create(name);
      },
    };
    const log = await Log.open(flaky, { segmentBytes: 100 });
    const outcomes: string[] = [];
    for (let i = 0; i < 6; i++)
      outcomes.push(
        await log.append(readings(log, ['a.x', i, i])).then(
          () => 'kept',
          () => 'refused',
        ),
      );
    expect(outcomes.filter((outcome) => outcome === 'refused')).toHaveLength(1);
    expect((await readAll(files, log.durable)).values).toHaveLength(5);
    await log.close();
  });

  it('knows its names again when it was closed behind a border that nothing could be written after', async () => {
    const files = await folderFiles(directory);
    let isFull = false;
    const filling: LogFiles = {
      ...files,
      create: async (name) => {
        const file = await files.create(name);
        const write: LogFile['write'] = (parts, position) =>
          isFull && position >= SEGMENT_HEADER_BYTES
            ? Promise.reject(new Error('ENOSPC'))
            : file.write(parts, position);
        return { ...file, write };
      },
    };
    const log = await Log.open(filling, { segmentBytes: 60 });
    await log.append(readings(log, ['a.x', 1, 1], ['a.y', 1, 1]));
    isFull = true; // room for the new segment's header, and no more
    await expect(log.append(readings(log, ['a.x', 2, 2]))).rejects.toMatchObject({ code: 'log_full' });
    expect(log.trouble).toContain('ENOSPC');
    await log.close();
    const again = await Log.open(files, { segmentBytes: 10_000 });
    const border = again.durable;
    await again.append(readings(again, ['a.y', 3, 3]));
    expect((await readAll(files, again.durable, border)).names).toEqual(['a.y']);
    expect(again.trouble).toBeNull();
    await again.close();
  });

  it('refuses loudly when full and takes readings again after a release', async () => {
    const files = await folderFiles(directory);
    const log = await Log.open(files, { segmentBytes: 200, maxBytes: 500 });
    let end = 0;
    await expect(
      (async () => {
        for (let i = 0; i < 100; i++) end = await log.append(readings(log, ['a.x', i, i]));
      })(),
    ).rejects.toMatchObject({ code: 'log_full' });
    await log.release(end);
    await log.append(readings(log, ['a.x', 1, 1]));
    await log.close();
  });

  it('cuts a torn tail off and goes on', async () => {
    const files = await folderFiles(directory);
    const log = await Log.open(files);
    await log.append(readings(log, ['a.x', 1, 1]));
    const end = await log.append(readings(log, ['a.x', 2, 2]));
    await log.close();
    const path = join(directory, segmentName(0));
    const bytes = await readFile(path);
    await writeFile(path, bytes.subarray(0, bytes.length - 5));
    const again = await Log.open(files);
    expect(again.recovery.tornBytes).toBeGreaterThan(0);
    expect(again.durable).toBeLessThan(end);
    await again.append(readings(again, ['a.x', 3, 3]));
    expect((await readAll(files, again.durable)).values).toEqual([1, 3]);
    await again.close();
  });

  it('skips and counts exactly the record whose byte was flipped', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 255 }), async (where, flip) => {
        const files = await folderFiles(await mkdtemp(join(directory, 'f-')));
        const log = await Log.open(files);
        const ends: number[] = [];
        for (let i = 0; i < 5; i++) ends.push(await log.append(readings(log, ['a.x', i, i])));
        // The dictionary frame comes before the first record: damage there costs names, not values.
        const offset = ends[0]! + (where % (ends[3]! - ends[0]!));
        const damaged: LogFiles = { ...files, open: async (name) => flipping(await files.open(name), offset, flip) };
        const hit = ends.findIndex((end) => offset < end);
        const { values, damaged: bytes } = await readAll(damaged, log.durable);
        expect(values).toEqual([0, 1, 2, 3, 4].filter((i) => i !== hit));
        expect(bytes).toBe(ends[hit]! - ends[hit - 1]!);
        await log.close();
      }),
      { numRuns: 60 },
    );
  });

  it('loses nothing acked when everything unsynced is dropped', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 12 }),
        fc.nat({ max: 11 }),
        async (groups, crashAt) => {
          const disk = new ForgetfulFiles();
          const log = await Log.open(disk, { segmentBytes: 250 });
          const acked: number[] = [];
          let next = 0;
          for (const [step, size] of groups.entries()) {
            if (step === crashAt) disk.failSyncs = true;
            const group = Array.from({ length: size }, () => next++);
            const outcomes = await Promise.allSettled(group.map((i) => log.append(readings(log, ['a.x', i, i]))));
            for (const [k, outcome] of outcomes.entries()) if (outcome.status === 'fulfilled') acked.push(group[k]!);
            if (disk.failSyncs) break;
          }
          disk.loseUnsynced();
          const again = await Log.open(disk, { segmentBytes: 250 });
          expect((await readAll(disk, again.durable)).values).toEqual(acked);
        },
      ),
      { numRuns: 80 },
    );
  });
});

/** Reads as if one byte of the log had been flipped on disk. */
function flipping(file: LogFile, position: number, flip: number): LogFile {
  return {
    ...file,
    read: async (into, at) => {
      const length = await file.read(into, at);
      const index = SEGMENT_HEADER_BYTES + position - at;
      if (index >= 0 && index < length) into[index] = into[index]! ^ flip;
      return length;
    },
  };
}

/** A disk that keeps only what was synced. */
class ForgetfulFiles implements LogFiles {
  failSyncs = false;
  readonly #synced = new Map<string, Buffer>();
  readonly #written = new Map<string, Buffer>();

  loseUnsynced(): void {
    this.failSyncs = false;
    this.#written.clear();
    for (const [name, bytes] of this.#synced) this.#written.set(name, bytes);
  }
  async list(): Promise<string[]> {
    return [...this.#written.keys()].sort();
  }
  async create(name: string): Promise<LogFile> {
    this.#written.set(name, Buffer.alloc(0));
    this.#synced.set(name, Buffer.alloc(0));
    return this.open(name);
  }
  async remove(name: string): Promise<void> {
    this.#written.delete(name);
    this.#synced.delete(name);
  }
  async open(name: string): Promise<LogFile> {
    const content = () => this.#written.get(name)!;
    return {
      write: async (parts, position) => {
        const bytes = Buffer.concat(parts);
        const grown = Buffer.alloc(Math.max(content().length, position + bytes.length));
        content().copy(grown);
        bytes.copy(grown, position);
        this.#written.set(name, grown);
      },
      sync: async () => {
        if (this.failSyncs) throw new Error('EIO');
        this.#synced.set(name, Buffer.from(content()));
      },
      truncate: async (size) => {
        this.#written.set(name, content().subarray(0, size));
      },
      read: async (into, position) => content().copy(into, 0, position),
      size: async () => content().length,
      close: async () => undefined,
    };
  }
}
