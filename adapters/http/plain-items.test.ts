import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Reading } from '../adapter.ts';
import { LineCutter } from './line-cutter.ts';
import { decodeList, decodeNdjson } from './ndjson.ts';
import { PlainItems } from './plain-items.ts';

const RUNS = Number(process.env['PLAIN_ITEMS_RUNS'] ?? 1_000);

const blank = fc.constantFrom('', '', '', '', ' ', '\n', '\t \r\n', '\u00a0', '\f');
const tag = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('"a.b"', '"press-1.load"', '"ä.ö 温度"') },
  fc.constantFrom(
    '""',
    '"a\\u002eb"',
    '"a\\"b"',
    '"a\tb"',
    '"a\u007fb"',
    '"\ud83d\ude00.x"',
    'null',
    '7',
    '"a.b',
    '"__proto__"',
  ),
);
const digits = fc.oneof(
  fc.double().map(String),
  fc.tuple(fc.integer(), fc.nat({ max: 9_999_999 })).map(([whole, rest]) => `${whole}.${rest}`),
  fc.stringMatching(/^-?\d{1,19}(\.\d{1,20})?([eE][+-]?\d{1,3})?$/),
  fc.constantFrom(
    '-0',
    '01',
    '-',
    '1.',
    '.5',
    '-.5',
    '+1',
    '1e',
    '1e+',
    '1.e1',
    '1..2',
    '1e1.5',
    '0x10',
    '1e999',
    'NaN',
    '',
    '12a',
  ),
);
const time = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('1795372878780', '1795372878780.125') },
  fc.constantFrom(
    '"2026-11-22T10:00:00.25Z"',
    '"2026-02-30T10:00:00Z"',
    '"2026-11-22"',
    '"2026-11-22T10:00:00\\u005a"',
    'null',
  ),
  digits,
);
const value = fc.oneof({ weight: 5, arbitrary: digits }, fc.constantFrom('null', '"on"', 'true', '[]', '{"value":1}'));
const ending = fc.oneof(
  { weight: 4, arbitrary: fc.constant('') },
  fc.constantFrom(
    ',"quality":"good"',
    ', "quality" : "uncertain"',
    ',"quality":"bad"',
    ',"quality":"worse"',
    ',"quality":null',
    ',"historical":true',
    ',"value":3',
    ',"tag":"c.d"',
    ',"more":1',
    ',',
  ),
);
const plainItem = fc.tuple(tag, time, value, ending).map(([t, a, v, e]) => `{"tag":${t},"at":${a},"value":${v}${e}}`);
const spacedItem = fc
  .tuple(tag, time, value, ending, fc.array(blank, { minLength: 11, maxLength: 11 }))
  .map(
    ([t, a, v, e, s]) =>
      `{${s[0]}"tag"${s[1]}:${s[2]}${t}${s[3]},${s[4]}"at"${s[5]}:${s[6]}${a}${s[7]},"value"${s[8]}:${s[9]}${v}${e}${s[10]}}`,
  );
const oddItem = fc.oneof(
  fc.tuple(tag, time, value).map(([t, a, v]) => `{"at":${a},"tag":${t},"value":${v}}`),
  fc.json({ maxDepth: 3 }),
  fc.constantFrom('', '{', '{}', '[]', '{"tag":"a.b"}', '{"tag":"a.b","at":1}', `${'['.repeat(500)}${']'.repeat(500)}`),
);
const goodItem = fc
  .tuple(
    fc.constantFrom('a.b', 'press-1.load', 'ä.ö 温度'),
    fc.oneof(fc.constant('1795372878780'), fc.constant('"2026-11-22T10:00:00Z"')),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((each) => JSON.stringify(each)),
    fc.constantFrom('', ',"quality":"good"', ', "quality" : "uncertain"'),
  )
  .map(([t, a, v, e]) => `{"tag":"${t}","at":${a},"value":${v}${e}}`);
const item = fc.oneof(
  { weight: 40, arbitrary: goodItem },
  { weight: 6, arbitrary: plainItem },
  { weight: 2, arbitrary: spacedItem },
  oddItem,
);
const document = fc
  .tuple(
    fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom('{"readings":[', ' {\n"readings" : [ ') },
      fc.constantFrom('\ufeff{"readings":[', '{"reading":[', '[', '{"a":1,"readings":['),
    ),
    fc.array(item, { maxLength: 4 }),
    fc.oneof({ weight: 8, arbitrary: fc.constantFrom(',', ', ', ' ,\n') }, fc.constantFrom(',,', '', '\f,')),
    fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom(']}', ' ] } \n') },
      fc.constantFrom(']', ']}x', '],"a":1}', ',]}', ']}\u0000', ']}\u00a0'),
    ),
  )
  .map(([begin, items, comma, end]) => `${begin}${items.join(comma)}${end}`);

/** What the JSON parser and the complete decoder make of a document; `null` when it is no list of readings. */
function decodeCompletely(text: string): unknown {
  try {
    const parsed = JSON.parse(text) as unknown;
    if (typeof parsed !== 'object' || parsed === null || Object.keys(parsed).join() !== 'readings') return null;
    return 'readings' in parsed && Array.isArray(parsed.readings) ? decodeList(parsed.readings) : null;
  } catch {
    return null;
  }
}

it('reads of a plain document what the complete decoder does, whatever came before it', () => {
  const plain = new PlainItems();
  let read = 0;
  fc.assert(
    fc.property(document, (text) => {
      const readings = plain.readDocument(text);
      if (readings === null) return; // left to the complete decoder
      read++;
      const lines = readings.map((_, index) => index + 1);
      expect({ readings, lines, problems: [] }).toStrictEqual(decodeCompletely(text));
    }),
    { numRuns: RUNS },
  );
  expect(read).toBeGreaterThan(RUNS / 10);
});

it('reads lines as if each were the first', () => {
  const decode = (text: string, plain: PlainItems) => {
    const lines = new LineCutter('plain');
    lines.feed(text, 'last');
    return decodeNdjson(lines, 1_000, plain);
  };
  const plain = new PlainItems();
  fc.assert(
    fc.property(fc.array(item, { maxLength: 4 }), (items) => {
      const lines = items.map((each) => each.replaceAll('\n', ' '));
      const text = lines.join('\n');
      // The second time round each head is the one that came next before.
      for (let round = 0; round < 2; round++) {
        const { readings, problems } = decode(text, plain);
        const alone = lines.map((line) => complete(line));
        expect(readings).toStrictEqual(alone.flatMap((each) => each.readings));
        const blankLines = lines.slice(0, -1).filter((line) => line.trim() === '').length; // behind the last newline none counts
        const spoiled = alone.reduce((sum, each) => sum + each.problems, 0);
        expect(problems.length).toBeGreaterThanOrEqual(spoiled);
        expect(problems.length).toBeLessThanOrEqual(spoiled + blankLines);
      }
    }),
    { numRuns: RUNS },
  );
});

it.each([
  ['{"tag":"a.b","at":1795372878780,"value":-1.25}', 'good', -1.25],
  [
    '{ "tag": "a.b", "at": 1795372878780, "value": 2.2028280641919933, "quality": "uncertain" }',
    'uncertain',
    2.2028280641919933,
  ],
  ['{"tag":"a.b","at":"2026-11-22T20:01:18.780Z","value":1e-7}', 'good', 1e-7],
])('reads %s', (line, quality, value) => {
  const plain = new PlainItems();
  expect(plain.readDocument(`{"readings":[${line},\n${line}]}`)).toHaveLength(2);
  expect(plain.readLine(line)).toMatchObject({ tag: 'a.b', quality, value });
});

it('forgets what a sender invents, all together', () => {
  const plain = new PlainItems();
  const numbers = Array.from({ length: 12_000 }, (_, i) => i);
  const read = numbers.map((i) => plain.readLine(`{"tag":"a.${i}","at":${i},"value":${i}}`));
  expect(read.map((reading) => `${reading?.tag} ${reading?.at} ${reading?.value}`)).toEqual(
    numbers.map((i) => `a.${i} ${i} ${i}`),
  );
});

it('keeps nothing of a head that is too long to be remembered', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void; // node has no types for it
  const plain = new PlainItems();
  plain.readLine('{"tag":"a.b","at":1,"value":1}');
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < 1_000; i++) {
    const line = `{${' '.repeat(40_000)}"tag":"a.b","at":${i},"value":1}`;
    expect(plain.readLine(line)?.at).toBe(i);
  }
  collect();
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(15e6); // of 40 MB that came
  expect(plain.readLine('{"tag":"a.b","at":1,"value":1}')?.tag).toBe('a.b');
});

function complete(line: string): { readonly readings: readonly Reading[]; readonly problems: number } {
  try {
    const { readings, problems } = decodeList([JSON.parse(line)]);
    return { readings, problems: problems.length };
  } catch {
    return { readings: [], problems: line.trim() === '' ? 0 : 1 };
  }
}
