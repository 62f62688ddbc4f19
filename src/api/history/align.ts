import type { Quality } from '../../model/reading.ts';
import type { AlignedRow } from '../../store/history-aggregates.ts';

/** One tag on the common column of times. */
export interface Column {
  /** One for each step; `null`: nothing that can be trusted. */
  readonly values: (number | null)[];
  /** One for each step; `null`: no reading at all. */
  readonly quality: (Quality | null)[];
}

const USUAL_STEPS = 500;
const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const DAY = 24 * HOUR;
/** Steps that people read easily, ms. */
const EASY_STEPS = [
  ...[1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800].map((seconds) => seconds * SECOND),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR),
  ...[1, 2, 7, 14, 28].map((days) => days * DAY),
];

/** The shortest easy step that cuts `lengthMs` into no more than about 500. */
export function stepFor(lengthMs: number): number {
  return EASY_STEPS.find((stepMs) => lengthMs / stepMs <= USUAL_STEPS) ?? EASY_STEPS.at(-1)!;
}

/** Lays rows out as one column for each of `tagIds`, `steps` long. */
export function layOut(rows: readonly AlignedRow[], tagIds: readonly number[], steps: number): Column[] {
  const columns = new Map(
    tagIds.map((id): [number, Column] => [
      id,
      { values: new Array(steps).fill(null), quality: new Array(steps).fill(null) },
    ]),
  );
  for (const { tagId, index, nGood, nUsed, value } of rows) {
    const column = columns.get(tagId);
    if (column === undefined || index < 0 || index >= steps) continue;
    column.values[index] = nUsed === 0 ? null : value;
    column.quality[index] = nUsed === 0 ? 'bad' : nGood < nUsed ? 'uncertain' : 'good';
  }
  return tagIds.map((id) => columns.get(id)!);
}
