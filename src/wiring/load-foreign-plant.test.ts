import { describe, expect, it } from 'vitest';
import { loadForeignPlant } from './load-foreign-plant.ts';

const head = 'plant: foreign\nadapters:\n  push: { kind: http }\n';
const tags = (count: number) => Array.from({ length: count }, (_, i) => `t${i}: { from: push }`).join(', ');
const all = (count: number) => Array.from({ length: count }, (_, i) => `p.t${i}`).join(', ');
const rules = (count: number) =>
  Array.from(
    { length: count },
    (_, i) =>
      `  r${i}: { on: ${i === 0 ? '&all ' : ''}${i === 0 ? 'LIST' : '*all'}, detect: limit, with: { high: 1 } }\n`,
  );
const plantWith = (tagCount: number, ruleCount: number) =>
  `${head}assets:\n  p: { name: P, tags: { ${tags(tagCount)} } }\nrules:\n${rules(ruleCount)
    .join('')
    .replace('LIST', `[${all(tagCount)}]`)}`;

describe('a plant file that somebody sent', () => {
  it('is read', () => {
    expect(loadForeignPlant(plantWith(10, 3))).toMatchObject({ ok: true, plant: { name: 'foreign' } });
  });

  it('is refused when its aliases stand for more values than a plant has', () => {
    const text = plantWith(500, 450);
    expect(text.length).toBeLessThan(100_000);
    expect(loadForeignPlant(text)).toMatchObject({
      ok: false,
      problems: [{ message: 'the aliases in the plant file stand for too many values' }],
    });
  });

  it('is refused when its rules are on too many tags together', () => {
    const { ok, ...rest } = loadForeignPlant(plantWith(300, 200));
    expect([ok, rest]).toMatchObject([
      false,
      { problems: [{ path: 'rules', message: expect.stringContaining('on 60000 tags together') }] },
    ]);
  });

  it('is refused when its rules are given too many', () => {
    const given = Array.from({ length: 600 }, (_, i) => {
      const list = i === 0 ? `&all [${all(100).slice('p.t0, '.length)}]` : '*all';
      return `  r${i}: { on: p.t0, given: ${list}, detect: auto }\n`;
    });
    const loaded = loadForeignPlant(`${plantWith(100, 0)}${given.join('')}`);
    expect(loaded.ok || loaded.problems).toMatchObject([
      { path: 'rules', message: expect.stringContaining('on 60000 tags together') },
    ]);
  });

  it('is told its first hundred problems', () => {
    const text = `plant: x\n${Array.from({ length: 150 }, (_, i) => `k${i}: 1\n`).join('')}`;
    const loaded = loadForeignPlant(text);
    expect(loaded.ok || loaded.problems).toHaveLength(101);
  });
});
