import { decodeText } from './decode-text.ts';

/** A line of a CSV file that is not empty; `cells` is null where the line is too long to be one. */
export interface CsvRow {
  /** From 1. */
  readonly line: number;
  readonly cells: readonly string[] | null;
}

export type Separator = ',' | ';' | '\t';

/** A row that is longer is damage: it bounds what is kept of the file. */
const MAX_ROW_LENGTH = 1024 * 1024;
const QUOTE = '"';

/**
 * Reads CSV (RFC 4180) piece by piece, with memory for one row: quoted cells, CRLF, a byte order mark; UTF-8, or UTF-16 by its mark. Without `separator` it is
 * the commonest of `,`, `;` and tab in the first line. Rows come in batches, as they come from the disk.
 */
export async function* readCsvRows(
  bytes: AsyncIterable<Buffer>,
  separator: Separator | null = null,
): AsyncGenerator<{ readonly rows: readonly CsvRow[]; readonly separator: Separator }> {
  const cutter = new RowCutter(separator);
  for await (const text of decodeText(bytes)) {
    const rows = cutter.feed(text, 'more');
    if (rows.length > 0) yield { rows, separator: cutter.separator };
  }
  const rows = cutter.feed('', 'last');
  if (rows.length > 0) yield { rows, separator: cutter.separator };
}

class RowCutter {
  #separator: Separator | null;
  #text = '';
  #line = 0;
  #hasBegun = false;
  /** The first quote of the text from a place on: most files have none, and each row would look through the rest for it. */
  #quote = { from: 0, at: -1 };
  /** The rest of a row that is too long goes by. */
  #isSkipping = false;

  constructor(separator: Separator | null) {
    this.#separator = separator;
  }

  get separator(): Separator {
    return this.#separator ?? ',';
  }

  feed(piece: string, which: 'more' | 'last'): CsvRow[] {
    let text = this.#text + piece;
    if (!this.#hasBegun && text !== '') {
      text = text.replace(/^\uFEFF/, '');
      this.#hasBegun = true;
    }
    const rows: CsvRow[] = [];
    this.#quote = { from: 0, at: -1 };
    let start = 0;
    while (start < text.length) {
      const end = this.#endOfRow(text, start, which);
      if (end < 0) break;
      const row = text.slice(start, end).replace(/\r$/, '');
      this.#take(row, rows);
      start = end + 1;
    }
    this.#text = text.slice(start);
    if (this.#text.length > MAX_ROW_LENGTH) {
      if (!this.#isSkipping) rows.push({ line: this.#line + 1, cells: null });
      this.#isSkipping = true;
      this.#text = '';
    }
    return rows;
  }

  #take(row: string, rows: CsvRow[]): void {
    const line = this.#line + 1;
    for (let i = row.indexOf('\n'); i >= 0; i = row.indexOf('\n', i + 1)) this.#line++;
    this.#line++;
    if (this.#isSkipping) {
      this.#isSkipping = false;
      return;
    }
    if (row.trim() === '' || row.startsWith('#')) return;
    this.#separator ??= commonest(row);
    rows.push({ line, cells: row.includes(QUOTE) ? cutQuoted(row, this.#separator) : row.split(this.#separator) });
  }

  /** A newline between quotes belongs to its cell; one that is never closed is cut at the newline, so that it harms its own row. */
  #endOfRow(text: string, start: number, which: 'more' | 'last'): number {
    const newline = text.indexOf('\n', start);
    const plain = newline < 0 && which === 'last' ? text.length : newline;
    if (plain < 0) return -1;
    let isOpen = false;
    let from = start;
    for (let end = plain; end >= 0; ) {
      for (let i = this.#nextQuote(text, from); i < end; i = this.#nextQuote(text, i + 1)) isOpen = !isOpen;
      if (!isOpen) return end;
      if (end === text.length) return plain;
      from = end;
      const next = text.indexOf('\n', end + 1);
      end = next < 0 && which === 'last' ? text.length : next;
    }
    return text.length - start > MAX_ROW_LENGTH ? plain : -1;
  }

  /** The first quote from a place on, or the end of all texts. */
  #nextQuote(text: string, from: number): number {
    if (from < this.#quote.from || from > this.#quote.at) {
      const found = text.indexOf(QUOTE, from);
      this.#quote = { from, at: found < 0 ? Number.POSITIVE_INFINITY : found };
    }
    return this.#quote.at;
  }
}

function commonest(row: string): Separator {
  const counts = ([';', '\t', ','] as const).map((each) => [each, row.split(each).length] as const);
  return counts.reduce((best, each) => (each[1] > best[1] ? each : best))[0];
}

function cutQuoted(row: string, separator: Separator): string[] {
  const cells: string[] = [];
  for (let i = 0; i <= row.length; ) {
    if (row[i] === QUOTE) {
      let cell = '';
      let at = i + 1;
      for (;;) {
        const end = row.indexOf(QUOTE, at);
        if (end < 0) {
          cell += row.slice(at);
          at = row.length;
          break;
        }
        cell += row.slice(at, end);
        at = end + 1;
        if (row[at] !== QUOTE) break;
        cell += QUOTE;
        at++;
      }
      cells.push(cell);
      const next = row.indexOf(separator, at);
      i = next < 0 ? row.length + 1 : next + 1;
    } else {
      const next = row.indexOf(separator, i);
      cells.push(row.slice(i, next < 0 ? row.length : next));
      i = next < 0 ? row.length + 1 : next + 1;
    }
  }
  return cells;
}
