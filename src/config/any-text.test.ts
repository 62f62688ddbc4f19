import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exampleText, loadText } from './cases/load-text.ts';

/** Pieces that turn up in plant files, in the right and in the wrong places. */
const PIECE = fc.oneof(
  fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ':',
    ',',
    '"',
    "'",
    '\n',
    '  ',
    '\t',
    '#',
    '&a ',
    '*a',
    '<<: ',
    '- ',
    '---',
    '!x ',
    '|',
    '>',
  ),
  fc.constantFrom(
    'null',
    '0',
    '-1',
    '1e999',
    '.nan',
    'true',
    '{}',
    '[]',
    '__proto__',
    'constructor',
    '~',
    `\${X}`,
    `$\${X}`,
  ),
  fc.constantFrom(
    'kind',
    'modbus',
    'press-1.speed',
    'tag("',
    '7d',
    '99999y',
    'assets',
    'hall',
    '\u0000',
    '\u2028',
    '💥',
    '\r',
  ),
);

/** One change of the text: a piece put in, a stretch cut out, or a stretch copied elsewhere. */
const CHANGE = fc.oneof(
  fc.record({ what: fc.constant('insert' as const), at: fc.nat(), piece: PIECE }),
  fc.record({ what: fc.constant('cut' as const), at: fc.nat(), length: fc.nat({ max: 40 }) }),
  fc.record({ what: fc.constant('copy' as const), at: fc.nat(), from: fc.nat(), length: fc.nat({ max: 80 }) }),
);

type Change = typeof CHANGE extends fc.Arbitrary<infer T> ? T : never;

function apply(text: string, change: Change): string {
  const at = change.at % (text.length + 1);
  switch (change.what) {
    case 'insert':
      return text.slice(0, at) + change.piece + text.slice(at);
    case 'cut':
      return text.slice(0, at) + text.slice(at + change.length);
    case 'copy': {
      const from = change.from % (text.length + 1);
      return text.slice(0, at) + text.slice(from, from + change.length) + text.slice(at);
    }
  }
}

describe('any plant file', () => {
  it('is a plant or a list of problems that lie inside it, and never a crash', { timeout: 60_000 }, () => {
    const body = exampleText.slice(exampleText.indexOf('plant:'));
    fc.assert(
      fc.property(fc.array(CHANGE, { minLength: 1, maxLength: 4 }), (changes) => {
        const text = changes.reduce(apply, body);
        const lines = text.split('\n');
        const loaded = loadText(text);
        if (loaded.ok) {
          expect(loaded.plant.name).not.toBe('');
          return;
        }
        expect(loaded.problems.length).toBeGreaterThan(0);
        for (const { line, column, message } of [...loaded.problems, ...loaded.warnings]) {
          expect(message).not.toMatch(/undefined|\[object|NaN\b.*NaN/);
          expect(line).toBeLessThanOrEqual(lines.length);
          expect(column).toBeLessThanOrEqual((lines[line - 1]?.length ?? 0) + 1);
        }
      }),
      { numRuns: 400, seed: 20_260 },
    );
  });
});
