import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LineHeads } from './line-heads.ts';
import { decodeLines } from './line-protocol.ts';

const NAMES = { asset: 'asset', tag: 'point', value: 'value' };
const NOW = 1_790_000_000_000;

const head = fc.constantFrom('m,asset=a', 'm,asset=a,point=x', 'm,asset=b\\ c', 'cpu,host=h', 'm', 'm,asset=a\\\\');
const name = fc.constantFrom('value', 'v', 'values', 'a\\=b', 'a,b', 'a b', '', '"q"');
const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.tuple(fc.integer(), fc.nat({ max: 9_999_999 })).map(([whole, rest]) => `${whole}.${rest}`),
  fc.stringMatching(/^-?\d{1,18}\.?\d{0,6}[iu]?$/),
  fc.constantFrom(
    '1',
    '-0',
    '.5',
    '1.',
    '-.5',
    '.',
    '-',
    '+1',
    '3i',
    '4u',
    '1.5i',
    't',
    '"text"',
    '"a b"',
    '1e3',
    '',
    ' 1',
  ),
);
const time = fc.oneof(
  fc.integer({ min: 1, max: 4e12 }).map((ms) => ` ${ms}123456`),
  fc.constantFrom(
    '',
    ' ',
    ' 5',
    ' 1767225600123456789',
    '  1767225600123456789',
    ' 176722560012345678x',
    ' -1767225600123456789',
    ' 1767225600123456789 ',
  ),
);
const fields = fc.array(fc.tuple(name, number), { minLength: 1, maxLength: 3 });
const line = fc
  .tuple(head, fields, time)
  .map(([begin, pairs, end]) => `${begin} ${pairs.map((pair) => pair.join('=')).join()}${end}`);

it('reads the same with the heads of lines foreseen as without', () => {
  fc.assert(
    fc.property(fc.array(line, { maxLength: 4 }), (lines) => {
      const heads = new LineHeads(NAMES);
      const decode = (text: string, known: LineHeads) => decodeLines(text, { heads: known, precision: 'ns', now: NOW });
      const alone = lines.flatMap((text) => decode(text, new LineHeads(NAMES)).readings);
      // The second time round each head is the one that came next before.
      for (let round = 0; round < 3; round++)
        expect(lines.flatMap((text) => decode(text, heads).readings)).toEqual(alone);
      const problems = (known: LineHeads) =>
        lines.flatMap((text) => decode(text, known).problems.map(({ code, reason }) => ({ code, reason })));
      expect(problems(heads)).toEqual(lines.flatMap((text) => problemsAlone(text)));
    }),
    { numRuns: 2_000 },
  );
});

it('foresees heads for as many as it remembers, and forgets them all together', () => {
  const heads = new LineHeads(NAMES);
  for (let round = 0; round < 2; round++) {
    const text = Array.from({ length: 12_000 }, (_, i) => `m,asset=a${i} value=${i}`).join('\n');
    const { readings } = decodeLines(text, { heads, precision: 'ns', now: NOW });
    expect(readings.map(({ tag, value }) => `${tag} ${value}`)).toEqual(
      Array.from({ length: 12_000 }, (_, i) => `a${i}.m ${i}`),
    );
  }
});

function problemsAlone(text: string) {
  const { problems } = decodeLines(text, { heads: new LineHeads(NAMES), precision: 'ns', now: NOW });
  return problems.map(({ code, reason }) => ({ code, reason }));
}
