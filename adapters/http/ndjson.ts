import type { Reading } from '../adapter.ts';
import { type DecodedLines, type LineProblem, type LineSource, TOO_LONG } from './decoded-lines.ts';
import { parseItem } from './item.ts';
import type { PlainItems } from './plain-items.ts';

/** Reads NDJSON: each line one reading `{tag, at, value, quality?, historical?}`. A bad line is reported and harms no other. */
export function decodeNdjson(source: LineSource, maxItems: number, plain: PlainItems): DecodedLines {
  const readings: Reading[] = [];
  const lines: number[] = [];
  const problems: LineProblem[] = [];
  while (readings.length + problems.length < maxItems) {
    const line = source.next();
    if (line === null) break;
    const reading = line === 'too_long' ? null : plain.readLine(line);
    if (reading !== null) {
      readings.push(reading);
      lines.push(source.number);
      continue;
    }
    const item = line === 'too_long' ? TOO_LONG : parseLine(line);
    if ('reading' in item) {
      readings.push(item.reading);
      lines.push(source.number);
    } else problems.push({ line: source.number, ...item });
  }
  return { readings, lines, problems };
}

/** Reads a JSON document's list of readings. */
export function decodeList(items: readonly unknown[]): DecodedLines {
  const readings: Reading[] = [];
  const lines: number[] = [];
  const problems: LineProblem[] = [];
  for (const [index, each] of items.entries()) {
    const item = parseItem(each);
    if ('reading' in item) {
      readings.push(item.reading);
      lines.push(index + 1);
    } else problems.push({ line: index + 1, ...item });
  }
  return { readings, lines, problems };
}

function parseLine(line: string): ReturnType<typeof parseItem> {
  // A thrown error costs ten times what a reading does, and a small packed body can hold millions of empty lines.
  if (line.length < 3 && line.trim() === '') return { code: 'malformed', reason: 'the line is no JSON: it is empty' };
  let item: unknown;
  try {
    item = JSON.parse(line);
  } catch (error) {
    const reason = error instanceof SyntaxError ? error.message : String(error);
    return { code: 'malformed', reason: `the line is no JSON: ${reason.slice(0, 100)}` };
  }
  return parseItem(item);
}
