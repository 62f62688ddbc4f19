import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { diagnose } from '../diagnose.ts';
import { readCsvColumn } from './csv.ts';
import { readCsvRate } from './csv-rate.ts';
import { readWav } from './wav.ts';

describe('a WAV file', () => {
  it.each([16, 24, 32] as const)('of %i-bit PCM gives its first channel in the unit of its full scale', (bits) => {
    const largest = 2 ** (bits - 1);
    const wav = wavOf({ tag: 1, bits, channels: 2, rateHz: 25_600 }, (data, at, i) =>
      data.writeIntLE(i % 2 === 0 ? largest / 2 : 1, at, bits / 8),
    );
    const { samples, rateHz } = readWav(wav, { file: 'x.wav', fullScale: 10 });
    expect(rateHz).toBe(25_600);
    expect([...samples]).toEqual([5, 5]);
  });

  it('of 32-bit floats is read, too', () => {
    const wav = wavOf({ tag: 3, bits: 32, channels: 1, rateHz: 48_000 }, (data, at) => data.writeFloatLE(0.25, at));
    expect([...readWav(wav, { file: 'x.wav', fullScale: 100 }).samples]).toEqual([25, 25, 25, 25]);
  });

  it('that is none, or of another kind, is refused by name', () => {
    const eight = wavOf({ tag: 1, bits: 8, channels: 1, rateHz: 8_000 }, (data, at) => data.writeUInt8(1, at));
    expect(() => readWav(eight, { file: 'x.wav', fullScale: 1 })).toThrow('x.wav: format 1 of 8 bits is not read');
    expect(() => readWav(Buffer.from('hello'), { file: 'x.wav', fullScale: 1 })).toThrow('x.wav: is not a WAV file');
    expect(() => readWav(eight.subarray(0, 36), { file: 'x.wav', fullScale: 1 })).toThrow('x.wav: it has no data');
  });
});

describe('a file that is not there', () => {
  it.each(['none.csv', 'none.wav'])('is told of in one sentence: %s', (file) => {
    const flags = { unit: 'g', rpm: '1000', rate: '1000', fullScale: '1', bearing: '6205-2RS' };
    expect(() => diagnose(file, flags)).toThrow(new RegExp(`^cannot read ${file}: there is no such file$`));
  });
});

describe('a CSV file of a waveform', () => {
  it('gives the named column or the last', () => {
    const text = 'time;x;y\n0;1;4\n1;2;5\n2;3;6\n';
    expect([...readCsvColumn(text, { file: 'a.csv', column: undefined })]).toEqual([4, 5, 6]);
    expect([...readCsvColumn(text, { file: 'a.csv', column: 'x' })]).toEqual([1, 2, 3]);
    expect([...readCsvColumn('1\n2\n', { file: 'a.csv', column: undefined })]).toEqual([1, 2]);
  });

  it('has a comma in its numbers where another character stands between its cells', () => {
    const options = { file: 'a.csv', column: undefined };
    expect([...readCsvColumn('t;x\n0,000039;19,1287\n0,000078;-0,5', options)]).toEqual([19.1287, -0.5]);
    expect([...readCsvColumn('0,5\t1,5\n1\t2e1', options)]).toEqual([1.5, 20]);
    expect(() => readCsvColumn('t;x\n1;1,000,5', options)).toThrow('is not a number');
  });

  it('with a hole in it is refused with its line', () => {
    const read = (text: string, column?: string) => () => readCsvColumn(text, { file: 'a.csv', column });
    expect(read('x\n1\n\n2,\nnan\n')).toThrow('a.csv:5: "nan" is not a number');
    expect(read('t,x\n1,2\n\n3\n')).toThrow('a.csv:4: "" is not a number');
    expect(read('t,x\n1,2\n3,4,5\n')).toThrow('a.csv:3: the row has 3 cells, and the first line 2');
    expect(read('x,y\n1,2\n', 'z')).toThrow('there is no column z, only x, y');
  });
});

describe('the rate of a CSV file', () => {
  const rows = (step: number, n = 10) =>
    Array.from({ length: n }, (_, i) => `${(i * step).toFixed(6)},${i}`).join('\n');

  it.each([
    [`time,x\n${rows(1 / 1_000)}`, 1_000, 'time'],
    [`t,x\n${rows(1 / 500)}`, 500, 't'],
    [`Seconds,x\n${rows(1 / 500)}`, 500, 'Seconds'],
    [`time (ms),x\n${rows(0.5)}`, 2_000, 'time (ms)'],
    [`time_us,x\n${rows(125)}`, 8_000, 'time_us'],
    ['Zeit [s];x\n0,0;1\n0,25;2\n0,5;3', 4, 'Zeit [s]'],
  ])('is read from its times: %j', (text, rateHz, column) => {
    expect(readCsvRate(text, 'a.csv')).toEqual({ rateHz, column });
  });

  it('is none without such a column', () => {
    expect(readCsvRate('temperature,x\n1,2\n3,4', 'a.csv')).toBeNull();
    expect(readCsvRate('0,1\n1,2', 'a.csv')).toBeNull();
    expect(readCsvRate('time\n1\n2', 'a.csv')).toBeNull();
  });

  it('is refused where the times are not even, do not rise or are dates', () => {
    expect(() => readCsvRate('t,x\n0,1\n1,2\n2,3\n9,4\n10,5', 'a.csv')).toThrow(
      'times are not even (0, then 1): give --rate',
    );
    expect(() => readCsvRate('t,x\n5,1\n4,2', 'a.csv')).toThrow('which does not rise');
    expect(() => readCsvRate('t,x\n1700000000,1\n1700000001,2', 'a.csv')).toThrow('which holds dates');
  });
});

describe('millwright diagnose', () => {
  const folder = mkdtempSync(join(tmpdir(), 'millwright-diagnose-'));
  const exitCode = process.exitCode;
  afterEach(() => {
    process.exitCode = exitCode;
    vi.restoreAllMocks();
    rmSync(folder, { recursive: true, force: true });
  });

  it('fails and says why when every window was refused', () => {
    const file = join(folder, 'still.csv');
    writeFileSync(file, `time,x\n${Array.from({ length: 600 }, (_, i) => `${i / 1_000},7`).join('\n')}`);
    vi.spyOn(console, 'log').mockReturnValue();
    const said = vi.spyOn(console, 'error').mockReturnValue();
    diagnose(file, { unit: 'g', rpm: '1000', bearing: '6205-2RS' });
    expect(said.mock.calls.flat()).toEqual([
      `${file}: 1000 samples a second, by its column time`,
      expect.stringMatching(/^nothing was diagnosed, each of 1 windows was refused, the first for this: ./),
    ]);
    expect(process.exitCode).toBe(1);
  });
});

function wavOf(
  format: { tag: number; bits: number; channels: number; rateHz: number },
  write: (data: Buffer, at: number, index: number) => void,
): Buffer {
  const bytes = format.bits / 8;
  const data = Buffer.alloc(4 * bytes);
  for (let i = 0; i < 4; i++) write(data, i * bytes, i);
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(36 + data.length, 4);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(format.tag, 20);
  head.writeUInt16LE(format.channels, 22);
  head.writeUInt32LE(format.rateHz, 24);
  head.writeUInt16LE(format.channels * bytes, 32);
  head.writeUInt16LE(format.bits, 34);
  head.write('data', 36);
  head.writeUInt32LE(data.length, 40);
  return Buffer.concat([head, data]);
}
