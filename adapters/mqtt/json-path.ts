/** The paths that are understood, for schemas: `$`, `$.a.b`, `$.a[0]`, `$['a b']`. */
export const PATH_PATTERN =
  '^\\$(?:\\.[^.\\[\\]\'"\\s{}]+|\\[\\d{1,9}\\]|\\[\'(?:[^\'\\\\]|\\\\.)*\'\\]|\\["(?:[^"\\\\]|\\\\.)*"\\])*$';

/** A compiled path: the steps from the root, a key of an object or a position in a list. */
export type Path = readonly (string | number)[];

const WHOLE = new RegExp(PATH_PATTERN, 's');
const STEP = /\.([^.[\]'"\s{}]+)|\[(\d{1,9})\]|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]/gs;

/** Compiles a written path; `null` when it is none. */
export function parsePath(text: string): Path | null {
  if (!WHOLE.test(text)) return null;
  return Array.from(text.matchAll(STEP), ([, name, position, single, double]) =>
    position === undefined ? (name ?? unquote(single ?? double ?? '')) : Number(position),
  );
}

/**
 * Finds what a path leads to in parsed JSON; `undefined` when it leads nowhere.
 * Steps through own properties only, so a payload never reaches `constructor`, `length` or a prototype.
 */
export function find(path: Path, root: unknown): unknown {
  let here: unknown = root;
  for (const step of path) {
    if (typeof here !== 'object' || here === null) return undefined;
    if (Array.isArray(here) !== (typeof step === 'number') || !Object.hasOwn(here, step)) return undefined;
    here = (here as Record<string | number, unknown>)[step]; // checked above: an own property of an object or list
  }
  return here;
}

function unquote(text: string): string {
  return text.replace(/\\(.)/gs, '$1');
}
