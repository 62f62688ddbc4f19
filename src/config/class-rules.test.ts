import { describe, expect, it } from 'vitest';
import { loadText } from './cases/load-text.ts';
import { problemsOf } from './cases/mutate.ts';
import { formatProblem } from './problems.ts';

const HEAD = `plant: test
adapters:
  push: { kind: http }
assets:
  pump-1: { class: pump, tags: { vibration: { unit: mm/s, from: push }, speed: { unit: /min, from: push } } }
  pump-2: { class: pump, tags: { vibration: { unit: mm/s, from: push }, speed: { unit: /min, from: push } } }
  pump-3: { class: pump, tags: { speed: { unit: /min, from: push } } }
  pump-4: { class: pump, tags: { flow: { unit: l/min, from: push }, state: { type: text, from: push } } }
  pump-5: { class: pump, tags: { state: { from: push } } }
  fan-1: { class: fan, tags: { vibration: { unit: mm/s, from: push }, speed: { unit: /min, from: push } } }
rules:
`;

function rulesOf(rules: string) {
  const loaded = loadText(HEAD + rules);
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join('\n'));
  return loaded.plant.rules;
}

const problems = (rules: string) =>
  problemsOf(HEAD + rules).map((problem) => formatProblem(problem).replace(/^plant\.yaml:/, ''));

describe('a rule on a class', () => {
  it('is one rule for every asset of the class that has the tag, each with an id of its own', () => {
    const rules = rulesOf('  high: { on: class:pump.vibration, detect: limit, with: { high: 4.5 }, onDelay: 30s }\n');
    expect(rules.map(({ id, on }) => [id, ...on])).toEqual([
      ['high-pump-1', 'pump-1.vibration'],
      ['high-pump-2', 'pump-2.vibration'],
    ]);
    expect(rules[1]).toMatchObject({ detect: 'limit', with: { high: 4.5 }, onDelayMs: 30_000 });
  });

  it('asks about the same asset in its conditions, and about other tags as they are written', () => {
    const condition = `tag("class:pump.speed") > 100.0 && tag('class:pump.vibration') < tag("fan-1.speed")`;
    const [rule] = rulesOf(`  high:
    on: class:pump.vibration
    detect: expression
    with: { alarm: 'tag("class:pump.vibration") > 4.5' }
    when: ${condition}
`);
    expect(rule).toMatchObject({
      with: { alarm: 'tag("pump-1.vibration") > 4.5' },
      when: `tag("pump-1.speed") > 100.0 && tag('pump-1.vibration') < tag("fan-1.speed")`,
    });
  });

  it('with several tags is for the assets that have them all, each with its own', () => {
    const rules = rulesOf('  odd: { on: [class:pump.vibration, class:pump.speed, fan-1.speed], detect: auto }\n');
    expect(rules.map(({ on }) => on)).toEqual([
      ['pump-1.vibration', 'pump-1.speed', 'fan-1.speed'],
      ['pump-2.vibration', 'pump-2.speed', 'fan-1.speed'],
    ]);
  });

  it('is given no tag that one of its assets is judged by, however it is written', () => {
    const both = (given: string) =>
      problems(`  odd: { on: [class:pump.vibration, class:pump.speed], given: [${given}], detect: auto }\n`);
    const refused = expect.stringContaining('rules.odd is on pump-2.speed and given it as well');
    expect(both('pump-2.speed')).toEqual([refused]);
    expect(both('fan-1.speed, pump-2.speed')).toEqual([refused]);
    expect(both('pump-3.speed')).toEqual([]);
  });

  it('gives way to a rule of the same id on a tag of the asset, wherever that stands', () => {
    const own = '  high-pump-2: { on: pump-2.vibration, detect: limit, with: { high: 11 } }\n';
    const all = '  high: { on: class:pump.vibration, detect: limit, with: { high: 4.5 } }\n';
    for (const text of [own + all, all + own]) {
      const highs = new Map(rulesOf(text).map(({ id, with: settings }) => [id, settings['high']]));
      expect([...highs].sort()).toEqual([
        ['high-pump-1', 4.5],
        ['high-pump-2', 11],
      ]);
    }
  });

  it('does not ask the tags of an asset with a rule of its own for its condition', () => {
    const all = `  idle: { on: class:pump.speed, detect: stale, when: 'tag("class:pump.vibration") > 1.0' }\n`;
    expect(problems(all)).toEqual([
      expect.stringContaining('when in rules.idle: pump-3 of class pump has no tag for "class:pump.vibration"'),
    ]);
    expect(rulesOf(`${all}  idle-pump-3: { on: pump-3.speed, detect: stale }\n`)).toHaveLength(3);
  });

  it.each<[what: string, rules: string, message: RegExp]>([
    [
      'a class there is not',
      '  high: { on: class:pumps.vibration, detect: stale }\n',
      /^12:15.*no asset of class "pumps" has a tag "vibration" in rules\.high; did you mean "class:pump\.vibration"\?$/,
    ],
    [
      'a tag that none of them has',
      '  high: { on: [class:pump.vibation], detect: stale }\n',
      /^12:16.*no asset of class "pump" has a tag "vibation" in rules\.high; did you mean "class:pump\.vibration"\?$/,
    ],
    [
      'a tag that is like none',
      '  high: { on: class:pump.oil-level, detect: stale }\n',
      /no asset of class "pump" has a tag "oil-level" in rules\.high: it has (?=.*vibration)(?=.*speed)[a-z, -]+$/,
    ],
    [
      'a class that is like none',
      '  high: { on: class:extruder.vibration, detect: stale }\n',
      /has a tag "vibration" in rules\.high: there are the classes (?=.*pump)(?=.*fan)[a-z, -]+$/,
    ],
    [
      'a class there is not, in the condition of a rule on a tag',
      `  high: { on: pump-1.speed, detect: stale, when: 'tag("class:pumps.speed") > 1.0' }\n`,
      /did you mean "class:pump\.speed"\?$/,
    ],
    [
      'tags that none of them has together',
      '  high: { on: [class:pump.flow, class:pump.speed], detect: stale }\n',
      /^12:33.*no asset of class "pump" has a tag "speed" besides what else rules\.high is on/,
    ],
    [
      'two classes',
      '  high: { on: [class:pump.speed, class:fan.speed], detect: stale }\n',
      /^12:34.*rules\.high is on two classes, pump and fan: write a rule for each$/,
    ],
    [
      'a class without a tag',
      '  high: { on: "class:pump", detect: stale }\n',
      /^12:15.*unknown tag "class:pump" in rules\.high/,
    ],
    [
      'a wrong tag in a condition',
      `  high: { on: class:pump.vibration, detect: stale, when: 'tag("class:pump.sped") > 1.0' }\n`,
      /^12:63.*unknown tag "class:pump\.sped"; did you mean "class:pump\.speed"\?$/,
    ],
    [
      'a class in the condition of a rule that is on none',
      `  high: { on: pump-1.vibration, detect: stale, when: 'tag("class:pump.speed") > 1.0' }\n`,
      /^12:59.*unknown tag "class:pump\.speed"/,
    ],
    [
      'an id that a rule on another asset has',
      '  high: { on: class:pump.vibration, detect: stale }\n  high-pump-2: { on: fan-1.speed, detect: stale }\n',
      /^12:3.*rules\.high gives pump-2 a rule high-pump-2, and rules\.high-pump-2 has that id already and is not on pump-2/,
    ],
    [
      'a tag that holds texts',
      '  odd: { on: [class:pump.state], detect: stale }\n',
      /^12:15.*rules\.odd is on class:pump\.state, which holds texts at pump-4: rules judge numbers$/,
    ],
    [
      'settings that a tag of the class cannot be judged with',
      '  wild: { on: class:fan.vibration, detect: range }\n',
      /^12:3.*with in rules\.wild: needs low or high, because fan-1\.vibration has no range$/,
    ],
  ])('is told what is wrong: %s', (_what, rules, message) => {
    expect(problems(rules)).toEqual([expect.stringMatching(message)]);
  });
});
