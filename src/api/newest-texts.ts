import type { NewestReading, Reading } from '../model/reading.ts';
import { encodeCursor } from './page.ts';
import { presentReading } from './present.ts';

/**
 * Answers with newest readings as JSON text. Keeps the text of each reading until the tag has a newer one: of 10,000 tags,
 * most have not changed since the last call.
 */
export class NewestTexts {
  #rows: readonly NewestReading[] = [];
  #readings: Reading[] = [];
  #texts: string[] = [];

  /** A page of `rows`: up to `limit` with a name after `after`. `rows` are in order; another array is another set of tags. */
  page(rows: readonly NewestReading[], { after, limit }: { readonly after: string; readonly limit: number }): string {
    if (rows !== this.#rows) {
      this.#rows = rows;
      this.#readings = new Array<Reading>(rows.length);
      this.#texts = new Array<string>(rows.length);
    }
    const from = after === '' ? 0 : firstAfter(rows, after);
    const to = Math.min(rows.length, from + limit);
    for (let i = from; i < to; i++) {
      const { tag, reading } = rows[i]!;
      if (this.#readings[i] === reading) continue;
      this.#readings[i] = reading;
      this.#texts[i] = JSON.stringify({ tag, ...presentReading(reading) });
    }
    const next = to < rows.length && to > from ? encodeCursor(rows[to - 1]!.tag) : null;
    return `{"items":[${this.#texts.slice(from, to).join()}],"next":${JSON.stringify(next)}}`;
  }
}

/** Number of the first row whose name comes after `name`. Looks at log2(rows) of them. */
function firstAfter(rows: readonly NewestReading[], name: string): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle]!.tag <= name) low = middle + 1;
    else high = middle;
  }
  return low;
}
