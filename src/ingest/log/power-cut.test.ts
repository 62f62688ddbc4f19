import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogRecord } from '../../model/log-record.ts';
import type { LogFile, LogFiles } from './files.ts';
import { Log } from './log.ts';
import { LogReader } from './reader.ts';

const SEGMENT_BYTES = 300;
const CRASHES = 5;

/** The moment of a crash, counted in operations on the disk, and how much of what was not synced it leaves. */
const crash = fc.record({
  afterOperations: fc.integer({ min: 0, max: 40 }),
  kind: fc.constantFrom('power cut', 'kill -9'),
  /** Of the unsynced bytes of a file, from its first on. */
  survives: fc.double({ min: 0, max: 1, noNaN: true }),
});

describe('a readings log on a disk that loses what was not synced', () => {
  it(`keeps all that was acked, and says what it cut off, over ${CRASHES} crashes one after the other`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(crash, { minLength: CRASHES, maxLength: CRASHES }), async (crashes) => {
        const disk = new CrashingDisk();
        const acked: number[] = [];
        let next = 0;
        for (const { afterOperations, kind, survives } of crashes) {
          disk.crashAfter(afterOperations);
          const log = await Log.open(disk, { segmentBytes: SEGMENT_BYTES }).catch(() => null);
          while (log !== null && !disk.isDown) {
            const group = Array.from({ length: 1 + (next % 3) }, () => next++);
            const outcomes = await Promise.allSettled(group.map((n) => log.append(reading(log, n))));
            acked.push(...group.filter((_, i) => outcomes[i]!.status === 'fulfilled'));
          }
          disk.restart(kind, survives);
        }
        const log = await Log.open(disk, { segmentBytes: SEGMENT_BYTES });
        const { values, damaged } = await readAll(disk, log);
        expect(acked.filter((n) => !values.includes(n))).toEqual([]);
        expect(values).toEqual([...new Set(values)].sort((a, b) => a - b)); // once each, in order
        expect(values.filter((n) => n >= next)).toEqual([]);
        expect(damaged).toBe(0);
        await log.close();
        const again = await Log.open(disk, { segmentBytes: SEGMENT_BYTES });
        expect(again.recovery).toEqual({ tornBytes: 0, damagedBytes: 0 }); // cut once, not at every start
        await again.close();
      }),
      { numRuns: 100, seed: Number(process.env['CRASH_SEED'] ?? 20261121) },
    );
  });

  it('names exactly the bytes of a torn tail', async () => {
    await fc.assert(
      fc.asyncProperty(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), async (survives) => {
        const disk = new CrashingDisk();
        const log = await Log.open(disk);
        await log.append(reading(log, 0));
        const wholeBytes = await sizeOf(disk);
        disk.crashAfter(1); // the write happens, its sync does not
        await expect(log.append(reading(log, 7))).rejects.toMatchObject({ code: 'log_full' }); // no new name: one frame
        disk.restart('power cut', survives);
        const leftBytes = (await sizeOf(disk)) - wholeBytes;
        const again = await Log.open(disk);
        expect(again.recovery.tornBytes).toBe(leftBytes);
        expect((await readAll(disk, again)).values).toEqual([0]);
        await again.close();
      }),
      { numRuns: 100, seed: 20261121 },
    );
  });

  it('calls durable after a kill -9 only what a power cut right after it leaves', async () => {
    const disk = new CrashingDisk();
    const log = await Log.open(disk);
    await log.append(reading(log, 0));
    disk.crashAfter(1);
    await expect(log.append(reading(log, 1))).rejects.toMatchObject({ code: 'log_full' });
    disk.restart('kill -9', 1);
    const heir = await Log.open(disk);
    const told = (await readAll(disk, heir)).values; // the writer commits these, and its cursor after them
    disk.crashAfter(0);
    disk.restart('power cut', 0);
    const last = await Log.open(disk);
    expect(last.durable).toBe(heir.durable);
    expect((await readAll(disk, last)).values).toEqual(told);
  });
});

function reading(log: Log, n: number): LogRecord {
  return {
    kind: 'readings',
    receivedAt: 1,
    batch: {
      tag: Int32Array.of(log.tagId(`a.t${n % 7}`)),
      at: Float64Array.of(n),
      value: Float64Array.of(n),
      quality: Uint8Array.of(0),
      codes: new Map(),
    },
  };
}

async function readAll(files: LogFiles, log: Log): Promise<{ values: number[]; damaged: number }> {
  const reader = new LogReader(files, log.start);
  const values: number[] = [];
  for (let records = await reader.read(log.durable); records.length > 0; records = await reader.read(log.durable)) {
    for (const { record } of records) {
      if (record.kind !== 'readings') continue;
      expect(reader.names.get(record.batch.tag[0]!)).toBe(`a.t${record.batch.value[0]! % 7}`);
      values.push(...record.batch.value);
    }
  }
  await reader.close();
  return { values, damaged: reader.damagedBytes };
}

async function sizeOf(disk: CrashingDisk): Promise<number> {
  const [name] = await disk.list();
  return (await disk.open(name!)).size();
}

interface Content {
  /** As a program sees it. */
  written: Buffer;
  /** As the platter has it. */
  synced: Buffer;
}

/** Files in memory that go down after a number of operations; names are synced with their creation, as `folderFiles` does. */
class CrashingDisk implements LogFiles {
  #files = new Map<string, Content>();
  #left = Number.POSITIVE_INFINITY;

  get isDown(): boolean {
    return this.#left < 0;
  }

  /** Lets this many writing operations through; every later one fails. */
  crashAfter(operations: number): void {
    this.#left = operations;
  }

  /** Comes up again. A kill leaves everything that was written, a power cut a part of it. */
  restart(kind: 'power cut' | 'kill -9', survives: number): void {
    this.#left = Number.POSITIVE_INFINITY;
    if (kind === 'kill -9') return;
    for (const content of this.#files.values()) {
      const { written, synced } = content;
      const kept = synced.length + Math.floor(Math.max(0, written.length - synced.length) * survives);
      content.written = Buffer.concat([synced, written.subarray(synced.length, kept)]);
      content.synced = Buffer.from(content.written);
    }
  }

  async list(): Promise<string[]> {
    return [...this.#files.keys()].sort();
  }

  async create(name: string): Promise<LogFile> {
    this.#step();
    this.#files.set(name, { written: Buffer.alloc(0), synced: Buffer.alloc(0) });
    return this.open(name);
  }

  async remove(name: string): Promise<void> {
    this.#step();
    this.#files.delete(name);
  }

  async open(name: string): Promise<LogFile> {
    const content = this.#files.get(name)!;
    return {
      write: async (parts, position) => {
        this.#step();
        const bytes = Buffer.concat(parts);
        const grown = Buffer.alloc(Math.max(content.written.length, position + bytes.length));
        content.written.copy(grown);
        bytes.copy(grown, position);
        content.written = grown;
      },
      sync: async () => {
        this.#step();
        content.synced = Buffer.from(content.written);
      },
      truncate: async (size) => {
        this.#step();
        content.written = content.written.subarray(0, size);
      },
      read: async (into, position) => content.written.copy(into, 0, position),
      size: async () => content.written.length,
      close: async () => undefined,
    };
  }

  #step(): void {
    if (this.#left > 0) this.#left--;
    else {
      this.#left = -1;
      throw Object.assign(new Error('the machine is down'), { code: 'EIO' });
    }
  }
}
