import { describe, expect, it } from 'vitest';
import { compileCondition, compileNumber, type Signals } from './expression.ts';

const plant = { tags: (name: string) => ['pump.temp', 'pump.speed'].includes(name) };
const signals: Signals = {
  window: ({ ask, tag, windowMs }) => (ask === 'avg' && tag === 'pump.temp' ? windowMs / 1_000 : null),
  quality: () => 'uncertain',
  sinceMs: () => 90_000,
};
const read = () => 7;

describe('an expression over windows', () => {
  it.each<[string, boolean | null]>([
    ['avg("pump.temp", 10m) == 600', true],
    ['avg("pump.temp", "10m") == 600', true],
    ['avg("pump.temp", duration("10m")) == 600.0', true],
    ['avg("pump.temp", 7d) == 604800', true],
    ['avg("pump.temp", 1.5h) == 5400', true],
    ['max("pump.temp", 10m) > 0 || true', null],
    ['quality("pump.temp") == "uncertain"', true],
    ['since("pump.temp") > 1m && since("pump.temp") < 2m', true],
    ['abs(tag("pump.temp") - 10.0) == 3', true],
    ['tag("pump.temp") > 5 && "10m" == "10m"', true],
  ])('%s is %s', (text, expected) => {
    const condition = compileCondition(text, plant);
    if (!condition.ok) throw new Error(`${condition.message} at ${condition.offset}`);
    expect(condition.evaluate(read, signals)).toBe(expected);
  });

  it.each([
    ['avg("pump.temp", 10m) > 1 && tag("pump.sped") > 1', 'unknown tag "pump.sped"', 33],
    ['avg("pump.tmp", 10m) > 1', 'unknown tag "pump.tmp"', 4],
    ['avg("pump.temp") > 1', 'avg() takes one name in quotes and a duration, such as avg("pump-1.speed", 10m)', 4],
    ['avg("pump.temp", 10) > 1', 'the window of avg() is a written duration, such as avg("pump-1.speed", 10m)', 17],
    ['avg("pump.temp", 1000000000s) > 1', 'the window of avg() must be from 1s to 31d', 17],
    ['avg("pump.temp", "10 m") > 1', 'the window of avg() is a written duration, such as avg("pump-1.speed", 10m)', 17],
    ['10m > 1m && avgg("pump.temp", 10m) > 1', 'unknown function avgg()', 12],
    ['tag("pump.temp") > 10m', '">" does not go between a number and a duration', 0],
    ['quality("pump.temp") != "god"', '"god" is no quality: there are good, uncertain, bad, missing', 24],
    ['quality("pump.temp") > 1', '">" does not go between a text and a whole number', 0],
    ['avg("pump.temp", 10m)', 'must be true or false, but this is a number', 0],
  ])('%s is refused: %s', (text, message, offset) => {
    expect(compileCondition(text, plant)).toMatchObject({ ok: false, message, offset });
  });

  it('gives the two sides of the comparison it hangs on', () => {
    const condition = compileCondition('avg("pump.temp", 10m) > tag("pump.speed") * 2.0 && true', {
      ...plant,
      sides: 'wanted',
    });
    if (!condition.ok || condition.sides === null) throw new Error('not a comparison');
    expect(condition.sides.left.evaluate(read, signals)).toBe(600);
    expect(condition.sides.right.evaluate(read, signals)).toBe(14);
    expect(condition.reads).toEqual(['pump.temp', 'pump.speed']);
  });

  it('reads a name that begins with a dot as a tag of its own asset', () => {
    const number = compileNumber('tag(".temp") * 2 + avg(".temp", 1m)', { ...plant, asset: 'pump' });
    if (!number.ok) throw new Error(number.message);
    expect(number.reads).toEqual(['pump.temp']);
    expect(number.evaluate(read, signals)).toBe(74);
    expect(compileNumber('tag(".temp")', plant)).toMatchObject({
      ok: false,
      message: 'unknown tag ".temp"',
      offset: 4,
    });
  });
});
