import { QUALITIES } from '../../model/reading.ts';
import { formatTime } from '../../model/time.ts';
import type { ReadingColumns } from '../../store/history.ts';
import type { StoredText } from '../../store/texts.ts';

/** What an export is written as. */
export type ExportFormat = 'csv' | 'ndjson';

/** What comes before the first reading. */
export function exportHead(format: ExportFormat): string {
  return format === 'csv' ? 'tag,at,value,quality\r\n' : '';
}

/** Readings of one tag as lines: CSV after RFC 4180, or one JSON object a line. */
export function exportLines(format: ExportFormat, tag: string, readings: ReadingColumns): string {
  const { at, value, quality } = readings;
  const name = format === 'csv' ? csvCell(tag) : JSON.stringify(tag);
  let lines = '';
  for (let i = 0; i < at.length; i++) {
    const time = formatTime(at[i]!);
    const number = Number.isNaN(value[i]!) ? null : value[i]!;
    const word = QUALITIES[quality[i]!] ?? 'bad';
    lines +=
      format === 'csv'
        ? `${name},${time},${number ?? ''},${word}\r\n`
        : `{"tag":${name},"at":"${time}","value":${number},"quality":"${word}"}\n`;
  }
  return lines;
}

/** Texts of one tag as lines, in the same columns: the text is the value of a CSV line, and beside a null value in JSON. */
export function exportTexts(format: ExportFormat, tag: string, texts: readonly StoredText[]): string {
  const name = format === 'csv' ? csvCell(tag) : JSON.stringify(tag);
  let lines = '';
  for (const { at, text, quality } of texts) {
    const time = formatTime(at);
    lines +=
      format === 'csv'
        ? `${name},${time},${csvCell(text)},${quality}\r\n`
        : `{"tag":${name},"at":"${time}","value":null,"quality":"${quality}","text":${JSON.stringify(text)}}\n`;
  }
  return lines;
}

/**
 * A text as a cell. One that a spreadsheet would run as a formula gets an apostrophe before it (OWASP, "CSV Injection"); numbers
 * are no texts, so a negative one stays as it is.
 */
export function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
