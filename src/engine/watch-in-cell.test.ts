import { describe, expect, it } from 'vitest';
import type { JudgedPlant } from '../model/judged-plant.ts';
import type { Rule } from '../model/plant.ts';
import { compilePlan, compileWatchesOf } from './compile.ts';
import { Engine } from './engine.ts';
import { ruleOf, tagOf } from './testbench.ts';
import { watchIn } from './watch-in-cell.ts';

const TAGS = ['a.x', 'a."{}', 'a.\\"', 'a.ü'];
const rule = (id: string, settings: Partial<Rule> = {}): Rule =>
  ruleOf({ id, on: TAGS, detect: 'limit', with: { high: 5, deadband: 0 }, ...settings });
const expression = { detect: 'expression', with: { alarm: 'tag("a.x") > 5.0' } };
const plant: JudgedPlant = {
  tags: TAGS.map((name) => tagOf(name)),
  rules: [rule('high'), rule('one', { on: ['a.ü'] }), rule('both', { ...expression, on: ['a.ü'] })],
  sources: [],
};

describe('what is known of the rules of one tag', () => {
  it.each(TAGS)('is that of the whole plan and checkpoint: %s', (tag) => {
    const plan = compilePlan(plant);
    const { cells } = new Engine(plan, 'log').snapshot();
    const saved = new Map(cells.flatMap(({ watches }) => watches.map((watch) => [watch.key, watch])));
    const rules = new Set(plant.rules.filter(({ on }) => on.includes(tag)).map(({ id }) => id));
    const expected = plan.watches.filter(({ rule, tags }) => rules.has(rule) && tags.some(({ name }) => name === tag));
    const watches = compileWatchesOf(tag, plant);
    expect(watches.map(({ key, fingerprint }) => [key, fingerprint])).toEqual(
      expected.map(({ key, fingerprint }) => [key, fingerprint]),
    );
    expect(watches.length).toBeGreaterThan(0);
    const texts = ['{"asset":"b"}', ...cells.map((cell) => JSON.stringify(cell))];
    for (const { key } of watches) expect(watchIn(texts, key)).toEqual(JSON.parse(JSON.stringify(saved.get(key))));
    expect(watchIn(texts, 'none|a.x')).toBeUndefined();
  });

  it('is found without the derived tags, which take the longest to compile', () => {
    const derived = { value: 'nonsense(', toleranceMs: 1_000 };
    const withDerived = { ...plant, tags: [...plant.tags, { ...tagOf('a.d'), derived }] };
    expect(() => compilePlan(withDerived)).toThrow();
    expect(compileWatchesOf('a.x', withDerived)).toHaveLength(1);
  });
});
