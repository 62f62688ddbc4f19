import { describe, expect, it } from 'vitest';
import { loadText } from './cases/load-text.ts';

const BASE = `plant: test
adapters: { push: { kind: http } }
assets:
  pump-1:
    class: pump
    tags:
      in: { from: push, unit: bar }
      out: { from: push, unit: bar }
      suction: { from: push, unit: mbar }
      flow: { from: push, unit: L/min }
      drain: { from: push, unit: l/min }
      power: { from: push, unit: kW }
      warm: { from: push, unit: Cel }
      air: { from: push, unit: Cel }
      rise: { from: push, unit: K }
      odd: { from: push, unit: '{things}' }
      bare: { from: push }
derived:
`;

function warningsOf(derived: string): string[] {
  const loaded = loadText(`${BASE}  ${derived}\n`);
  expect(loaded.ok || loaded.problems).toBe(true);
  return loaded.warnings.map(({ line, column, message }) => `${line}:${column} ${message}`);
}

const clash = (at: string, name: string, units: string) =>
  `${at} value of derived tag "${name}" puts ${units} together: measure both in one unit, or convert one in the formula`;
const unlike = (at: string, declared: string, found: string) =>
  `${at} unit "${declared}" of derived tag "pump-1.x" is not that of what it is computed from, ${found}`;

describe('the units of a derived tag', () => {
  it.each([
    [
      'a difference',
      `pump-1.x: { value: 'tag(".out") - tag(".suction")' }`,
      [clash('19:37', 'pump-1.x', 'bar and mbar')],
    ],
    [
      'a sum deep inside',
      `pump-1.x: { value: '2.0 * (1.0 + abs(avg(".out", 10m) + tag(".power")))' }`,
      [clash('19:59', 'pump-1.x', 'bar and kW')],
    ],
    [
      'a comparison',
      `pump-1.x: { value: 'tag(".in") > tag(".flow") ? 1.0 : 0.0' }`,
      [clash('19:36', 'pump-1.x', 'bar and L/min')],
    ],
    [
      'a class, once',
      `class:pump.x: { value: 'tag(".out") - tag(".power")' }`,
      [clash('19:41', 'class:pump.x', 'bar and kW')],
    ],
    [
      'the unit of a difference',
      `pump-1.x: { value: 'tag(".out") - tag(".in")', unit: kW }`,
      [unlike('19:56', 'kW', 'bar')],
    ],
    ['the unit of a mean', `pump-1.x: { value: 'avg(".out", 1h)', unit: mbar }`, [unlike('19:47', 'mbar', 'bar')]],
    [
      'the unit of a negative largest value with an offset',
      `pump-1.x: { value: '-max("pump-1.flow", 1h) + 1.5', unit: bar }`,
      [unlike('19:61', 'bar', 'L/min')],
    ],
  ])('are warned of: %s', (_, derived, warnings) => {
    expect(warningsOf(derived)).toEqual(warnings);
  });

  it.each([
    `pump-1.x: { value: 'tag(".out") - tag(".in") - 1.013', unit: bar }`,
    `pump-1.x: { value: 'tag(".out") - 0.001 * tag(".suction")', unit: bar }`,
    `pump-1.x: { value: 'tag(".flow") * (tag(".out") - tag(".in")) / 600.0', unit: kW }`,
    `pump-1.x: { value: '(tag(".in") + tag(".out")) / 2.0', unit: bar }`,
    `pump-1.x: { value: 'tag(".flow") + tag(".drain")', unit: l/min }`,
    `pump-1.x: { value: 'tag(".warm") - tag(".air")', unit: K }`,
    `pump-1.x: { value: 'tag(".air") + tag(".rise")', unit: Cel }`,
    `pump-1.x: { value: 'tag(".bare") + tag(".out")', unit: kW }`,
    `pump-1.x: { value: 'rate(".out", 1h)', unit: bar/h }`,
    `pump-1.x: { value: 'sum(".flow", 1h)', unit: L }`,
    `pump-1.x: { value: 'tag(".out") - tag(".in")' }`,
  ])('are no reason for a warning: %s', (derived) => {
    expect(warningsOf(derived)).toEqual([]);
  });
});
