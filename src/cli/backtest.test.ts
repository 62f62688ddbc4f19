import { expect, it } from 'vitest';
import { loadText } from '../config/cases/load-text.ts';
import { requireRules } from './backtest.ts';

const PUMPS = [1, 2, 3, 4].map((n) => `  pump-${n}: { class: pump, tags: { vibration: { unit: mm/s, from: push } } }`);

function plantOf(rules: string) {
  const loaded = loadText(
    `plant: x\nadapters: { push: { kind: http } }\nassets:\n${PUMPS.join('\n')}\nrules:\n${rules}`,
  );
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join('\n'));
  return loaded.plant;
}

const CLASS = plantOf('  vib-high: { on: class:pump.vibration, detect: limit, with: { high: 4.5 } }');
const SINGLE = plantOf('  hot: { on: pump-1.vibration, detect: limit, with: { high: 9 } }');

it.each([
  ['vib-high', 'a rule on a class has a name for each asset, vib-high-pump-1, vib-high-pump-2, vib-high-pump-3, …'],
  ['vib-high-pump1', 'did you mean vib-high-pump-1?'],
  ['temperature', 'there are vib-high-pump-1, vib-high-pump-2, vib-high-pump-3, vib-high-pump-4, hot'],
])('--rule %s is refused with what to write', (id, help) => {
  expect(() => requireRules([id], [CLASS, SINGLE])).toThrow(`--rule: unknown rule "${id}": ${help}`);
});

it('--rule takes a rule of either plant', () => {
  requireRules(['hot', 'vib-high-pump-4'], [CLASS, SINGLE]);
});
