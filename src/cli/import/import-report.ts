import { nearest } from '../../config/nearest.ts';
import { formatTime } from '../../model/time.ts';

const LISTED_PROBLEMS = 5;
const LISTED_TAGS = 20;
const MOST_UNKNOWN = 10_000;

/** What an import found and did: counts, and the first of what was wrong, by line. */
export class ImportReport {
  rows = 0;
  readings = 0;
  accepted = 0;
  refused = 0;
  /** Rows or cells that are no readings. */
  problems = 0;
  readonly #first: { readonly line: number; readonly reason: string }[] = [];
  readonly #found = new Set<string>();
  readonly #unknown = new Map<string, number>();
  #unknownReadings = 0;
  #from = Number.POSITIVE_INFINITY;
  #to = Number.NEGATIVE_INFINITY;

  /** Takes a reading that can be sent. */
  reading(tag: string, at: number): void {
    this.readings++;
    if (!this.#found.has(tag)) this.#found.add(detach(tag));
    this.#span(at);
  }

  /** Takes a reading of a tag that nobody knows. */
  unknown(tag: string, at: number): void {
    this.#unknownReadings++;
    const count = this.#unknown.get(tag);
    if (count !== undefined) this.#unknown.set(tag, count + 1);
    else if (this.#unknown.size < MOST_UNKNOWN) this.#unknown.set(detach(tag), 1);
    this.#span(at);
  }

  /** Takes what is wrong in a line of the file. */
  problem(line: number, reason: string): void {
    this.problems++;
    this.#list(line, reason);
  }

  /** Takes what the service refused: how many, and the lines of those it listed. */
  refusals(count: number, listed: readonly { readonly line: number; readonly reason: string }[]): void {
    this.refused += count;
    for (const { line, reason } of listed) this.#list(line, reason);
  }

  /** The tags of what can be sent, by name. */
  tags(): string[] {
    return [...this.#found].sort();
  }

  /** Why the command fails, in a sentence; `null` when nothing of the file was left out. */
  incomplete(kind: 'dry run' | 'import'): string | null {
    const left = (
      [
        [this.#unknownReadings, 'of unknown tags'],
        [this.problems, 'not understood'],
        [this.refused, 'refused by the service'],
      ] as const
    ).flatMap(([n, why]) => (n === 0 ? [] : [`${n.toLocaleString('en')} ${why}`]));
    if (left.length === 0) return null;
    const outcome = kind === 'dry run' ? 'would be left out' : 'were left out, the rest is stored';
    return `not the whole file: readings and rows ${outcome}: ${left.join(', ')} (exit code 1)`;
  }

  /** The lines for a person. `known`: for a "did you mean". */
  lines(kind: 'dry run' | 'import', known: ReadonlySet<string> | null): string[] {
    const count = (n: number, one: string) => `${n.toLocaleString('en')} ${one}${n === 1 ? '' : 's'}`;
    const lines = [
      `${count(this.rows, 'row')}, ${count(this.readings, 'reading')} of ${count(this.#found.size, 'tag')}`,
    ];
    if (this.#from <= this.#to) lines.push(`from ${formatTime(this.#from)} to ${formatTime(this.#to)}`);
    const found = this.tags();
    if (found.length > 0) lines.push(`found: ${sayList(found)}`);
    if (this.#unknown.size > 0) {
      const names = [...this.#unknown.keys()].sort().map((tag) => {
        const meant = known === null ? null : nearest(tag, known);
        return meant === null ? tag : `${tag} (did you mean ${meant}?)`;
      });
      lines.push(
        `unknown, left out with ${count(this.#unknownReadings, 'reading')}: ${sayList(names)}`,
        'list unknown tags in the plant file or --map them; --adopt sends them to a service that takes up new ones',
      );
    }
    if (this.problems > 0) lines.push(`rows or cells that were not understood: ${this.problems.toLocaleString('en')}`);
    if (kind === 'import') lines.push(`accepted: ${count(this.accepted, 'reading')}`);
    if (this.refused > 0) lines.push(`refused by the service: ${count(this.refused, 'reading')}`);
    for (const { line, reason } of this.#first) lines.push(`  line ${line}: ${reason}`);
    const more = this.problems + this.refused - this.#first.length;
    if (this.#first.length > 0 && more > 0) lines.push(`  … and ${more.toLocaleString('en')} more`);
    return lines;
  }

  #list(line: number, reason: string): void {
    if (this.#first.length < LISTED_PROBLEMS) this.#first.push({ line, reason: detach(reason) });
  }

  #span(at: number): void {
    if (at < this.#from) this.#from = at;
    if (at > this.#to) this.#to = at;
  }
}

/** A text that stands alone: a part of another, as V8 keeps it, would hold the whole piece of the file that it was cut from. */
function detach(text: string): string {
  return Buffer.from(text).toString();
}

function sayList(names: readonly string[]): string {
  const shown = names.slice(0, LISTED_TAGS).join(', ');
  return names.length > LISTED_TAGS ? `${shown} … and ${names.length - LISTED_TAGS} more` : shown;
}
