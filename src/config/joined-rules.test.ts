import { expect, it } from 'vitest';
import { problemsOf } from './cases/mutate.ts';

it('a rule that would learn from more tags at once than one reading has time for is refused', () => {
  const names = Array.from({ length: 101 }, (_, i) => `t${i}`);
  const plant = (count: number, learn: number) => `plant: test
adapters:
  push: { kind: http }
assets:
  press-1: { tags: { ${names.map((name) => `${name}: { unit: Cel, from: push }`).join(', ')} } }
rules:
  unusual: { on: [${names.slice(0, count).map((name) => `press-1.${name}`)}], detect: auto, with: { learn: ${learn} } }
`;
  expect(problemsOf(plant(100, 480))).toEqual([]);
  expect(problemsOf(plant(101, 480)).map(({ message }) => message)).toEqual([
    'with in rules.unusual: at most 100 tags are judged together, not 101: make a rule for each machine',
  ]);
  expect(problemsOf(plant(100, 501)).map(({ message }) => message)).toEqual([
    'with in rules.unusual: learn of 501 is too much for 100 tags: at most 500',
  ]);
});
