import type { DiscardReason, Reading } from '../adapter.ts';

/** An item that cannot become a reading; `line` counts from 1. */
export interface LineProblem {
  readonly line: number;
  readonly code: DiscardReason;
  readonly reason: string;
}

/** What a body, or a part of it, says. */
export interface DecodedLines {
  readonly readings: readonly Reading[];
  /** The line of each reading, from 1; in a JSON document its place in the list. */
  readonly lines: readonly number[];
  readonly problems: readonly LineProblem[];
}

/** Decodes the lines that `source` has, at most about `maxItems` readings and problems of them: none are left when it has both none. */
export type DecodeLines = (source: LineSource, maxItems: number) => DecodedLines;

/** Where a decoder gets its lines from. */
export interface LineSource {
  /** The number of the line that `next` gave last, from 1. */
  readonly number: number;
  /** The next line without its newline; `too_long` in place of one that is; `null` when no whole line is there. */
  next(): string | 'too_long' | null;
}

/** Why a line is refused that is longer than a line may be. */
export const TOO_LONG = { code: 'malformed', reason: 'the line is longer than 64 KiB' } as const;
