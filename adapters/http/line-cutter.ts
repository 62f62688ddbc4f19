import type { LineSource } from './decoded-lines.ts';

/** Longest line, in UTF-16 units. It bounds what is kept of a body between two pieces of it. */
export const MAX_LINE_LENGTH = 64 * 1024;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const NEWLINE = 0x0a;

/**
 * Cuts text that comes in pieces into lines. Keeps nothing but the line that is not whole yet. Linear in the length of the text.
 * `newlines: 'quoted'`: a newline between double quotes belongs to the line, as in line protocol.
 */
export class LineCutter implements LineSource {
  readonly #newlines: 'plain' | 'quoted';
  #text = '';
  #position = 0;
  #isLast = false;
  #isInLongLine = false;
  /** The first quote at or after `#position`, when it is known to be there or nowhere. */
  #quote = -1;
  #number = 0;

  constructor(newlines: 'plain' | 'quoted') {
    this.#newlines = newlines;
  }

  get number(): number {
    return this.#number;
  }

  /** Adds a piece. The `last` one ends its last line, with a newline or without. */
  feed(piece: string, which: 'last' | 'more'): void {
    this.#text = this.#text.slice(this.#position) + piece;
    this.#position = 0;
    this.#quote = -1;
    this.#isLast = which === 'last';
  }

  next(): string | 'too_long' | null {
    if (this.#isInLongLine && !this.#leaveLongLine()) return null;
    const start = this.#position;
    if (start >= this.#text.length || this.#isBlankEnd(start)) return null;
    const end = this.#endOfLine(start);
    if (end < 0) {
      if (this.#text.length - start <= MAX_LINE_LENGTH) return null;
      this.#isInLongLine = true;
      this.#number++;
      return 'too_long';
    }
    this.#position = end + 1;
    this.#number++;
    return end - start > MAX_LINE_LENGTH ? 'too_long' : this.#text.slice(start, end);
  }

  /** Goes behind the end of a line that is too long; false when the end has not come. */
  #leaveLongLine(): boolean {
    const newline = this.#text.indexOf('\n', this.#position);
    this.#position = newline < 0 ? this.#text.length : newline + 1;
    this.#isInLongLine = newline < 0;
    return newline >= 0;
  }

  /** Blanks behind the last newline are no line. */
  #isBlankEnd(start: number): boolean {
    return (
      this.#isLast &&
      this.#text.length - start < 100 &&
      this.#text.indexOf('\n', start) < 0 &&
      this.#text.slice(start).trim() === ''
    );
  }

  /** Where the line that begins at `start` ends; −1 when its end has not come. */
  #endOfLine(start: number): number {
    const text = this.#text;
    const newline = text.indexOf('\n', start);
    const plainEnd = newline < 0 && this.#isLast ? text.length : newline;
    if (this.#newlines === 'plain') return plainEnd;
    // Looked for once, not for each line: most texts have none, and looking goes to the end of the text.
    if (this.#quote < start) this.#quote = text.indexOf('"', start);
    if (this.#quote < 0) this.#quote = text.length;
    if (plainEnd >= 0 && this.#quote > plainEnd) return plainEnd;
    const limit = Math.min(text.length, start + MAX_LINE_LENGTH + 1);
    let isQuoted = false;
    for (let i = start; i < limit; i++) {
      const c = text.charCodeAt(i);
      if (c === BACKSLASH) i++;
      else if (c === QUOTE) isQuoted = !isQuoted;
      else if (c === NEWLINE && !isQuoted) return i;
    }
    if (limit === text.length && !isQuoted) return this.#isLast ? limit : -1;
    // A quote that is never closed harms its own line only, not all that follow.
    return limit < text.length || this.#isLast ? plainEnd : -1;
  }
}
