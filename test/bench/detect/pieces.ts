import { appendFileSync, existsSync, readFileSync } from 'node:fs';

/** What a run over some seeds counted. */
export interface Piece {
  /** What was run, with all that changes its figures. */
  readonly of: string;
  /** The first and the last seed. */
  readonly from: number;
  readonly to: number;
  readonly alarms: number;
  /** Machines without any. */
  readonly silent: number;
}

/** All seeds of one kind that were run so far. */
export interface Sum {
  readonly machines: number;
  readonly alarms: number;
  readonly silent: number;
}

/**
 * Adds a piece to those of an earlier run in the file `kept`, so that a thousand seeds may be run in pieces; `null`: there was none.
 * Throws where a seed would be counted twice.
 */
export function addUp(piece: Piece, kept: string | null): Sum {
  const before = kept === null ? [] : readPieces(kept).filter(({ of }) => of === piece.of);
  const twice = before.find(({ from, to }) => from <= piece.to && to >= piece.from);
  if (twice) throw new Error(`${kept} has seeds ${twice.from} to ${twice.to} of ${piece.of} already: go on after them`);
  if (kept !== null) appendFileSync(kept, `${JSON.stringify(piece)}\n`);
  const all = [...before, piece];
  return {
    machines: all.reduce((sum, { from, to }) => sum + to - from + 1, 0),
    alarms: all.reduce((sum, { alarms }) => sum + alarms, 0),
    silent: all.reduce((sum, { silent }) => sum + silent, 0),
  };
}

function readPieces(kept: string): Piece[] {
  if (!existsSync(kept)) return [];
  const lines = readFileSync(kept, 'utf8').trim().split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Piece); // written above
}
