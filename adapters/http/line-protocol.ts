import type { DiscardReason, EpochMs, Reading } from '../adapter.ts';
import { type DecodedLines, type LineProblem, type LineSource, TOO_LONG } from './decoded-lines.ts';
import { LineCutter } from './line-cutter.ts';
import { finderFor, type LineHeads, withoutEscapes } from './line-heads.ts';
import { PlainLine } from './plain-line.ts';

/** Unit of a line's time; `ns` unless the sender says otherwise. */
export type Precision = 'ns' | 'us' | 'ms' | 's';

/** How a body is to be read. */
export interface LineOptions {
  readonly heads: LineHeads;
  readonly precision: Precision;
  /** The time of lines that have none. */
  readonly now: EpochMs;
}

const COMMA = 0x2c;
const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Reads InfluxDB line protocol: `measurement,tag=value field=1.5,other=2i 1767225600000000000`.
 * A field becomes one reading; a bad line or field is reported and harms no other. Linear in the length of `text`.
 * Source: InfluxDB OSS v2 documentation, "Line protocol".
 */
export function decodeLines(text: string, options: LineOptions): DecodedLines {
  const lines = new LineCutter('quoted');
  lines.feed(text, 'last');
  return decodeSomeLines(lines, options, Number.POSITIVE_INFINITY);
}

/** The same of the lines that have come so far; stops after the line that brings readings and problems to `maxItems`. */
export function decodeSomeLines(source: LineSource, options: LineOptions, maxItems: number): DecodedLines {
  const readings: Reading[] = [];
  const lines: number[] = [];
  const problems: LineProblem[] = [];
  const complain = (code: DiscardReason, reason: string) => problems.push({ line: source.number, code, reason });
  const plain = options.precision === 'ns' ? new PlainLine() : null;
  while (readings.length + problems.length < maxItems) {
    const given = source.next();
    if (given === null) break;
    if (given === 'too_long') {
      complain(TOO_LONG.code, TOO_LONG.reason);
      continue;
    }
    const line = given.trim();
    if (line === '' || line.startsWith('#')) continue;
    if (plain === null || !decodePlain(line, plain, options, readings)) {
      const problem = decodeLine(line, options, readings, complain);
      if (problem !== null) complain('malformed', problem);
    }
    while (lines.length < readings.length) lines.push(source.number);
  }
  return { readings, lines, problems };
}

function decodePlain(line: string, plain: PlainLine, { heads, now }: LineOptions, readings: Reading[]): boolean {
  const head = heads.guess(line);
  return head !== null && plain.read(line, { start: head.text.length + 1, head, now }, readings);
}

/** Adds the readings of one line; answers why it can't be read at all, `null` when it can. */
function decodeLine(
  line: string,
  { heads, precision, now }: LineOptions,
  readings: Reading[],
  complain: (code: DiscardReason, reason: string) => void,
): string | null {
  const headEnd = finderFor(line)(line, ' ', 0);
  if (headEnd < 0) return 'a line is "measurement,tag=value field=value time"';
  const fieldsStart = skipSpaces(line, headEnd);
  const fieldsEnd = findFieldsEnd(line, fieldsStart);
  const at = readTime(line.slice(fieldsEnd).trim(), precision, now);
  if (at === null) return 'the time is a whole number';
  const head = heads.read(line.slice(0, headEnd));
  if (typeof head === 'string') return head;
  const fields = splitFields(line.slice(fieldsStart, fieldsEnd));
  if (fields === null) return 'a field is "name=value"';
  for (const { name, text } of fields) {
    const value = readNumber(text);
    const said = value === null ? readText(text) : null;
    if (said !== null) readings.push({ tag: head.tagOf(name), at, value: null, text: said, quality: 'good' });
    else if (value === null) complain('not_a_number', `field ${name} is neither a number nor a text in quotes`);
    else readings.push({ tag: head.tagOf(name), at, value, quality: 'good' });
  }
  return null;
}

/** A text of line protocol, in quotes, `\\"` and `\\\\` in it; `null` for anything else. */
function readText(text: string): string | null {
  if (text.length < 2 || text.charCodeAt(0) !== QUOTE || text.charCodeAt(text.length - 1) !== QUOTE) return null;
  return text.slice(1, -1).replace(/\\(["\\])/g, '$1');
}

/** The numbers of line protocol: `1.5`, `2i`, `3u`, and booleans as 0 and 1. `null` for text and nonsense. */
function readNumber(text: string): number | null {
  if (/^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(text)) {
    const value = Number(text);
    return Number.isFinite(value) ? value : null;
  }
  if (/^[-+]?\d+[iu]$/.test(text)) return Number(text.slice(0, -1));
  if (/^(t|T|true|True|TRUE)$/.test(text)) return 1;
  if (/^(f|F|false|False|FALSE)$/.test(text)) return 0;
  return null;
}

const PER_MS: Readonly<Record<Precision, number>> = { ns: 1e6, us: 1e3, ms: 1, s: 1e-3 };

/** Nanoseconds have more digits than a number holds, so the milliseconds are cut off as text first. */
function readTime(text: string, precision: Precision, now: EpochMs): EpochMs | null {
  if (text === '') return now;
  if (!/^-?\d{1,19}$/.test(text)) return null;
  if (precision !== 'ns' || text.length < 7) return Number(text) / PER_MS[precision];
  const micros = Math.floor(Number(text.slice(-6)) / 1_000);
  return Number(text.slice(0, -6)) + micros / 1_000;
}

function splitFields(text: string): { name: string; text: string }[] | null {
  const find = finderFor(text);
  const fields: { name: string; text: string }[] = [];
  for (let start = 0; start <= text.length; ) {
    const equals = find(text, '=', start);
    if (equals <= start || equals === text.length - 1) return null;
    const end = text.charCodeAt(equals + 1) === QUOTE ? afterQuoted(text, equals + 1) : find(text, ',', equals + 1);
    const valueEnd = end < 0 ? text.length : end;
    if (valueEnd < text.length && text.charCodeAt(valueEnd) !== COMMA) return null;
    fields.push({ name: withoutEscapes(text.slice(start, equals)), text: text.slice(equals + 1, valueEnd) });
    start = valueEnd + 1;
    if (valueEnd === text.length) break;
  }
  return fields.length > 0 ? fields : null;
}

/** Where the fields end: at a bare space outside a quoted text, or with the line. */
function findFieldsEnd(line: string, start: number): number {
  const space = line.indexOf(' ', start);
  const plainEnd = space < 0 ? line.length : space;
  // Nearly always neither a quote nor an escape stands before it.
  const quote = line.lastIndexOf('"', plainEnd);
  if (quote < start && line.lastIndexOf('\\', plainEnd) < start) return plainEnd;
  let isQuoted = false;
  for (let i = start; i < line.length; i++) {
    const c = line.charCodeAt(i);
    if (c === BACKSLASH) i++;
    else if (c === QUOTE) isQuoted = !isQuoted;
    else if (c === SPACE && !isQuoted) return i;
  }
  return line.length;
}

function afterQuoted(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === BACKSLASH) i++;
    else if (c === QUOTE) return i + 1;
  }
  return text.length;
}

function skipSpaces(text: string, start: number): number {
  let i = start;
  while (text.charCodeAt(i) === SPACE) i++;
  return i;
}
