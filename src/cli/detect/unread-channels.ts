import { sayCount } from '../../model/count-words.ts';

/** Counts the numbers of each channel of a table, so that one that could not be read is no channel that is well. */
export class UnreadChannels {
  readonly #file: string;
  readonly #channels: readonly string[];
  readonly #isRead: boolean[];
  readonly #first: ({ readonly line: number; readonly cell: string } | undefined)[] = [];

  constructor(file: string, channels: readonly string[]) {
    this.#file = file;
    this.#channels = channels;
    this.#isRead = channels.map(() => false);
  }

  /** Takes the values of a row. */
  row(values: Float64Array): void {
    for (let i = 0; i < values.length; i++) if (!Number.isNaN(values[i])) this.#isRead[i] = true;
  }

  /** Takes a cell that is neither empty nor a number. */
  noNumber(channel: number, said: { readonly line: number; readonly cell: string }): void {
    this.#first[channel] ??= { line: said.line, cell: said.cell.slice(0, 50) };
  }

  /** A line for each channel that had no number in the rows so far. */
  lines(rows: number): string[] {
    return this.#channels.flatMap((channel, i) => (this.#isRead[i] ? [] : [this.#say(channel, i, rows)]));
  }

  /** Whether no channel had a number. */
  isNothingRead(): boolean {
    return !this.#isRead.includes(true);
  }

  #say(channel: string, i: number, rows: number): string {
    const first = this.#first[i];
    const what = first === undefined ? 'all are empty' : `line ${first.line} has ${JSON.stringify(first.cell)}`;
    return `${this.#file}: column ${channel} has no number in the first ${sayCount(rows, 'row')}, ${what}: it is not judged`;
  }
}
