import { describe, expect, it } from 'vitest';
import { mutate, problemsOf } from './cases/mutate.ts';
import { formatProblem } from './problems.ts';

describe('wrong YAML is told where it stands:', () => {
  it.each<[what: string, part: string, replacement: string, message: string]>([
    ['a key twice', 'criticality: A', 'criticality: A\n    ‸class: pump', 'duplicate key "class" in assets.press-1'],
    [
      'an asset twice',
      'hall:      { name: Press hall }',
      'hall:      { name: Press hall }\n  ‸hall:      { name: Other }',
      'duplicate key "hall" in assets',
    ],
    ['a tab', '    parent: hall', '‸\tparent: hall', 'tabs are not allowed as indentation: write blanks'],
    [
      'a bare variable inside braces',
      'host: 10.0.4.21',
      'host: $‸{HOST}',
      `unexpected flow-map-start at node end: inside { } a variable is written in quotes, "\${NAME}"`,
    ],
    [
      'a variable that is not set',
      `\${MQTT_USER}`,
      `‸\${MQTT_USR}`,
      'the variable MQTT_USR in adapters.sensors.username is not set',
    ],
    ['a percent sign', 'unit: "%"', 'unit: ‸%', 'a text that begins with "%" must be in quotes: "%"'],
    ['an at sign', 'name: Press hall', 'name: ‸@hall', 'a text that begins with "@" must be in quotes: "@hall"'],
    [
      'a not that YAML takes for its own',
      'tag("press-1.speed") > 100.0 ',
      '‸! (tag("press-1.speed") > 100.0) ',
      `a text that begins with "!" must be in quotes: '! (tag("press-1.speed") > 100.0)'`,
    ],
    [
      'a not right before a word',
      'tag("press-1.speed") > 100.0 ',
      '!tag(‸"press-1.speed") > 100.0 ',
      `a text that begins with "!" must be in quotes: '!tag("press-1.speed") > 100.0'`,
    ],
    [
      'a text with a colon',
      'name: Stamping press 1',
      'name: ‸Press: hall 1   # ours',
      'a text with ": " in it must be in quotes: "Press: hall 1"',
    ],
    [
      'a text that goes on behind its quotes',
      'name: Stamping press 1',
      'name: "Press" ‸one',
      'text goes on behind the ": put the whole of it in quotes',
    ],
    [
      'a line too far right',
      'parent: hall',
      'parent: ‸hall\n     note: x',
      'the next line stands 1 farther right than this one: keys of the same map begin in the same column',
    ],
    [
      'a text that begins with a star',
      'name: Press hall',
      'name: ‸*hall*',
      'alias *hall* has no anchor before it: a text that begins with "*" must be in quotes',
    ],
    [
      'a line too far left',
      '    class: motor',
      '‸   class: motor',
      'this line begins in column 4, where none above it does: keys of the same map begin in the same column',
    ],
    [
      'a semicolon between entries',
      'high: 4.5, highHigh: 7.1, deadband',
      'high: ‸4.5; highHigh: 7.1, deadband',
      'inside { } and [ ] a comma stands between entries, not a semicolon',
    ],
    ['no blank behind a colon', 'detect: limit', '‸detect:limit', 'a blank is missing behind the colon: detect: limit'],
    [
      'no blank behind the first colon',
      'on: press-1.vibration                       # one tag or a list\n',
      'on:press-1.vibration  # ours\n‸',
      'a blank is missing behind the colon of the line above: on: press-1.vibration',
    ],
    ['an equals sign', 'detect: limit', '‸detect = limit', 'a key is followed by a colon: detect: limit'],
    [
      'no closing quote',
      'name: Stamping press 1',
      'name: "Stamping press 1‸',
      'a text that begins with " must end with one, too',
    ],
    [
      'a no-break space',
      '    onDelay: 30s',
      '\u00a0\u00a0\u00a0\u00a0onDelay: ‸30s',
      'a no-break space stands in the indentation: write plain blanks',
    ],
    ['an alias to nothing', 'parent: hall', 'parent: ‸*hall', 'alias *hall has no anchor before it'],
  ])('%s', (_what, part, replacement, message) => {
    const { text, line, column } = mutate(part, replacement);
    expect(problemsOf(text).map(formatProblem)).toContain(`plant.yaml:${line}:${column}: ${message}`);
  });
});

it('a name of digits is what was written, not the number that it reads as', () => {
  const text = 'plant: a\nadapters: { 1.5: {} }\nassets: { "007": { tags: { 1.10: 5 } } }\n';
  const said = problemsOf(text).map(formatProblem).join('\n');
  expect(said).toContain('1.10 in assets.007.tags must be a map of settings');
  expect(said).toContain('"1.5" cannot be a name in adapters');
});

describe('problems', () => {
  it.each([
    ['', 'plant.yaml:1:1: the plant file is empty'],
    ['# nothing\n', 'plant.yaml:1:1: the plant file is empty'],
    ['- plant\n', 'plant.yaml:1:1: a plant file is a map of settings: plant, adapters, assets, rules, …'],
    ['{}', 'plant.yaml:1:1: missing "plant" in the plant file'],
    ['plant: a\n---\nplant: b\n', 'plant.yaml:2:1: a plant file holds one document: remove the line "---"'],
    ['plant: [a\n', 'plant.yaml:2:1: the "[" above has no "]" before this line'],
    ['plant: a\n? [x]\n: 1\n', 'plant.yaml:2:3: a key must be one plain word'],
    ['plant: a\n<<: 5\n', 'plant.yaml:2:1: << takes a map, such as *name'],
    ['plant: a\n__proto__: { x: 1 }\n', 'plant.yaml:2:1: unknown key "__proto__" in the plant file'],
    [
      'plant: a\nassets: { __proto__: { x: 1 } }\n',
      'plant.yaml:2:11: "__proto__" cannot be a name in assets: names here are made of A-Z, a-z, 0-9, "_" and "-", at most 100 of them; did you mean "proto"?',
    ],
  ])('of the file as a whole are told too: %j', (text, message) => {
    expect(problemsOf(text).map(formatProblem)).toContain(message);
  });

  it('of a file that is built to exhaust its reader are told, soon', () => {
    const bomb = Array.from(
      { length: 30 },
      (_, n) =>
        `  a${n}: &a${n} [${
          n === 0
            ? '1'
            : Array(10)
                .fill(`*a${n - 1}`)
                .join(', ')
        }]`,
    );
    expect(problemsOf(`plant: a\nassets:\n${bomb.join('\n')}\n`).map(({ message }) => message)).toEqual([
      'the aliases in the plant file stand for too many values',
    ]);
    expect(problemsOf(`plant: ${'['.repeat(20_000)}`).length).toBeGreaterThan(0);
    expect(problemsOf(`plant: ${'['.repeat(500)}${']'.repeat(500)}`).length).toBeGreaterThan(0);
    expect(problemsOf('plant: &a [*a]').map(({ message }) => message)).toContain('alias *a has no anchor before it');
  });
});
