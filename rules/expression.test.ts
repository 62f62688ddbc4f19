import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Condition, type ConditionProblem, compileCondition } from './expression.ts';

const known = new Set(['press-1.speed', 'press-1.load', 'press-1.motor.current']);
const plant = { tags: (name: string) => known.has(name) };

function compiled(text: string): Condition {
  const result = compileCondition(text, plant);
  if (!result.ok) throw new Error(`${result.message} at ${result.offset}`);
  return result;
}

function refused(text: string): ConditionProblem {
  const result = compileCondition(text, plant);
  if (result.ok) throw new Error(`accepted: ${text}`);
  return result;
}

const reading = (values: Readonly<Record<string, number | null>>) => (tag: string) => values[tag] ?? null;

describe('compileCondition', () => {
  it.each([
    ['tag("press-1.speed") > 100.0', 101, true],
    ['tag("press-1.speed") > 100', 101, true],
    ['tag("press-1.speed") > 100', 100, false],
    ['100 < tag("press-1.speed")', 101, true],
    ['tag("press-1.speed") == 5', 5, true],
    ['5 == tag("press-1.speed")', 5, true],
    ['tag("press-1.speed") != 5', 5, false],
    ['tag("press-1.speed") * 2 + 1 > 20 - 9', 5.1, true],
    ['2 * tag("press-1.speed") / 4 - 1 >= 1', 4, true],
    ["tag('press-1.speed') > 1.0 && !(tag('press-1.speed') > 2.0)", 1.5, true],
    ['tag("press-1.speed") > 100.0 ? true : false', 5, false],
    ['-tag("press-1.speed") < -1.5', 2, true],
    ['[1.0, 2.0].exists(n, tag("press-1.speed") == n)', 2, true],
    ['true', 0, true],
  ])('%s with %d is %s', (text, speed, expected) => {
    expect(compiled(text).evaluate(reading({ 'press-1.speed': speed }))).toBe(expected);
  });

  it('lists the tags it reads, each once, as written', () => {
    const text =
      'tag("press-1.load") > 1.0 || tag("press-1.speed") > tag("press-1.load") || tag("press-1.motor.current") > 3';
    expect(compiled(text).tags).toEqual(['press-1.load', 'press-1.speed', 'press-1.motor.current']);
  });

  it('is unknown while any of its tags has no good value', () => {
    const condition = compiled('tag("press-1.speed") > 100.0 || tag("press-1.load") > 50.0');
    expect(condition.evaluate(reading({ 'press-1.speed': 200, 'press-1.load': null }))).toBeNull();
    expect(condition.evaluate(reading({ 'press-1.speed': Number.NaN, 'press-1.load': 60 }))).toBeNull();
    expect(condition.evaluate(reading({ 'press-1.speed': 200, 'press-1.load': 10 }))).toBe(true);
  });

  it('is unknown when the values allow no answer', () => {
    const condition = compiled('10 / int(tag("press-1.speed")) > 1');
    expect(condition.evaluate(reading({ 'press-1.speed': 0 }))).toBeNull();
    expect(condition.evaluate(reading({ 'press-1.speed': 5 }))).toBe(true);
  });

  it('keeps two conditions apart', () => {
    const one = compiled('tag("press-1.speed") > 100.0');
    const other = compiled('tag("press-1.speed") > 100.0');
    expect(one.evaluate(() => 200)).toBe(true);
    expect(other.evaluate(() => 50)).toBe(false);
  });

  it.each([
    ['tag("press-1.spede") > 100.0', 4, 'unknown tag "press-1.spede"'],
    ['1 > 2 || tag("nope") > 1.0', 13, 'unknown tag "nope"'],
    ['tag("press-1.speed")', 0, 'must be true or false, but this is a number'],
    ['tag("press-1.speed") > "fast"', 0, '">" does not go between a number and a text'],
    ['speed("press-1.speed") > 1.0', 0, 'unknown function speed()'],
    ['1 > 2 || vibration > 1.0', 9, 'unknown word "vibration": a tag is written tag("asset.name")'],
    ['tag("press-1.speed") >', 22, 'ends too early'],
    ['tag("press-1.speed") > > 1', 23, 'unexpected'],
    ['tag(1) > 2.0', 4, 'tag() takes one name in quotes'],
    ['tag("press-1" + ".speed") > 2.0', 4, 'tag() takes one name in quotes'],
    ['tag() > 2.0', 0, 'tag() takes one name in quotes'],
    ['timestamp(0).getHours("Europe/Berln") > 5', 22, '"Europe/Berln" is not a time zone'],
    ['[1].all(a, [2].all(b, a < b))', 11, 'all() may not stand inside another one'],
    ['', 0, ''],
    ['"unclosed', 0, ''],
  ])('refuses %s and points at character %d', (text, offset, message) => {
    const { message: said, offset: at } = refused(text);
    expect(said).toContain(message);
    expect(at).toBe(offset);
  });

  it('names the unknown tag so that a near one can be suggested', () => {
    expect(refused('tag("press-1.spede") > 1').unknownTag).toBe('press-1.spede');
    expect(refused('tag(').unknownTag).toBeNull();
  });

  it('refuses what is too long or too deep without failing', () => {
    expect(refused(`${'('.repeat(900)}true${')'.repeat(900)}`).ok).toBe(false);
    expect(refused('true && '.repeat(1_000)).message).toContain('longer than');
    expect(refused(Array.from({ length: 300 }, () => '1>2').join('||')).ok).toBe(false);
  });
});

describe('a compiled condition, whatever it is', () => {
  const number: fc.Arbitrary<string> = fc.letrec<{ number: string }>((tie) => ({
    number: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom('tag("press-1.speed")', 'tag("press-1.load")', '0', '1', '2.5', '1e300'),
      fc
        .tuple(tie('number'), fc.constantFrom('+', '-', '*', '/'), tie('number'))
        .map((parts) => `(${parts.join(' ')})`),
      tie('number').map((inner) => `int(${inner})`),
      tie('number').map((inner) => `double(${inner})`),
    ),
  })).number;
  const value = fc.oneof(fc.double(), fc.constantFrom(0, null));

  it('answers true, false or unknown and never throws', () => {
    fc.assert(
      fc.property(number, number, value, value, (left, right, speed, load) => {
        const result = compileCondition(`${left} > ${right}`, plant);
        if (!result.ok) return;
        const answer = result.evaluate(reading({ 'press-1.speed': speed, 'press-1.load': load }));
        expect([true, false, null]).toContain(answer);
      }),
      { numRuns: 500 },
    );
  });

  it('is refused with a place inside the text when it is nonsense', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 40, unit: fc.constantFrom(...'tag("press-1.speed") >&|!?:[]{}0.1n\\\n') }),
        (text) => {
          const result = compileCondition(text, plant);
          if (result.ok) return;
          expect(result.offset).toBeGreaterThanOrEqual(0);
          expect(result.offset).toBeLessThanOrEqual(text.length);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
