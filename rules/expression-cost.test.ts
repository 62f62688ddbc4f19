import { Environment } from '@marcbachmann/cel-js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileCondition, compileNumber } from './expression.ts';
import { TAG_FUNCTIONS } from './expression-calls.ts';
import { COMPREHENSIONS, GROWTH, MAX_STEPS, SCALAR_FUNCTIONS } from './expression-cost.ts';

const plant = { tags: (name: string) => name === 'pump.code' };

/** `cel.bind(x1, <step of x0>, cel.bind(x2, <step of x1>, …))`. */
function nest(start: string, step: (name: string) => string, times: number): string {
  const names = Array.from({ length: times }, (_, i) => `x${i}`);
  const body = `size(x${times - 1}) > 0`;
  return names.reduceRight(
    (inside, name, i) => `cel.bind(${name}, ${i === 0 ? start : step(`x${i - 1}`)}, ${inside})`,
    body,
  );
}

const POISONS: readonly (readonly [what: string, text: string])[] = [
  ['a text that doubles', nest('"abcdefgh"', (x) => `${x} + ${x}`, 20)],
  ['a list that doubles', nest('[1, 2, 3, 4]', (x) => `${x} + ${x}`, 20)],
  ['a list of lists', nest('[1]', (x) => `[${x}, ${x}]`, 20)],
  ['a type that doubles', nest('{1: 1}', (x) => `{${x}: ${x}}`, 20)],
  [
    'a text that is taken apart and put together',
    `${'"abcdefghijklmnop"'}${'.split("").join("abcdefghijklmnop")'.repeat(9)} == ""`,
  ],
  ['bytes as digits, again and again', `${'bytes('.repeat(16)}"abcdefgh")${'.hex())'.repeat(15)}.size() > 1`],
  [
    'a list times a list',
    nest('[1, 2, 3, 4, 5, 6, 7, 8].map(i, [1, 2, 3, 4, 5, 6, 7, 8])', (x) => `${x}.map(i, ${x})`, 6),
  ],
  ['a search in a long text', `"${'a'.repeat(800)}".contains("${'a'.repeat(400)}b")`],
  ['a time zone for each element', `[${'1,'.repeat(60)}1].exists(i, timestamp(i).getHours("Europe/Berlin") == 25)`],
];

describe('what an expression can take', () => {
  it.each(POISONS)('refuses %s, wherever the readings lead', (_, text) => {
    const refused = compileCondition(text, plant);
    expect(refused).toMatchObject({ ok: false, message: `can take more than ${MAX_STEPS} steps for one reading` });
  });

  it('points at the part that is too much', () => {
    const text = `tag("pump.code") > 1.0 && ${'"abcdefghijklmnop"'}${'.split("").join("abcdefghijklmnop")'.repeat(4)} == ""`;
    expect(compileCondition(text, plant)).toMatchObject({ ok: false, offset: 26 });
  });

  it.each([
    ['[1.0, 2.0, 3.0, 5.0, 8.0, 13.0].exists(n, tag("pump.code") == n)', true],
    ['int(tag("pump.code")) in [1, 2, 3, 5, 8, 13]', true],
    ['string(int(tag("pump.code"))).startsWith("1")', true],
    ['cel.bind(c, tag("pump.code"), c > 1.0 && c < 20.0 && c * c > 100.0)', true],
    ['[1, 2, 3].map(i, i * i).size() == 3', true],
    ['"a,b,c".split(",").join("-") == "a-b-c"', true],
    ['timestamp(0).getHours("Europe/Berlin") == 1', true],
    ['{"pump": 13.0, "fan": 20.0}["pump"] == tag("pump.code")', true],
  ])('takes %s', (text, expected) => {
    const compiled = compileCondition(text, plant);
    expect(compiled.ok && compiled.evaluate(() => 13)).toBe(expected);
  });

  it('knows every function that can be called', () => {
    const { functions } = new Environment().getDefinitions();
    const known = new Set([...SCALAR_FUNCTIONS, ...GROWTH.keys(), ...COMPREHENSIONS, ...TAG_FUNCTIONS, 'join', 'bind']);
    expect(functions.map(({ name }) => name).filter((name) => !known.has(name))).toEqual([]);
  });

  it('bounds the size of whatever it takes', () => {
    const text: fc.Arbitrary<string> = fc.letrec<{ text: string }>((tie) => ({
      text: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom('"ab"', '"a,b,c"', 'string(tag("pump.code"))', 'quality("pump.code")', '"İﬃ"'),
        fc.tuple(tie('text'), tie('text')).map(([a, b]) => `(${a} + ${b})`),
        fc.tuple(tie('text'), tie('text'), tie('text')).map(([a, b, c]) => `${a}.split(${b}).join(${c})`),
        tie('text').map((a) => `${a}.split("").map(c, c + c).filter(c, c != "b").join()`),
        fc.tuple(tie('text'), tie('text')).map(([a, b]) => `[${a}, ${b}, ${a}].map(c, c + ${b}).join()`),
        fc.constantFrom('hex', 'base64').chain((as) => tie('text').map((a) => `bytes(${a}).${as}()`)),
        fc.constantFrom('lowerAscii', 'upperAscii', 'trim').chain((as) => tie('text').map((a) => `${a}.${as}()`)),
        fc.tuple(tie('text'), tie('text')).map(([a, b]) => `cel.bind(v, ${a}, v + ${b} + v)`),
        fc.tuple(tie('text'), tie('text')).map(([a, b]) => `(tag("pump.code") > 0.0 ? ${a} : ${b})`),
      ),
    })).text;
    const signals = { window: () => 1, quality: () => 'uncertain' as const, sinceMs: () => 1 };
    let taken = 0;
    fc.assert(
      fc.property(text, fc.double({ noNaN: true }), (written, value) => {
        const size = compileNumber(`size(${written})`, plant);
        if (!size.ok) return;
        taken++;
        expect(size.evaluate(() => value, signals)).toBeLessThanOrEqual(MAX_STEPS);
      }),
      { numRuns: Number(process.env['EXPRESSION_RUNS'] ?? 300) },
    );
    expect(taken).toBeGreaterThan(100);
  });
});

describe('matches()', () => {
  it.each([
    ['string(int(tag("pump.code"))).matches("^1[0-9]$")', 13, true],
    ['string(int(tag("pump.code"))).matches("^1[0-9]$")', 130, false],
    ['string(int(tag("pump.code"))).matches("3")', 130, true],
    ['"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!".matches("(a+)+$")', 0, false],
    ['[1, 2].exists(i, string(i).matches("2"))', 0, true],
  ])('%s of %d is %s', (text, code, expected) => {
    const compiled = compileCondition(text, plant);
    expect(compiled.ok && compiled.evaluate(() => code)).toBe(expected);
  });

  it.each([
    ['"a".matches("(?=a)")', 12, 'the pattern of matches() is wrong: invalid or unsupported Perl syntax: `(?=`'],
    ['"a".matches("(a")', 12, 'the pattern of matches() is wrong: missing closing )'],
    ['"a".matches("(a{1000}){1000}")', 12, 'invalid repeat count'],
    ['"a".matches("(a{500}b{500}){1}c{500}")', 12, 'repeats too much'],
    [`"a".matches("${'a'.repeat(101)}")`, 12, 'longer than 100 characters'],
    ['"a".matches("a" + "b")', 12, 'matches() takes one pattern in quotes'],
    [`"${'a'.repeat(200)}".matches("a{900}b")`, 0, 'can take more than'],
    ['tag("pump.code").matches("a")', 0, 'no matching overload'],
  ])('refuses %s and says why', (text, offset, message) => {
    const refused = compileCondition(text, plant);
    expect(refused).toMatchObject({ ok: false, offset, message: expect.stringContaining(message) });
  });
});
