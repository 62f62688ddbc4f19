import { describe, expect, it } from 'vitest';
import { loadText } from './cases/load-text.ts';

const BASE = `plant: test
adapters: { push: { kind: http } }
assets:
  pump-1:
    class: pump
    tags: { in: { from: push, unit: bar },
            out: { from: push, unit: bar } }
`;

const load = (derived: string) => loadText(`${BASE}derived:\n${derived}`);

function problemsOf(derived: string): string[] {
  const loaded = load(derived);
  return loaded.ok
    ? []
    : loaded.problems.map(
        ({ line, column, message, suggestion }) =>
          `${line}:${column} ${message}${suggestion === undefined ? '' : ` (${suggestion}?)`}`,
      );
}

describe('derived tags of a plant file', () => {
  it('are tags with a unit, an expression and a tolerance, and may be used like others', () => {
    const loaded = load(`  pump-1.head: { value: 'tag("pump-1.out") - tag(".in")', unit: bar, tolerance: 1m }
  pump-1.twice: { value: '2.0 * tag("pump-1.head")' }
rules:
  head-low: { on: pump-1.head, detect: limit, with: { low: 1 }, when: 'tag("pump-1.twice") > 0.0' }
`);
    expect(loaded.ok ? loaded.plant.tags.filter(({ derived }) => derived) : loaded.problems).toMatchObject([
      {
        name: 'pump-1.head',
        asset: 'pump-1',
        unit: 'bar',
        source: null,
        derived: { value: 'tag("pump-1.out") - tag(".in")', toleranceMs: 60_000 },
      },
      { name: 'pump-1.twice', unit: null, derived: { toleranceMs: 10_000 } },
    ]);
  });

  it('on a class are one for every asset of it that has what they are computed from, and no tag of that name itself', () => {
    const loaded = loadText(`plant: test
adapters: { push: { kind: http } }
assets:
  pump-1: { class: pump, tags: { in: { from: push }, out: { from: push } } }
  pump-2: { class: pump, tags: { in: { from: push }, out: { from: push } } }
  pump-3: { class: pump, tags: { in: { from: push } } }
  pump-4: { class: pump, tags: { in: { from: push }, out: { from: push }, head: { from: push } } }
  fan-1: { class: fan, tags: { in: { from: push }, out: { from: push } } }
derived:
  class:pump.twice: { value: '2.0 * tag(".head")' }
  class:pump.head: { value: 'tag(".out") - tag(".in")', unit: bar }
  pump-2.head: { value: 'tag(".out") - 1.0' }
rules:
  head-low: { on: class:pump.head, detect: limit, with: { low: 1 } }
`);
    const derived = loaded.ok ? loaded.plant.tags.filter((tag) => tag.derived) : [];
    expect(loaded.ok || loaded.problems).toBe(true);
    expect(derived.map(({ name, derived }) => `${name} = ${derived?.value}`).sort()).toEqual([
      'pump-1.head = tag(".out") - tag(".in")',
      'pump-1.twice = 2.0 * tag(".head")',
      'pump-2.head = tag(".out") - 1.0',
      'pump-2.twice = 2.0 * tag(".head")',
      'pump-4.twice = 2.0 * tag(".head")',
    ]);
    expect(loaded.ok && loaded.plant.rules.map(({ id }) => id)).toEqual([
      'head-low-pump-1',
      'head-low-pump-2',
      'head-low-pump-4',
    ]);
  });

  it.each([
    [
      'a class there is not',
      `  class:pumb.head: { value: 'tag(".out") - tag(".in")' }`,
      ['9:3 no asset is of class "pumb", for derived tag "class:pumb.head" (pump?)'],
    ],
    [
      'a tag that no asset of the class has',
      `  class:pump.head: { value: 'tag(".out") - tag(".inn")' }`,
      [
        '9:29 no asset of its class has all tags that derived tag "class:pump.head" is computed from: there is no pump-1.inn (pump-1.in?)',
      ],
    ],
    [
      'a formula on a class that is none',
      `  class:pump.head: { value: 'tag(".out") -' }`,
      [expect.stringMatching(/^9:\d+ value of derived tag "pump-1.head": /)],
    ],
    [
      'a class that hangs on itself',
      `  class:pump.head: { value: 'tag(".head") + tag(".in")' }`,
      ['9:29 derived tag "pump-1.head" is computed from itself: pump-1.head → pump-1.head'],
    ],
    [
      'a tag that is not there',
      `  pump-1.head: { value: 'tag("pump-1.out") - tag("pump-1.inn")' }`,
      ['9:50 value of derived tag "pump-1.head": unknown tag "pump-1.inn" (pump-1.in?)'],
    ],
    [
      'an asset that is not there',
      `  pump-2.head: { value: 'tag("pump-1.out") - 1.0' }`,
      ['9:3 unknown asset "pump-2" of derived tag "pump-2.head" (pump-1?)'],
    ],
    [
      'the name of a measured tag',
      `  pump-1.in: { value: 'tag("pump-1.out") - 1.0' }`,
      ['9:3 derived tag "pump-1.in" is a measured one already, under assets.pump-1.tags: name one of them otherwise'],
    ],
    [
      'what is no number',
      `  pump-1.head: { value: 'tag("pump-1.out") > 1.0' }`,
      ['9:26 value of derived tag "pump-1.head": must be a number, but this is true or false'],
    ],
    [
      'what hangs on no tag',
      `  pump-1.head: { value: '1 + 1' }`,
      ['9:25 value of derived tag "pump-1.head" asks about no tag, such as tag("pump-1.speed")'],
    ],
    [
      'what is computed from itself',
      `  pump-1.head: { value: 'tag("pump-1.head") + 1.0' }`,
      ['9:25 derived tag "pump-1.head" is computed from itself: pump-1.head → pump-1.head'],
    ],
    [
      'a circle, once',
      `  pump-1.a: { value: 'tag("pump-1.b") + 1.0' }
  pump-1.b: { value: 'tag("pump-1.in") + tag("pump-1.c")' }
  pump-1.c: { value: 'avg("pump-1.a", 10m)' }
  pump-1.d: { value: 'tag("pump-1.a")' }`,
      ['9:22 derived tag "pump-1.a" is computed from itself: pump-1.a → pump-1.b → pump-1.c → pump-1.a'],
    ],
    ['a name without an asset', `  head: { value: 'tag("pump-1.in")' }`, [expect.stringContaining('9:3')]],
    ['no value', `  pump-1.head: { unit: bar }`, [expect.stringContaining('missing "value" in derived')]],
  ])('with %s are refused', (_, derived, problems) => {
    expect(problemsOf(derived)).toEqual(problems);
  });
});
