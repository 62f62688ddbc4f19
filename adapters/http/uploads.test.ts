import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ApiError } from '../../src/model/errors.ts';
import { columnOf, rateOf, readCsvTable } from './csv-values.ts';
import { readRaw } from './raw-values.ts';
import { Upload, type WaveformQuery, waveformOf } from './uploads.ts';
import { readWav } from './wav.ts';

type Encoding = 'int16' | 'int24' | 'int32' | 'float32' | 'float64';
const BYTES = { int16: 2, int24: 3, int32: 4, float32: 4, float64: 8 } as const;

/** A WAV file of interleaved samples in −1…1. */
function wavOf(
  encoding: Encoding,
  channels: readonly (readonly number[])[],
  { rateHz = 25_600, extensible = false, before = [] as readonly [string, number][] } = {},
): Buffer {
  const n = channels[0]!.length;
  const width = BYTES[encoding];
  const data = Buffer.alloc(n * channels.length * width);
  for (let i = 0; i < n; i++) {
    for (const [c, samples] of channels.entries()) {
      const at = (i * channels.length + c) * width;
      const value = samples[i]!;
      if (encoding === 'float32') data.writeFloatLE(value, at);
      else if (encoding === 'float64') data.writeDoubleLE(value, at);
      else
        data.writeIntLE(
          Math.max(-(2 ** (8 * width - 1)), Math.round(value * 2 ** (8 * width - 1)) - (value >= 1 ? 1 : 0)),
          at,
          width,
        );
    }
  }
  const format = Buffer.alloc(extensible ? 40 : 16);
  const code = encoding.startsWith('float') ? 3 : 1;
  format.writeUInt16LE(extensible ? 0xfffe : code, 0);
  format.writeUInt16LE(channels.length, 2);
  format.writeUInt32LE(rateHz, 4);
  format.writeUInt32LE(rateHz * channels.length * width, 8);
  format.writeUInt16LE(channels.length * width, 12);
  format.writeUInt16LE(8 * width, 14);
  if (extensible) format.writeUInt16LE(code, 24);
  const chunk = (name: string, body: Buffer) => {
    const head = Buffer.alloc(8);
    head.write(name, 'latin1');
    head.writeUInt32LE(body.length, 4);
    return Buffer.concat([head, body, Buffer.alloc(body.length % 2)]);
  };
  const others = before.map(([name, length]) => chunk(name, Buffer.alloc(length, 7)));
  const chunks = Buffer.concat([Buffer.from('WAVE'), ...others, chunk('fmt ', format), chunk('data', data)]);
  const head = Buffer.from('RIFF\0\0\0\0', 'latin1');
  head.writeUInt32LE(chunks.length, 4);
  return Buffer.concat([head, chunks]);
}

const ENCODINGS: readonly Encoding[] = ['int16', 'int24', 'int32', 'float32', 'float64'];
/** What a file of an encoding can tell apart, at full scale 1. */
const STEP = { int16: 2 ** -15, int24: 2 ** -23, int32: 2 ** -23, float32: 2 ** -23, float64: 2 ** -23 } as const;

describe('a WAV file', () => {
  it.each(ENCODINGS)('of %s gives each channel back, times its scale', (encoding) => {
    const left = [0, 0.5, -0.5, 0.25, -1, 0.999];
    const right = left.map((value) => -value / 2);
    for (const extensible of [false, true]) {
      const file = readWav(wavOf(encoding, [left, right], { extensible }));
      expect([file.rateHz, file.channels]).toEqual([25_600, 2]);
      for (const [i, channel] of [left, right].entries()) {
        const samples = file.samplesOf(i + 1, 50);
        for (const [j, value] of channel.entries())
          expect(Math.abs(samples[j]! - value * 50)).toBeLessThanOrEqual(50 * STEP[encoding] * 1.5);
      }
    }
  });

  it('may hold other chunks, of odd length too, and a length that its writer did not know', () => {
    const file = wavOf('int16', [[0.5, 0.25]], {
      before: [
        ['LIST', 7],
        ['bext', 602],
      ],
    });
    expect([...readWav(file).samplesOf(1, 1)]).toEqual([0.5, 0.25]);
    const streamed = wavOf('int16', [[0.5, 0.25]]);
    streamed.writeUInt32LE(0xffff_ffff, streamed.length - 8);
    expect([...readWav(streamed).samplesOf(1, 1)]).toEqual([0.5, 0.25]);
  });

  it.each<[what: string, file: Buffer, message: string]>([
    ['that is none', Buffer.from('MThd'), 'it does not begin as one'],
    [
      'that is cut off',
      wavOf(
        'int16',
        [[1, 2, 3]].map((s) => s.map((v) => v / 4)),
      ).subarray(0, -2),
      'it is cut off',
    ],
    ['without data', wavOf('int16', [[0]]).subarray(0, 36), 'it has no data'],
  ])('%s is refused', (_what, file, message) => {
    expect(() => readWav(file)).toThrow(message);
  });

  it('has no channel beyond its last', () => {
    expect(() => readWav(wavOf('int16', [[0]])).samplesOf(2, 1)).toThrow('there is no channel 2: the file has 1');
  });
});

describe('an uploaded WAV file', () => {
  const query: WaveformQuery = { tag: 'a.x', at: '1795257723250', unit: 'm/s2', channel: 1 };
  const samplesOf = async (encoding: Encoding, more: Partial<WaveformQuery> = {}) => {
    const upload = new Upload('audio/wav', wavOf(encoding, [[0.5, -0.25]]));
    return [...(await waveformOf(upload, { ...query, ...more }, {})).samples];
  };

  it.each(['int16', 'int24', 'int32'] as const)('of %s is refused without its full scale', async (encoding) => {
    await expect(samplesOf(encoding)).rejects.toThrow('scale is missing: a WAV file of whole numbers does not say');
    expect(await samplesOf(encoding, { scale: 100 })).toEqual([50, -25]);
    expect(await samplesOf(encoding, { scale: 1 })).toEqual([0.5, -0.25]);
  });

  it.each(['float32', 'float64'] as const)('of %s is in its unit already', async (encoding) => {
    expect(await samplesOf(encoding)).toEqual([0.5, -0.25]);
    expect(await samplesOf(encoding, { scale: 100 })).toEqual([50, -25]);
  });
});

const csv = (text: string) => readCsvTable(Buffer.from(text));

describe('a CSV table', () => {
  it.each([
    ['1,2\n3,4\n', 2],
    ['a,b\r\n1,2\r\n3,4', 2],
    ['\uFEFF"time";"value"\n1,0;2\n3;4,0\n', 2],
    ['# made by a logger\n1\t2\n\n3\t4\n', 2],
    ['1 2\n3   4', 2],
  ])('%j is read', async (text, columns) => {
    const table = await csv(text);
    expect([table.columns, table.rows, [...table.values]]).toEqual([columns, 2, [1, 2, 3, 4]]);
  });

  it.each([
    ['', 'it has no rows of numbers'],
    ['a,b\n', 'it has no rows of numbers'],
    ['1,2\n3\n', 'line 2 has 1 column, the first has 2'],
    ['1,2\n3,x\n', 'line 2, column 2 is no number: "x"'],
    ['1,2\n3,\n', 'line 2, column 2 is no number: ""'],
    ['1\n0x10\n', 'line 2, column 1 is no number: "0x10"'],
    ['1\nNaN\n', 'line 2, column 1 is no number: "NaN"'],
    [`1\n${'9'.repeat(70_000)}`, 'line 2 is longer than 64 KiB'],
  ])('%j is refused', async (text, message) => {
    await expect(csv(text)).rejects.toThrow(message);
  });

  it('knows its columns by name and by number', async () => {
    const table = await csv('t,x,y\n0,1,2\n1,3,4\n');
    expect([...columnOf(table, 'y')]).toEqual([2, 4]);
    expect([...columnOf(table, '2')]).toEqual([1, 3]);
    expect(() => columnOf(table, 'z')).toThrow('it has no column "z": t, x, y');
  });

  it('has the rate that its even times say, however they were rounded', async () => {
    const lines = Array.from({ length: 1_000 }, (_, i) => `${(i / 25_600).toFixed(7)},${i}`);
    expect(rateOf(await csv(lines.join('\n')))).toBe(25_600);
    lines.splice(500, 1);
    const holed = await csv(lines.join('\n'));
    expect(() => rateOf(holed)).toThrow('its times are not even: row 501');
  });
});

describe('packed numbers', () => {
  it.each([
    ['f32', Buffer.from(Float32Array.of(1, -2).buffer)],
    ['f64', Buffer.from(Float64Array.of(1, -2).buffer)],
    ['i16', Buffer.from(Int16Array.of(1, -2).buffer)],
    ['i32', Buffer.from(Int32Array.of(1, -2).buffer)],
  ] as const)('of %s are read, wherever they lie in memory', (format, bytes) => {
    const shifted = Buffer.concat([Buffer.of(0), bytes]).subarray(1);
    expect([...readRaw(shifted, format, 0.5)]).toEqual([0.5, -1]);
    expect(() => readRaw(bytes.subarray(1), format, 1)).toThrow('the body holds');
  });
});

describe('garbage', () => {
  const RUNS = 100_000;
  const VALID_EVERY = 100;

  /** Damages a valid file in one of the ways that files are damaged in; decided by numbers alone, so that a failure comes again. */
  function damage(valid: Buffer, [way, a, b, c]: readonly [number, number, number, number]): Buffer {
    const bytes = Buffer.from(valid);
    const at = a % bytes.length;
    switch (way % 6) {
      case 0:
        return bytes.subarray(0, at);
      case 1:
        bytes[at] = b;
        bytes[(at * 7 + c) % bytes.length] = c;
        return bytes;
      case 2:
        return Buffer.concat([bytes.subarray(0, at), Buffer.of(b, c, b ^ c), bytes.subarray(at)]);
      case 3:
        return Buffer.concat([bytes.subarray(at), bytes.subarray(0, at)]);
      case 4:
        if (bytes.length >= 4) bytes.writeUInt32LE(b * 0x0101_0101 - (b % 2), Math.min(at, bytes.length - 4));
        return bytes;
      default:
        return Buffer.from(Array.from({ length: a % 64 }, (_, i) => (b * (i + 1) + c * i) & 0xff));
    }
  }

  async function flood(
    valid: Buffer,
    contentType: string,
    expected: readonly number[],
  ): Promise<{ whole: number; crashes: unknown[] }> {
    const query: WaveformQuery = { tag: 'a.x', at: '1795257723250', unit: 'm/s2', rateHz: 1, scale: 1, channel: 1 };
    const crashes: unknown[] = [];
    let whole = 0;
    const numbers = fc.tuple(fc.nat(1_000), fc.nat(100_000), fc.nat(255), fc.nat(255));
    const ways = fc.sample(numbers, { numRuns: RUNS, seed: 4 });
    for (const [i, way] of ways.entries()) {
      const isValid = i % VALID_EVERY === 0;
      const bytes = isValid ? valid : damage(valid, way);
      try {
        const { samples } = await waveformOf(new Upload(contentType, bytes), query, {});
        if (samples.length > bytes.length) crashes.push(`more samples than bytes: ${bytes.toString('hex')}`);
        if (isValid && samples.length === expected.length && expected.every((value, j) => samples[j] === value))
          whole++;
      } catch (error) {
        if (!(error instanceof ApiError) || error.status !== 400 || isValid) crashes.push(error);
      }
    }
    return { whole, crashes: crashes.slice(0, 3) };
  }

  it('in 100,000 WAV files crashes nothing, and hides none of the 1,000 good ones', async () => {
    const samples = [0, 0.5, -0.25, 0.125];
    for (const encoding of ['int24', 'float32'] as const) {
      const valid = wavOf(encoding, [samples, [1, 1, 1, 1]], { before: [['LIST', 3]] });
      expect(await flood(valid, 'audio/wav', samples)).toEqual({ whole: RUNS / VALID_EVERY, crashes: [] });
    }
  }, 60_000);

  it('in 100,000 CSV files crashes nothing, and hides none of the 1,000 good ones', async () => {
    const samples = [1.5, -2, 3e-3, 400];
    const valid = Buffer.from(
      `# logger\ntime;value\n${samples.map((value, i) => `${i};${String(value).replace('.', ',')}`).join('\r\n')}\n`,
    );
    expect(await flood(valid, 'text/csv', samples.map(Math.fround))).toEqual({
      whole: RUNS / VALID_EVERY,
      crashes: [],
    });
  }, 60_000);
});
