import { createReadStream, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Label } from '../../engine/backtest/judge.ts';
import { ConfigError } from '../../model/errors.ts';
import type { Plant } from '../../model/plant.ts';
import { parseTime } from '../../model/time.ts';
import { readCsvRows } from '../import/csv-rows.ts';

/** Most labels of one file. */
const MAX_LABELS = 5_000;
const COLUMNS = ['asset', 'tag', 'from', 'to', 'name'] as const;
type Written = Partial<Record<(typeof COLUMNS)[number], string>>;

/**
 * Reads what was really wrong, and when, from a CSV file with a header or a YAML list: `asset` or `tag`, `from`, `to`, and a
 * `name`. Throws `ConfigError('option_invalid')` that names the file and the entry.
 */
export async function readLabels(file: string, plant: Plant): Promise<Label[]> {
  let entries: Written[];
  try {
    entries = /\.ya?ml$/i.test(file) ? fromYaml(file) : await fromCsv(file);
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError('option_invalid', `cannot read the labels in ${file}: ${reason}`, { cause });
  }
  if (entries.length > MAX_LABELS)
    throw new ConfigError('option_invalid', `${file} has more than ${MAX_LABELS.toLocaleString('en')} labels`);
  return entries.map((entry, i) => labelOf(entry, plant, (what) => refuse(file, `label ${i + 1}: ${what}`)));
}

function fromYaml(file: string): Written[] {
  const list: unknown = parse(readFileSync(file, 'utf8'), { schema: 'failsafe' }); // every value stays the text it is
  if (!Array.isArray(list)) refuse(file, 'labels are a list of maps with asset or tag, from, to and name');
  return list.map((item: unknown, i) => {
    if (typeof item !== 'object' || item === null) refuse(file, `label ${i + 1}: it is no map`);
    const unknown = Object.keys(item).find((key) => !COLUMNS.some((column) => column === key));
    if (unknown !== undefined)
      refuse(file, `label ${i + 1}: unknown key "${unknown}", there are ${COLUMNS.join(', ')}`);
    return item as Written; // the failsafe schema has only texts in it; labelOf looks at each
  });
}

async function fromCsv(file: string): Promise<Written[]> {
  const entries: Written[] = [];
  let header: readonly string[] | null = null;
  for await (const { rows } of readCsvRows(createReadStream(file))) {
    for (const { line, cells } of rows) {
      if (cells === null) refuse(file, `line ${line} is too long`);
      if (header === null) header = headerOf(file, cells);
      else entries.push(Object.fromEntries(header.map((column, i) => [column, cells[i]?.trim() ?? ''])));
      if (entries.length > MAX_LABELS) return entries;
    }
  }
  return entries;
}

function headerOf(file: string, cells: readonly string[]): readonly string[] {
  const names = cells.map((cell) => cell.trim().toLowerCase());
  const unknown = names.find((name) => !COLUMNS.some((column) => column === name));
  if (unknown !== undefined) refuse(file, `unknown column "${unknown}", there are ${COLUMNS.join(', ')}`);
  return names;
}

function labelOf({ asset, tag, from, to, name }: Written, plant: Plant, refuseIt: (what: string) => never): Label {
  const tagName = tag === undefined || tag === '' ? null : tag;
  const found = plant.tags.find((each) => each.name === tagName);
  if (tagName !== null && !found) refuseIt(`there is no tag ${tagName}`);
  const assetId = found?.asset ?? asset ?? '';
  if (!plant.assets.some(({ id }) => id === assetId))
    refuseIt(assetId === '' ? 'say which asset or tag' : `there is no asset ${assetId}`);
  const [begin, end] = [parseTime(from ?? ''), parseTime(to ?? '')];
  if (begin === null) refuseIt('from is an RFC 3339 time such as 2026-03-01T06:00:00Z');
  if (end === null) refuseIt('to is an RFC 3339 time such as 2026-03-01T06:00:00Z');
  if (end <= begin) refuseIt('it ends before it begins');
  const title = name === undefined || name === '' ? (tagName ?? assetId) : name;
  return { name: title, asset: assetId, tag: tagName, from: begin, to: end, origin: 'label' };
}

function refuse(file: string, what: string): never {
  throw new ConfigError('option_invalid', `${file}: ${what}`);
}
