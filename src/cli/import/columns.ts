import { ConfigError } from '../../model/errors.ts';

/** Where the parts of a reading stand in a row, counted from 0. */
export type Columns =
  | {
      readonly layout: 'long';
      readonly time: number;
      readonly tag: number;
      readonly value: number;
      readonly quality: number | null;
      /** Columns of the first line. */
      readonly count: number;
    }
  | {
      readonly layout: 'wide';
      readonly time: number;
      readonly values: readonly { readonly column: number; readonly tag: string }[];
      /** Columns that name no tag. */
      readonly left: readonly string[];
      readonly count: number;
    };

/** What a person said about the columns. */
export interface ColumnOptions {
  readonly timeColumn: string | null;
  /** Column name → tag name (`wide`), or the file's tag names → ours (`long`). */
  readonly map: ReadonlyMap<string, string>;
  /** Asset of columns whose name has no dot. */
  readonly asset: string | null;
}

const TIME = ['time', 'timestamp', 'at', 'ts', 'datetime', 'date', 'zeit', 'zeitstempel', 'datum'];
const TAG = ['tag', 'name', 'point', 'signal', 'tagname'];
const VALUE = ['value', 'wert', 'v'];
const QUALITY = ['quality', 'status', 'q'];

/**
 * Understands a header: long (time, tag, value, perhaps quality) or wide (time, and a column for each tag). Throws
 * `option_invalid` with what is missing.
 */
export function readColumns(header: readonly string[], { timeColumn, map, asset }: ColumnOptions): Columns {
  const names = header.map((name) => name.trim());
  const find = (words: readonly string[]) => names.findIndex((name) => words.includes(name.toLowerCase()));
  const time = timeColumn === null ? find(TIME) : names.indexOf(timeColumn);
  if (time < 0) {
    const wanted = timeColumn === null ? 'time, timestamp, at or ts' : timeColumn;
    throw new ConfigError(
      'option_invalid',
      `the first line names no column ${wanted}: it has ${names.join(', ').slice(0, 200)}; say which is the time with --time-column`,
    );
  }
  const [tag, value] = [find(TAG), find(VALUE)];
  if (tag >= 0 && value >= 0) {
    const quality = find(QUALITY);
    return { layout: 'long', time, tag, value, quality: quality < 0 ? null : quality, count: names.length };
  }
  for (const name of map.keys())
    if (!names.includes(name))
      throw new ConfigError(
        'option_invalid',
        `--map names the column ${name}, and the first line has ${names.join(', ').slice(0, 200)}`,
      );
  const values: { column: number; tag: string }[] = [];
  const left: string[] = [];
  for (const [column, name] of names.entries()) {
    if (column === time) continue;
    const mapped = tagOf(name, { map, asset });
    if (mapped === null) left.push(name);
    else values.push({ column, tag: mapped });
  }
  if (values.length === 0)
    throw new ConfigError(
      'option_invalid',
      `no column is called like a tag (<asset>.<tag>): say which is which with --map column=asset.tag, or give --asset`,
    );
  return { layout: 'wide', time, values, left, count: names.length };
}

/** The tag that a name of the file means, `null` when it means none. */
export function tagOf(name: string, { map, asset }: Pick<ColumnOptions, 'map' | 'asset'>): string | null {
  const mapped = map.get(name);
  if (mapped !== undefined) return mapped;
  if (name.includes('.')) return name;
  return asset === null || name === '' ? null : `${asset}.${name}`;
}
