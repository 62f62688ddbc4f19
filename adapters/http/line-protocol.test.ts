import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineHeads } from './line-heads.ts';
import { decodeLines } from './line-protocol.ts';

const NOW = 1_790_000_000_000;
const heads = new LineHeads({ asset: 'asset', tag: 'point', value: 'value' });
const decode = (text: string, precision: 'ns' | 'us' | 'ms' | 's' = 'ns') =>
  decodeLines(text, { heads, precision, now: NOW });
const simple = (text: string) => decode(text).readings.map(({ tag, value, text }) => [tag, text ?? value]);

describe('line protocol', () => {
  it('takes asset and signal from the tags that name them', () => {
    const { readings, problems } = decode('plant,asset=pump-1,point=temp value=21.5 1767225600123456789\n');
    expect(readings).toEqual([{ tag: 'pump-1.temp', at: 1_767_225_600_123.456, value: 21.5, quality: 'good' }]);
    expect(problems).toEqual([]);
  });

  it('takes what an unchanged Telegraf writes: host, measurement and fields', () => {
    expect(simple('cpu,cpu=cpu0,host=edge-7 usage_idle=98.5,usage_user=1i,ok=true 1767225600000000000')).toEqual([
      ['edge-7.cpu.usage_idle', 98.5],
      ['edge-7.cpu.usage_user', 1],
      ['edge-7.cpu.ok', 1],
    ]);
  });

  it('reads every unit of time, and the arrival when there is none', () => {
    expect(decode('m,asset=a value=1 1767225600123456', 'us').readings[0]!.at).toBe(1_767_225_600_123.456);
    expect(decode('m,asset=a value=1 1767225600123', 'ms').readings[0]!.at).toBe(1_767_225_600_123);
    expect(decode('m,asset=a value=1 1767225600', 's').readings[0]!.at).toBe(1_767_225_600_000);
    expect(decode('m,asset=a value=1').readings[0]!.at).toBe(NOW);
  });

  it('undoes escapes, and keeps commas, blanks and newlines in quoted texts', () => {
    expect(simple('my\\ m\\,x,asset=a f\\=1=2,note="a, b = \\"c\\" \n d",g=3 1')).toEqual([
      ['a.my m,x.f=1', 2],
      ['a.my m,x.note', 'a, b = "c" \n d'],
      ['a.my m,x.g', 3],
    ]);
  });

  it('reads what stands in quotes as a text, numbers too', () => {
    expect(simple('m,asset=a value="12",path="C:\\\\tmp\\new",empty=""')).toEqual([
      ['a.m', '12'],
      ['a.m.path', 'C:\\tmp\\new'],
      ['a.m.empty', ''],
    ]);
    expect(decode('m,asset=a value="12"').readings).toEqual([
      { tag: 'a.m', at: NOW, value: null, text: '12', quality: 'good' },
    ]);
  });

  it('reads numbers as they are written and nothing else', () => {
    const values = ['1', '-1.5', '+2', '.5', '1.', '1e3', '3i', '4u', 't', 'FALSE'].map(
      (value) => simple(`m,asset=a value=${value}`)[0]?.[1],
    );
    expect(values).toEqual([1, -1.5, 2, 0.5, 1, 1000, 3, 4, 1, 0]);
    for (const value of ['NaN', 'Infinity', '1e400', '0x10', '1_000', '1.5i', 'yes']) {
      const { readings, problems } = decode(`m,asset=a value=${value}`);
      expect({ value, readings, codes: problems.map(({ code }) => code) }).toEqual({
        value,
        readings: [],
        codes: ['not_a_number'],
      });
    }
  });

  it.each([
    ['m', 'no fields'],
    ['m value=1', 'no asset'],
    ['m,asset=a value', 'a field without value'],
    ['m,asset=a =1', 'a field without name'],
    ['m,asset=a value=1 then', 'a time that is none'],
    ['m,asset= value=1', 'an empty tag'],
    [',asset=a value=1', 'no measurement'],
    ['m,asset=a value="x"y', 'something behind a text'],
  ])('%j is refused: %s', (text) => {
    const { readings, problems } = decode(`m,asset=good value=1\n${text}\n# a comment\n\nm,asset=good value=2`);
    expect(readings.map(({ value }) => value)).toEqual([1, 2]);
    expect(problems).toMatchObject([{ line: 2, code: 'malformed' }]);
  });

  it('gives back whatever was written, and never throws for anything', () => {
    const name = fc
      .string({ unit: fc.constantFrom(...'abz09 ,=_-'), minLength: 1, maxLength: 8 })
      .filter((text) => text.trim() === text);
    const escaped = (text: string) => text.replaceAll(/([, =])/g, '\\$1');
    fc.assert(
      fc.property(
        name,
        name,
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.integer({ min: 1, max: 4e12 }),
        (signal, field, value, ms) => {
          fc.pre(field !== 'value');
          const { readings } = decode(`m,asset=a,point=${escaped(signal)} ${escaped(field)}=${value} ${ms}000000`);
          expect(readings).toEqual([{ tag: `a.${signal}.${field}`, at: ms, value: value + 0, quality: 'good' }]);
        },
      ),
    );
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'ma,= \\"\n#1i.t'), maxLength: 60 }),
        (text) => void decode(text),
      ),
      { numRuns: 3_000 },
    );
  });
});
