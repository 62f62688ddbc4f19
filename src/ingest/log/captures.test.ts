import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LogRecord } from '../../model/log-record.ts';
import { folderFiles } from './files.ts';
import { decodeFrame, frameLengthAt } from './frame.ts';
import { Log } from './log.ts';
import { LogReader } from './reader.ts';
import { SEGMENT_HEADER_BYTES, segmentName } from './segment.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'log-'));
});
afterEach(() => rm(directory, { recursive: true }));

const samples = (n: number) => Float32Array.from({ length: n }, (_, i) => Math.sin(i / 7));
const waveform = (log: Log, tag: string, n: number): LogRecord => ({
  kind: 'waveform',
  receivedAt: 1,
  tag: log.tagId(tag),
  at: n,
  rateHz: 25_600,
  unit: 'm/s2',
  samples: samples(n),
});
const frame = (log: Log, tag: string): LogRecord => ({
  kind: 'thermalFrame',
  receivedAt: 1,
  tag: log.tagId(tag),
  at: 1,
  width: 640,
  height: 512,
  celsius: samples(640 * 512),
});

/** Element by element a comparison of a million values would take seconds. */
function comparable(record: LogRecord): unknown {
  if (record.kind !== 'waveform' && record.kind !== 'thermalFrame') return record;
  const { buffer, byteOffset, byteLength } = record.kind === 'waveform' ? record.samples : record.celsius;
  const bits = createHash('sha256')
    .update(Buffer.from(buffer, byteOffset, byteLength))
    .digest('hex');
  return { ...record, samples: undefined, celsius: undefined, byteLength, bits };
}

async function readAll(durable: number) {
  const reader = new LogReader(await folderFiles(directory), 0);
  const records: LogRecord[] = [];
  for (let some = await reader.read(durable); some.length > 0; some = await reader.read(durable))
    records.push(...some.map(({ record }) => record));
  await reader.close();
  return { records, names: reader.names, damagedBytes: reader.damagedBytes };
}

describe('the readings log with waveforms and thermal frames in it', () => {
  it('gives back those that are longer than what a reader takes at a time, in their order', async () => {
    const log = await Log.open(await folderFiles(directory));
    const given = [
      waveform(log, 'a.x', 10),
      waveform(log, 'a.x', 700_000),
      { kind: 'clock', at: 5 },
      frame(log, 'a.y'),
      waveform(log, 'a.z', 1_048_576),
    ] as const;
    for (const record of given) await log.append(record);
    const { records, names } = await readAll(log.durable);
    expect(records.map(comparable)).toEqual(given.map(comparable));
    expect([...names.values()]).toEqual(['a.x', 'a.y', 'a.z']);
    await log.close();
  });

  it('loses only the one that is damaged', async () => {
    const log = await Log.open(await folderFiles(directory));
    await log.append(waveform(log, 'a.x', 100));
    const before = log.durable;
    await log.append(waveform(log, 'a.x', 400_000));
    await log.append(waveform(log, 'a.x', 200));
    await log.close();
    const path = join(directory, segmentName(0));
    const bytes = await readFile(path);
    bytes[SEGMENT_HEADER_BYTES + before + 50_000]! ^= 1;
    await writeFile(path, bytes);
    const { records, damagedBytes } = await readAll(log.durable);
    expect(records).toMatchObject([{ at: 100 }, { at: 200 }]);
    expect(damagedBytes).toBeGreaterThan(1_600_000);
  });

  it('refuses them when it is full, while its own clock records still have room', async () => {
    const log = await Log.open(await folderFiles(directory), { maxBytes: 1_000_000 });
    await log.append(waveform(log, 'a.x', 200_000));
    await expect(log.append(waveform(log, 'a.x', 200_000))).rejects.toMatchObject({ code: 'log_full' });
    await log.append(waveform(log, 'a.x', 49_700));
    await expect(log.append(waveform(log, 'a.x', 400))).rejects.toMatchObject({ code: 'log_full' });
    await log.append({ kind: 'clock', at: 1 });
    await log.close();
  });

  it('reads what was written before there were any', () => {
    const written = Buffer.from(
      '0800000010a6dfa203004d57000000000000f03f' +
        '2d0000007c4d927102004d57000000000000f03f0100000001000000' +
        '00000000000000400000000000000c4007000000010000000000003480',
      'hex',
    );
    const clockBytes = frameLengthAt(written, 0)!;
    expect(decodeFrame(written, 0, clockBytes)).toEqual({ kind: 'clock', at: 1 });
    expect(decodeFrame(written, clockBytes, frameLengthAt(written, clockBytes)!)).toEqual({
      kind: 'readings',
      receivedAt: 1,
      batch: {
        tag: Int32Array.of(7),
        at: Float64Array.of(2),
        value: Float64Array.of(3.5),
        quality: Uint8Array.of(1),
        codes: new Map([[0, 0x80340000]]),
      },
    });
  });
});
