import { QUALITIES } from '../../src/model/reading.ts';
import { parseTime } from '../../src/model/time.ts';
import type { EpochMs, Quality, Reading } from '../adapter.ts';
import { EXACT_DIGITS, POWERS } from './exact-decimals.ts';

const SPACE = 0x20;
const QUOTE = 0x22;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const UPPER_E = 0x45;
const LOWER_E = 0x65;
const CLOSING_BRACE = 0x7d;

/** Heads that are remembered; a sender that invents them must not fill the memory. */
const REMEMBERED = 10_000;
/** Longer ones are read anew each time. */
const LONGEST_REMEMBERED = 300;

/** An item up to its time, as its sender writes it: `{"tag":"press-1.load","at":`. */
interface ItemHead {
  readonly text: string;
  readonly tag: string;
  /** The head that came after it the time before. */
  next: ItemHead | null;
}

/**
 * Reads items as nearly every sender writes them: `{"tag": …, "at": …, "value": a number}` in this order, with a quality or
 * without. What is written in any other way is left to the complete decoder; both agree on what both read. The heads that came
 * one after the other are expected to do so again, so that no text is cut out and looked up, and a tag is the same text each
 * time: that takes half the time, and makes a third of the garbage, of reading the JSON and then its items.
 */
export class PlainItems {
  readonly #known = new Map<string, ItemHead>();
  #last: ItemHead | null = null;
  /** What stood between time and value the last time. */
  #middle = ',"value":';
  #text = '';
  #position = 0;
  readonly #opening = /[ \t\n\r]*\{[ \t\n\r]*"readings"[ \t\n\r]*:[ \t\n\r]*\[[ \t\n\r]*/y;
  /** The tag: anything that needs no escape. */
  readonly #head = /\{[ \t\n\r]*"tag"[ \t\n\r]*:[ \t\n\r]*"([ !#-[\]-\uffff]*)"[ \t\n\r]*,[ \t\n\r]*"at"[ \t\n\r]*:/y;
  readonly #value = /[ \t\n\r]*,[ \t\n\r]*"value"[ \t\n\r]*:/y;
  readonly #end = /[ \t\n\r]*(?:,[ \t\n\r]*"quality"[ \t\n\r]*:[ \t\n\r]*"([a-z]+)"[ \t\n\r]*)?\}/y;
  readonly #closing = /[ \t\n\r]*\][ \t\n\r]*\}[ \t\n\r]*$/y;

  /** The readings of `{"readings": […]}`; `null` when anything in it is not as plain as that. Linear in the length of `text`. */
  readDocument(text: string): Reading[] | null {
    this.#text = text;
    this.#position = 0;
    const readings = this.#match(this.#opening) === null ? null : this.#items();
    this.#text = ''; // or the last body would stay in memory
    return readings;
  }

  /** The reading of a line that holds one item and nothing else; `null` when it is not as plain as that. */
  readLine(line: string): Reading | null {
    this.#text = line;
    this.#position = 0;
    const reading = this.#item();
    this.#text = '';
    return this.#position === line.length ? reading : null;
  }

  #items(): Reading[] | null {
    const readings: Reading[] = [];
    do {
      const reading = this.#item();
      if (reading === null) return null;
      readings.push(reading);
    } while (this.#isNext());
    return this.#match(this.#closing) === null ? null : readings;
  }

  #item(): Reading | null {
    const head = this.#foreseen() ?? this.#readHead();
    if (head === null) return null;
    this.#skipBlanks();
    const at = this.#text.charCodeAt(this.#position) === QUOTE ? this.#writtenTime() : this.#number();
    if (Number.isNaN(at) || !this.#goesToValue()) return null;
    this.#skipBlanks();
    const value = this.#number();
    if (Number.isNaN(value)) return null;
    const quality = this.#readEnd();
    return quality === null ? null : { tag: head.tag, at, value, quality };
  }

  /** The head that stands here, when it came after the last one the time before, too; goes behind it. */
  #foreseen(): ItemHead | null {
    const head = this.#last?.next ?? null;
    if (head === null || !this.#text.startsWith(head.text, this.#position)) return null;
    this.#position += head.text.length;
    this.#last = head;
    return head;
  }

  #readHead(): ItemHead | null {
    const begin = this.#position;
    const found = this.#match(this.#head);
    if (found === null) return null;
    const written = this.#text.slice(begin, this.#position);
    if (written.length > LONGEST_REMEMBERED) {
      this.#last = null; // a chain of heads that nobody counts would grow without end
      return { text: written, tag: copyOf(found[1]!), next: null };
    }
    const head = this.#known.get(written) ?? this.#remember(written, found[1]!);
    if (this.#last !== null) this.#last.next = head;
    this.#last = head;
    return head;
  }

  #remember(written: string, tag: string): ItemHead {
    const head = { text: copyOf(written), tag: copyOf(tag), next: null };
    if (this.#known.size >= REMEMBERED) {
      this.#known.clear();
      this.#last = null;
    }
    this.#known.set(head.text, head);
    return head;
  }

  /** A time in quotes; NaN when it is none. */
  #writtenTime(): EpochMs {
    const begin = this.#position + 1;
    const end = this.#text.indexOf('"', begin);
    if (end < 0) return Number.NaN;
    this.#position = end + 1;
    return parseTime(this.#text.slice(begin, end)) ?? Number.NaN;
  }

  /** Goes behind `"value":`, if that is what comes next. */
  #goesToValue(): boolean {
    if (this.#text.startsWith(this.#middle, this.#position)) {
      this.#position += this.#middle.length;
      return true;
    }
    const found = this.#match(this.#value);
    if (found !== null && found[0].length <= LONGEST_REMEMBERED) this.#middle = copyOf(found[0]);
    return found !== null;
  }

  /** A number of JSON (RFC 8259 §6) that is finite; NaN when it is none. */
  #number(): number {
    const text = this.#text;
    const begin = this.#position;
    const isNegative = text.charCodeAt(begin) === MINUS;
    const first = isNegative ? begin + 1 : begin;
    let value = 0;
    let point = -1;
    let i = first;
    let c = text.charCodeAt(i);
    for (; ; c = text.charCodeAt(++i)) {
      if (c >= ZERO && c <= ZERO + 9) value = value * 10 + (c - ZERO);
      else if (c === POINT && point < 0) point = i;
      else break;
    }
    const wholeDigits = (point < 0 ? i : point) - first;
    const fractionDigits = point < 0 ? 0 : i - point - 1;
    if (wholeDigits === 0 || point === i - 1) return Number.NaN;
    if (wholeDigits > 1 && text.charCodeAt(first) === ZERO) return Number.NaN;
    const hasExponent = c === LOWER_E || c === UPPER_E;
    if (hasExponent || wholeDigits + fractionDigits > EXACT_DIGITS) {
      this.#position = hasExponent ? this.#behindExponent(i + 1) : i;
      const read = Number(text.slice(begin, this.#position)); // NaN without digits in the exponent
      return Number.isFinite(read) ? read : Number.NaN;
    }
    this.#position = i;
    const size = fractionDigits > 0 ? value / POWERS[fractionDigits]! : value;
    return isNegative ? -size : size;
  }

  #behindExponent(begin: number): number {
    const sign = this.#text.charCodeAt(begin);
    let i = sign === PLUS || sign === MINUS ? begin + 1 : begin;
    for (let c = this.#text.charCodeAt(i); c >= ZERO && c <= ZERO + 9; c = this.#text.charCodeAt(++i));
    return i;
  }

  /** The quality of the item that ends here, good where it says none; goes behind its brace. */
  #readEnd(): Quality | null {
    if (this.#text.charCodeAt(this.#position) === CLOSING_BRACE) {
      this.#position++;
      return 'good';
    }
    const found = this.#match(this.#end);
    if (found === null) return null;
    const said = found[1] ?? 'good';
    return QUALITIES.find((quality) => quality === said) ?? null;
  }

  /** Goes behind the comma before another item; false when there is none. */
  #isNext(): boolean {
    this.#skipBlanks();
    if (this.#text.charCodeAt(this.#position) !== COMMA) return false;
    this.#position++;
    this.#skipBlanks();
    return true;
  }

  #skipBlanks(): void {
    for (let c = this.#text.charCodeAt(this.#position); isBlank(c); c = this.#text.charCodeAt(this.#position))
      this.#position++;
  }

  #match(what: RegExp): RegExpExecArray | null {
    what.lastIndex = this.#position;
    const found = what.exec(this.#text);
    if (found !== null) this.#position = what.lastIndex;
    return found;
  }
}

/** The blanks of JSON (RFC 8259 §2). */
function isBlank(c: number): boolean {
  return c <= SPACE && (c === SPACE || c === 0x0a || c === 0x0d || c === 0x09);
}

/** A slice would keep the whole body that it was cut from. */
function copyOf(text: string): string {
  return Buffer.from(text).toString();
}
