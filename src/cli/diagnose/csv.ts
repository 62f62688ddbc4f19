import { ConfigError } from '../../model/errors.ts';

/**
 * Reads one column of numbers: the named one, or the last. Cells are split at tabs, or `;`, or `,`, whichever the first line
 * has; without commas between cells there may be one in a number. A first line of words is a header.
 */
export function readCsvColumn(
  text: string,
  { file, column }: { readonly file: string; readonly column: string | undefined },
): Float64Array {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const separator = ['\t', ';', ','].find((each) => lines[0]?.includes(each)) ?? ',';
  const cellsOf = (line: string) => cellsAt(line, separator);
  const header = cellsOf(lines[0] ?? '');
  const hasHeader = header.some((cell) => cell === '' || Number.isNaN(Number(cell)));
  const index = column === undefined ? header.length - 1 : header.indexOf(column);
  if (index < 0 || (column !== undefined && !hasHeader))
    throw new ConfigError('option_invalid', `${file}: there is no column ${column}, only ${header.join(', ')}`);
  const rows = hasHeader ? lines.slice(1) : lines;
  return Float64Array.from(rows, (line, i) => {
    const cell = cellsOf(line)[index] ?? '';
    const value = cell === '' ? Number.NaN : Number(cell);
    if (Number.isFinite(value)) return value;
    const row = i + (hasHeader ? 2 : 1);
    throw new ConfigError('option_invalid', `${file}:${row}: ${JSON.stringify(cell.slice(0, 40))} is not a number`);
  });
}

function cellsAt(line: string, separator: string): readonly string[] {
  const cells = line.split(separator).map((cell) => cell.trim());
  return separator === ',' ? cells : cells.map((cell) => cell.replace(/^(-?\d+),(\d+)/, '$1.$2'));
}
