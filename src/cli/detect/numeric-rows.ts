import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { sayWhyUnread } from '../../config/files.ts';
import { ConfigError } from '../../model/errors.ts';
import type { EpochMs } from '../../model/reading.ts';
import {
  type DecimalSign,
  hasDecimalComma,
  isAmbiguous,
  type NumberStyle,
  readCellNumber,
  sayNoNumber,
} from '../import/cell-number.ts';
import { createCellTime, type ReadCellTime, readTimezone, type TimeUnit } from '../import/cell-time.ts';
import { readCsvRows } from '../import/csv-rows.ts';
import { refuseSurplus } from '../import/surplus-cells.ts';

/** The first line of a table of numbers. */
export interface TableHeader {
  readonly kind: 'header';
  /** Channels in their order; of the column of the time no word. */
  readonly channels: readonly string[];
}

/** One row: the time as it was written and understood, and a number for each channel, NaN where there is none. */
export interface TableRow {
  readonly kind: 'row';
  readonly line: number;
  readonly written: string;
  readonly at: EpochMs;
  readonly values: Float64Array;
}

/** How a table is to be read. */
export interface TableOptions {
  /** Without it the time is the first column but `idColumn`. */
  readonly timeColumn?: string;
  /** A column that is no time, wherever it stands. */
  readonly idColumn?: string;
  /** What times that are plain numbers count, from 1970 UTC. */
  readonly timeUnit?: TimeUnit;
  /** IANA zone of times that carry none; without it they are taken as UTC, of which only the distances count. */
  readonly timezone?: string;
  readonly order?: 'ascending' | 'any';
  /** The sign before the decimals; without it a number that could mean two is refused. */
  readonly decimal?: DecimalSign;
  /** Told of each cell that is neither empty nor a number, by its channel. */
  readonly onNoNumber?: (channel: number, said: { readonly line: number; readonly cell: string }) => void;
}

/**
 * Reads a CSV file (also packed with gzip, or `-` for standard input) row by row as it comes: one column is the time, the
 * others are numbers. What a row lacks at its end is missing as in an empty cell. Throws `option_invalid` for a file that
 * cannot be read, a row of more cells than the first line has, or a time that is none, or with the order `ascending` is
 * earlier than the one before, or a number that may be one of thousands.
 */
export async function* readTable(
  file: string,
  {
    timeColumn,
    idColumn,
    timeUnit = 'ms',
    timezone = 'UTC',
    order = 'ascending',
    decimal,
    onNoNumber,
  }: TableOptions = {},
): AsyncGenerator<TableHeader | TableRow> {
  const readTime = createCellTime({ unit: timeUnit, timezone: readTimezone(timezone) });
  let timeAt = -1;
  let idAt = -1;
  let columns = 0;
  let last = Number.NEGATIVE_INFINITY;
  try {
    let hasCommas = decimal === undefined && file !== '-' && (await findCommas(file));
    for await (const { rows, separator } of readCsvRows(open(file))) {
      hasCommas ||= hasDecimalComma(rows, separator); // a stream cannot be read twice: what came so far must do
      const numbers = { separator, decimal, hasCommas };
      for (const { line, cells } of rows) {
        if (cells === null) throw new ConfigError('option_invalid', `${file}:${line} is too long to be a row`);
        if (timeAt < 0) {
          timeAt = findTime(file, cells, { timeColumn, idColumn });
          idAt = idColumn === undefined ? -1 : cells.findIndex((cell) => cell.trim() === idColumn);
          if (idColumn !== undefined && idAt < 0)
            throw noColumn(file, `${idColumn} that tells the machines apart`, cells);
          columns = cells.length;
          yield { kind: 'header', channels: without(cells, timeAt) };
          continue;
        }
        const row = readRow(cells, { file, line, timeAt, idAt, columns, readTime, numbers, onNoNumber });
        if (order === 'ascending' && row.at < last)
          throw new ConfigError('option_invalid', `${file}:${line} is earlier than the row before it`);
        last = row.at;
        yield row;
      }
    }
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError('option_invalid', `cannot read ${file}: ${sayWhyUnread(error)}`, { cause: error });
  }
}

async function findCommas(file: string): Promise<boolean> {
  for await (const { rows, separator } of readCsvRows(open(file))) {
    if (separator === ',') return false;
    if (hasDecimalComma(rows, separator)) return true;
  }
  return false;
}

function open(file: string): AsyncIterable<Buffer> {
  if (file === '-') return process.stdin;
  const bytes = createReadStream(file);
  return file.endsWith('.gz') ? bytes.compose(createGunzip()) : bytes;
}

function findTime(
  file: string,
  header: readonly string[],
  { timeColumn, idColumn }: { timeColumn: string | undefined; idColumn: string | undefined },
): number {
  const at = header.findIndex((cell) =>
    timeColumn === undefined ? cell.trim() !== idColumn : cell.trim() === timeColumn,
  );
  if (at < 0) throw noColumn(file, timeColumn ?? 'of times', header);
  if (header.length < 2)
    throw new ConfigError('option_invalid', `${file} has one column; a time and a number are needed`);
  return at;
}

function noColumn(file: string, wanted: string, header: readonly string[]): ConfigError {
  const there = header.map((cell) => cell.trim()).join(', ');
  return new ConfigError('option_invalid', `${file} has no column ${wanted}: it has ${there}`);
}

function without(cells: readonly string[], left: number): string[] {
  return cells.filter((_, i) => i !== left).map((cell) => cell.trim());
}

function readRow(
  cells: readonly string[],
  {
    file,
    line,
    timeAt,
    idAt,
    columns,
    readTime,
    numbers,
    onNoNumber,
  }: {
    file: string;
    line: number;
    timeAt: number;
    /** The column whose values are each a course of time of their own; -1: there is one course. */
    idAt: number;
    columns: number;
    readTime: ReadCellTime;
    numbers: NumberStyle;
    onNoNumber: TableOptions['onNoNumber'];
  },
): TableRow {
  const refusal = refuseSurplus(cells, columns);
  if (refusal !== null) throw new ConfigError('option_invalid', `${file}:${line}: ${refusal}`);
  const time = cells[timeAt] ?? '';
  const at = readTime(time, cells[idAt] ?? '');
  if (typeof at !== 'number') throw new ConfigError('option_invalid', `${file}:${line}: ${at.wrong}`);
  const whole = Array.from({ length: columns }, (_, i) => cells[i] ?? '');
  const values = Float64Array.from(without(whole, timeAt), (written, channel) => {
    const cell = written.trim();
    const value = readCellNumber(cell, numbers);
    if (!Number.isNaN(value) || cell === '') return value;
    if (isAmbiguous(cell, numbers))
      throw new ConfigError('option_invalid', `${file}:${line}: ${sayNoNumber(cell, numbers)}`);
    onNoNumber?.(channel, { line, cell });
    return value;
  });
  return { kind: 'row', line, written: time, at, values };
}
