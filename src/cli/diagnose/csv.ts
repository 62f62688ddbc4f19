import { ConfigError } from '../../model/errors.ts';
import { readCellNumber } from '../import/cell-number.ts';
import type { Separator } from '../import/csv-rows.ts';
import { refuseSurplus } from '../import/surplus-cells.ts';

const SEPARATORS: readonly Separator[] = ['\t', ';', ','];

/**
 * Reads one column of numbers: the named one, or the last. Cells are split at tabs, or `;`, or `,`, whichever the first line
 * has; without commas between cells there may be one in a number. A first line of words is a header.
 */
export function readCsvColumn(
  text: string,
  { file, column }: { readonly file: string; readonly column: string | undefined },
): Float64Array {
  const { lines, separator, header, hasHeader } = tableOf(text);
  const index = column === undefined ? header.length - 1 : header.indexOf(column);
  if (index < 0 || (column !== undefined && !hasHeader))
    throw new ConfigError('option_invalid', `${file}: there is no column ${column}, only ${header.join(', ')}`);
  const rows = hasHeader ? lines.slice(1) : lines;
  return Float64Array.from(rows, ({ line, row }) => {
    const cells = cellsOf(line, separator);
    const cell = cells[index] ?? '';
    const value = readCellNumber(cell, { separator });
    const isNumber = !Number.isNaN(value);
    const refusal =
      refuseSurplus(cells, header.length) ?? (isNumber ? null : `${JSON.stringify(cell.slice(0, 40))} is not a number`);
    if (refusal !== null) throw new ConfigError('option_invalid', `${file}:${row}: ${refusal}`);
    return value;
  });
}

/** The names of the columns; none where the first line has only numbers. */
export function csvHeader(text: string): readonly string[] {
  const { header, hasHeader } = tableOf(text);
  return hasHeader ? header : [];
}

function tableOf(text: string) {
  const lines = text
    .split(/\r?\n/)
    .map((line, i) => ({ line, row: i + 1 }))
    .filter(({ line }) => line.trim() !== '');
  const first = lines[0]?.line ?? '';
  const separator = SEPARATORS.find((each) => first.includes(each)) ?? ',';
  const header = cellsOf(first, separator);
  const hasHeader = header.some((cell) => Number.isNaN(readCellNumber(cell, { separator })));
  return { lines, separator, header, hasHeader };
}

function cellsOf(line: string, separator: Separator): string[] {
  return line.split(separator).map((cell) => cell.trim());
}
