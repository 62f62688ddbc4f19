import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { find, parsePath } from './json-path.ts';

const at = (path: string, root: unknown) => find(parsePath(path)!, root);

describe('a JSON path', () => {
  it('leads through objects and lists', () => {
    const root = { a: { b: [10, { 'c d': 20 }] }, 'x.y': 30 };
    expect(at('$', root)).toBe(root);
    expect(at('$.a.b[0]', root)).toBe(10);
    expect(at("$.a.b[1]['c d']", root)).toBe(20);
    expect(at('$["x.y"]', root)).toBe(30);
    expect(at('$', 21.5)).toBe(21.5);
  });

  it('leads nowhere when something on the way is missing or of another kind', () => {
    for (const path of ['$.b', '$.a.b', '$.a[0]', '$.list.b', '$.list[2]', '$.text[0]', '$.nothing.x']) {
      expect(at(path, { a: 1, list: [1, 2], text: 'abc', nothing: null })).toBeUndefined();
    }
  });

  it('never reaches what is not in the payload', () => {
    const paths = ['$.constructor', '$.__proto__', '$.toString', '$.list.length', "$['hasOwnProperty']", '$.list.map'];
    for (const path of paths) expect(at(path, { list: [1] })).toBeUndefined();
  });

  it.each(['', 'a', '$.', '$..a', '$.a b', '$[a]', '$[-1]', "$['a", '$.a[*]', '$.a.', ' $', '$\n'])(
    'refuses %j',
    (text) => expect(parsePath(text)).toBeNull(),
  );

  it('finds every place of every document by a path written for it', () => {
    const written = (steps: readonly (string | number)[]) =>
      `$${steps.map((step) => (typeof step === 'number' ? `[${step}]` : `['${step.replace(/[\\']/g, '\\$&')}']`)).join('')}`;
    fc.assert(
      fc.property(fc.jsonValue(), (root) => {
        for (const [steps, value] of places(root)) {
          expect(parsePath(written(steps))).toEqual(steps);
          expect(at(written(steps), root)).toBe(value);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('compiles or refuses any text, and never throws', () => {
    fc.assert(
      fc.property(
        fc.string().map((tail) => `$${tail}`),
        fc.jsonValue(),
        (text, root) => {
          const path = parsePath(text);
          if (path !== null) find(path, root);
        },
      ),
    );
  });
});

function* places(
  root: unknown,
  steps: readonly (string | number)[] = [],
): Generator<[readonly (string | number)[], unknown]> {
  yield [steps, root];
  if (typeof root !== 'object' || root === null) return;
  const isList = Array.isArray(root);
  for (const [key, value] of Object.entries(root)) yield* places(value, [...steps, isList ? Number(key) : key]);
}
