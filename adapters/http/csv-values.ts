import { setImmediate } from 'node:timers/promises';
import { sayCount } from '../../src/model/count-words.ts';
import { ApiError } from '../../src/model/errors.ts';
import { MAX_SAMPLES } from '../../src/model/waveform.ts';
import { MAX_LINE_LENGTH } from './line-cutter.ts';

/** What is read in one turn of the event loop: a few milliseconds. */
const CHARS_A_TURN = 64 * 1_024;
const MAX_COLUMNS = 4_096;

/** Rows of numbers, as they stand in the file. */
export interface CsvTable {
  /** Names of the columns, where the first line is no numbers. */
  readonly header: readonly string[] | null;
  readonly columns: number;
  readonly rows: number;
  /** Row by row, `rows * columns` numbers. */
  readonly values: Float64Array;
}

/**
 * Reads a table of numbers from CSV: separated by `,`, `;`, tab or blanks, with a header line or without; with `;` and tab a
 * comma may be the decimal sign. Empty lines and lines that begin with `#` are no rows. Throws 400 with line and column of the
 * first thing that is no number. Gives others their turn while it reads.
 */
export async function readCsvTable(bytes: Buffer): Promise<CsvTable> {
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '');
  let separator: Separator | null = null;
  let header: readonly string[] | null = null;
  let columns = 0;
  let values = new Float64Array(1_024);
  let n = 0;
  let rows = 0;
  let line = 0;
  let turnEnd = CHARS_A_TURN;
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    line++;
    if (end - start > MAX_LINE_LENGTH) throw wrong(`line ${line} is longer than 64 KiB`);
    const row = text.slice(start, end).trim();
    start = end + 1;
    if (start > turnEnd) {
      turnEnd = start + CHARS_A_TURN;
      await setImmediate();
    }
    if (row === '' || row.startsWith('#')) continue;
    separator ??= separatorOf(row);
    const cells = cut(row, separator);
    if (columns === 0) {
      columns = cells.length;
      if (columns > MAX_COLUMNS) throw wrong(`line ${line} has ${columns} columns: at most ${MAX_COLUMNS}`);
      if (cells.some((cell) => Number.isNaN(numberOf(cell, separator!)))) {
        header = cells.map((cell) => cell.replace(/^"(.*)"$/, '$1'));
        continue;
      }
    }
    if (cells.length !== columns)
      throw wrong(`line ${line} has ${sayCount(cells.length, 'column')}, the first has ${columns}`);
    if (n + columns > values.length) values = longer(values, n + columns);
    for (const [i, cell] of cells.entries()) {
      const value = numberOf(cell, separator);
      if (Number.isNaN(value))
        throw wrong(`line ${line}, column ${i + 1} is no number: ${JSON.stringify(cell.slice(0, 50))}`);
      values[n++] = value;
    }
    rows++;
    if (rows > MAX_SAMPLES) throw wrong(`it has more than ${MAX_SAMPLES} rows`);
  }
  if (rows === 0) throw wrong('it has no rows of numbers');
  return { header, columns, rows, values: values.subarray(0, n) };
}

/** One column of a table; `which` is its name, or its number from 1. */
export function columnOf({ header, columns, rows, values }: CsvTable, which: string): Float32Array {
  const named = header?.indexOf(which) ?? -1;
  const index = named >= 0 ? named : /^\d+$/.test(which) ? Number(which) - 1 : -1;
  if (index < 0 || index >= columns)
    throw wrong(
      `it has no column ${JSON.stringify(which.slice(0, 50))}: ${header ? header.join(', ').slice(0, 200) : `there are ${columns}`}`,
    );
  const column = new Float32Array(rows);
  for (let row = 0; row < rows; row++) column[row] = values[row * columns + index]!;
  return column;
}

/** Uneven times are no waveform: no interval may differ from the mean by more than this part of it. */
const EVEN_WITHIN = 0.01;

/** Samples a second, by a first column of seconds. Throws 400 when the times are not even. */
export function rateOf({ columns, rows, values }: CsvTable): number {
  const seconds = (row: number) => values[row * columns]!;
  const meanS = (seconds(rows - 1) - seconds(0)) / (rows - 1);
  if (rows < 2 || !(meanS > 0) || !Number.isFinite(meanS))
    throw wrong('its first column does not count seconds upwards: give rateHz, and the column of the values');
  for (let row = 1; row < rows; row++) {
    if (Math.abs(seconds(row) - seconds(row - 1) - meanS) > EVEN_WITHIN * meanS)
      throw wrong(
        `its times are not even: row ${row + 1} comes ${seconds(row) - seconds(row - 1)} s after the one before, on average it is ${meanS} s`,
      );
  }
  // Times are written with few digits: 0.0000390625 s apart is 25,600 Hz, however they were rounded.
  const rateHz = 1 / meanS;
  const whole = Math.round(rateHz);
  return whole > 0 && Math.abs(rateHz - whole) < 1e-4 * rateHz ? whole : rateHz;
}

type Separator = ',' | ';' | '\t' | ' ';

function separatorOf(row: string): Separator {
  return ([';', '\t', ','] as const).find((each) => row.includes(each)) ?? ' ';
}

function cut(row: string, separator: Separator): string[] {
  return separator === ' ' ? row.split(/\s+/) : row.split(separator).map((cell) => cell.trim());
}

/** NaN when it is none; `Number('')` would be 0. */
function numberOf(cell: string, separator: Separator): number {
  const text = separator === ',' ? cell : cell.replace(',', '.');
  return /^[+-]?(\d|\.\d)/.test(text) && !/^[+-]?0[xob]/i.test(text) ? Number(text) : Number.NaN;
}

function longer(values: Float64Array<ArrayBuffer>, atLeast: number): Float64Array<ArrayBuffer> {
  const grown = new Float64Array(Math.max(values.length * 2, atLeast));
  grown.set(values);
  return grown;
}

function wrong(what: string): ApiError {
  return new ApiError(400, 'body_invalid', `the body is no CSV that can be read: ${what}`);
}
