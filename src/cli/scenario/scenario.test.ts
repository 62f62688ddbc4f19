import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { requirePlantUnarmed } from '../plant-from-file.ts';
import { loadScenarios } from './load.ts';
import { sayOffset, sayOutcome, sayTotal } from './report.ts';
import { runScenario } from './run.ts';

const folder = resolve(import.meta.dirname, '../../../test/scenarios');
const hall = join(folder, 'plants/hall.yaml');
const temporary = mkdtempSync(join(tmpdir(), 'millwright-scenarios-'));
afterAll(() => rmSync(temporary, { recursive: true }));

/** Writes scenarios to a file of their own. */
function fileOf(text: string): string {
  const file = join(temporary, 'own.yaml');
  writeFileSync(file, text);
  return file;
}

const refusalOf = (text: string) => {
  try {
    loadScenarios(fileOf(text), requirePlantUnarmed, hall);
  } catch (error) {
    return (error as Error).message.replaceAll(`${join(temporary, 'own.yaml')}:`, '').split('\n');
  }
  return [];
};

describe('the rules that Millwright has', () => {
  const files = readFiles();
  it.each(files)('$file: $name', ({ ready }) => {
    const outcome = runScenario(ready);
    expect(outcome.isRight, sayOutcome(outcome, 'differences')).toBe(true);
  });
});

describe('a scenario', () => {
  it('in a file that is not there is refused with its name', () => {
    const file = join(temporary, 'nowhere.yaml');
    expect(() => loadScenarios(file, requirePlantUnarmed, hall)).toThrow(
      `cannot read the scenario file ${file}: there is no such file`,
    );
  });

  it('that comes out otherwise shows what was expected, what came, and when', () => {
    const file = fileOf(`scenarios:
  - name: a wrong expectation
    for: 3m
    rules: [vibration-high]
    values:
      pump-1.vibration: [{ constant: 2 }, { from: 60s, constant: 5 }, { from: 100s, constant: 2 }]
    events: [{ at: 10s, acknowledge: vibration-high, by: Kim }]
    expect:
      alerts:
        - { at: 70s, rule: vibration-high, effect: raised, level: H }
        - { at: 110s, rule: vibration-high, effect: returned }
      states: [{ at: 100s, rule: vibration-high, is: returned }]
`);
    const outcomes = loadScenarios(file, requirePlantUnarmed, hall).map(runScenario);
    const high = 'pump-1.vibration is 5 mm/s, 0.5 mm/s above the high limit of 4.5 mm/s';
    const back = 'pump-1.vibration is 2 mm/s, back below the limit of 4.5 mm/s; it was 5 mm/s';
    expect(outcomes.map((outcome) => sayOutcome(outcome, 'differences')).join('\n')).toBe(
      [
        `FAIL  a wrong expectation  (${file}:2:5)`,
        '      - expected and did not come, + came and was not expected, = as expected',
        '    !  00:10  Kim cannot acknowledge vibration-high: there is nothing to acknowledge',
        `    =  01:10  vibration-high (pump-1.vibration)  raised H    ${high}`,
        '    !  01:40  vibration-high is unacknowledged, not returned',
        '    -  01:50  vibration-high                     returned',
        `    +  02:00  vibration-high (pump-1.vibration)  returned H  ${back}`,
        '',
        '    vibration-high (pump-1.vibration)  .......................UUUUUUUUUUUUUUUUUrrrrrrrrrrrrrrrrrrrr',
        '                                       U unacknowledged, A acknowledged, r returned; 0 to 03:00',
        '',
      ].join('\n'),
    );
    expect(sayTotal(outcomes)).toBe('one scenario, 1 failed');
  });

  it('is refused with line, column and what was probably meant', () => {
    expect(refusalOf('scenarios:\n  - name: x\n    for: 1m\n    expects: {}\n')).toEqual([
      '2:5: missing "expect" in scenarios[0]',
      '4:5: unknown key "expects" in scenarios[0]; did you mean "expect"?',
    ]);
    const text = `scenarios:
  - name: wrong
    for: 3m
    rules: [vibration-hihg]
    values:
      pump-1.vibraton: { constant: 1, ramp: [1, 2] }
      pump-1.speed: [{ from: 2s, to: 1s, constant: 1 }, { from: 3s }]
    events: [{ at: 10s, link: hall }, { at: 1s }]
    expect:
      alerts: [{ at: 7h, rule: communications, effect: raised }]
`;
    expect(refusalOf(text)).toEqual([
      '4:13: unknown rule "vibration-hihg" in scenario "wrong"; did you mean "vibration-high"?',
      '6:7: unknown tag "pump-1.vibraton" in scenario "wrong"; did you mean "pump-1.vibration"?',
      '6:24: a segment has one of constant, ramp, sine and values, not several',
      '7:22: a segment must end ("to") after it begins ("from")',
      '7:57: a segment has constant, ramp, sine or values',
      '8:14: missing "state": up or down',
      '8:31: unknown adapter "hall" in scenario "wrong"',
      '8:39: an event is either a link with its state, or acknowledge or reset with a rule',
      '10:22: it is after the end of the scenario ("for")',
    ]);
    expect(refusalOf('scenarios: 7\n')).toEqual(['1:12: scenarios must be a list, not 7']);
    expect(refusalOf('')).toEqual(['1:1: the scenario file is empty']);
  });

  it('that names a rule on a class is told what the rule is called for each asset', () => {
    const plant = join(temporary, 'class.yaml');
    const asset = '{ class: pump, tags: { vibration: { unit: mm/s, from: push } } }';
    writeFileSync(
      plant,
      `plant: x
adapters: { push: { kind: http } }
assets: { pump-7: ${asset}, pump-8: ${asset} }
rules:
  vib-high: { on: class:pump.vibration, detect: limit, with: { high: 4.5 } }
`,
    );
    const expected = '{ alerts: [{ at: 5s, rule: vib-high, effect: raised }] }';
    const file = fileOf(`scenarios: [{ name: x, for: 1m, values: {}, expect: ${expected} }]`);
    expect(() => loadScenarios(file, requirePlantUnarmed, plant)).toThrow(
      'unknown rule "vib-high" in scenario "x": a rule on a class has a name for each asset, vib-high-pump-7, vib-high-pump-8',
    );
  });

  it('that would not fit into memory is refused', () => {
    const values = '{ pump-1.speed: { every: 1ms, constant: 1 } }';
    expect(refusalOf(`scenarios: [{ name: x, for: 2h, values: ${values}, expect: {} }]`)).toEqual([
      '1:41: the scenario has more than 2,000,000 readings: make it shorter',
    ]);
  });

  it('tells the time since its start', () => {
    expect([0, 90_500, 3_600_000].map(sayOffset)).toEqual(['00:00', '01:30.500', '1:00:00']);
  });
});

function readFiles() {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort();
  return files.flatMap((file) =>
    loadScenarios(join(folder, file), requirePlantUnarmed).map((ready) => ({ file, name: ready.scenario.name, ready })),
  );
}
