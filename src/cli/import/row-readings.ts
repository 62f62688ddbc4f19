import type { Quality } from '../../model/reading.ts';
import { isAmbiguous, type NumberStyle, readCellNumber, sayNoNumber } from './cell-number.ts';
import type { ReadCellTime } from './cell-time.ts';
import { type ColumnOptions, type Columns, tagOf } from './columns.ts';
import type { CsvRow } from './csv-rows.ts';
import type { KnownTags } from './known-tags.ts';
import { refuseSurplus } from './surplus-cells.ts';

/** One reading of a row, ready to be sent. */
export interface RowReading {
  readonly tag: string;
  readonly at: number;
  /** A text where the tag may hold one. */
  readonly value: number | string | null;
  readonly quality: Quality;
}

/** What a row says, and what is wrong in it: a wrong cell harms no other. */
export interface RowContent {
  readonly readings: readonly RowReading[];
  readonly problems: readonly string[];
}

/** Cells that say that there is no value. */
const NOTHING: ReadonlySet<string> = new Set(['', 'null', 'nan', 'na', 'n/a', '-']);

/** Makes the function that reads a row by the columns of its file. */
export function createRowReader(
  columns: Columns,
  options: {
    readonly time: ReadCellTime;
    readonly numbers: NumberStyle;
    readonly naming: Pick<ColumnOptions, 'map' | 'asset'>;
    readonly known: KnownTags;
  },
): (row: CsvRow) => RowContent {
  const { time, numbers, naming, known } = options;
  const cellValue = (text: string, tag: string) => readValue(text, { numbers, type: known.get(tag) });
  return ({ cells }) => {
    if (cells === null) return wrong('the line is longer than 1 MiB');
    const surplus = refuseSurplus(cells, columns.count);
    if (surplus !== null) return wrong(surplus);
    const cell = (column: number) => (cells[column] ?? '').trim();
    const at = time(cell(columns.time), columns.layout === 'wide' ? '' : cell(columns.tag));
    if (typeof at !== 'number') return wrong(at.wrong);
    if (columns.layout === 'wide') return readWide(columns, at);
    const name = cell(columns.tag);
    const tag = tagOf(name, naming);
    if (tag === null)
      return wrong(`${JSON.stringify(name.slice(0, 50))} is no tag <asset>.<tag>: give --asset or --map`);
    const quality = columns.quality === null ? 'good' : qualityOf(cell(columns.quality));
    if (quality === null)
      return wrong(`quality is good, uncertain or bad, not ${JSON.stringify(cell(columns.quality!).slice(0, 50))}`);
    const text = cell(columns.value);
    if (NOTHING.has(text.toLowerCase()) && quality !== 'bad') return wrong('there is no value');
    const value = NOTHING.has(text.toLowerCase()) ? null : cellValue(text, tag);
    if (Number.isNaN(value)) return wrong(sayNoNumber(text, numbers));
    return { readings: [{ tag, at, value, quality }], problems: [] };

    function readWide({ values }: Extract<Columns, { layout: 'wide' }>, at: number): RowContent {
      const readings: RowReading[] = [];
      const problems: string[] = [];
      for (const { column, tag } of values) {
        const text = cell(column);
        if (NOTHING.has(text.toLowerCase())) continue;
        const value = cellValue(text, tag);
        if (Number.isNaN(value)) problems.push(`${tag}: ${sayNoNumber(text, numbers)}`);
        else readings.push({ tag, at, value, quality: 'good' });
      }
      return { readings, problems };
    }
  };
}

/** NaN: it is neither a number nor a text that the tag may hold. What nobody has listed holds numbers: a slip of the pen makes no text. */
function readValue(
  text: string,
  { numbers, type }: { readonly numbers: NumberStyle; readonly type: 'number' | 'text' | null | undefined },
): number | string {
  if (type === 'text') return text;
  const number = readCellNumber(text, numbers);
  return Number.isNaN(number) && type === null && !isAmbiguous(text, numbers) ? text : number;
}

function wrong(problem: string): RowContent {
  return { readings: [], problems: [problem] };
}

function qualityOf(text: string): Quality | null {
  const word = text.toLowerCase();
  if (word === '' || word === 'good') return 'good';
  return word === 'uncertain' || word === 'bad' ? word : null;
}
