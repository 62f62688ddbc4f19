import type { CellSnapshot } from './snapshot.ts';

/** What was saved of one watch. */
export type SavedWatch = CellSnapshot['watches'][number];

/**
 * Finds what was saved of a watch in the texts of cells, as the engine writes them, and reads no more than that: a cell is
 * megabytes where an asset has thousands of tags, and the event loop must not be held for as long as these take.
 */
export function watchIn(cells: readonly string[], key: string): SavedWatch | undefined {
  const beginning = `{"key":${JSON.stringify(key)},`;
  for (const cell of cells) {
    const from = cell.indexOf(beginning);
    if (from >= 0) return JSON.parse(cell.slice(from, endOfObject(cell, from))) as SavedWatch; // written by the engine
  }
  return undefined;
}

/**
 * The same of many watches, in one pass over each cell, one after the other: whoever asks can let others have their turn between them.
 */
export function* watchesIn(cells: readonly string[], keys: ReadonlySet<string>): Generator<SavedWatch> {
  for (const cell of cells) {
    for (let from = cell.indexOf(BEGINNING); from >= 0; from = cell.indexOf(BEGINNING, from)) {
      const keyAt = from + BEGINNING.length - 1;
      const keyEnd = endOfString(cell, keyAt) + 1;
      if (!keys.has(JSON.parse(cell.slice(keyAt, keyEnd)))) {
        from = keyEnd;
        continue;
      }
      const end = endOfObject(cell, from);
      yield JSON.parse(cell.slice(from, end)) as SavedWatch; // written by the engine
      from = end;
    }
  }
}

const BEGINNING = '{"key":"';

/** Where the object ends that begins at `from` in a JSON text. */
function endOfObject(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const sign = text[at];
    if (sign === '"') at = endOfString(text, at);
    else if (sign === '{') depth++;
    else if (sign === '}' && --depth === 0) return at + 1;
  }
  return text.length;
}

/** Where the quote stands that ends the string which begins at `from`. */
function endOfString(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}
