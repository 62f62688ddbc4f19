import type { EpochMs } from '../../model/reading.ts';
import { grainDividing } from '../../model/rollup.ts';
import type { DetectorPicture, DrawnNormal } from '../../model/tag-picture.ts';
import type { Session } from '../../store/database.ts';
import { countReadings } from '../../store/history.ts';
import { listAligned } from '../../store/history-aggregates.ts';
import { findTags } from '../../store/tags.ts';
import { layOut, stepFor } from './align.ts';

/** What a detector judged and took for normal, step by step. */
export interface NormalCourse {
  readonly stepMs: number;
  readonly steps: readonly (DrawnNormal & { /** Beginning of the step. */ readonly at: EpochMs })[];
}

/** Readings behind one course; beyond that the answer would take seconds. */
const MOST_READINGS = 200_000;
/** About as many as a chart has room for. */
const MOST_STEPS = 400;
/** Of a step longer than a day; some hours of the week are left out then. */
const MOST_PARTS = 24;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/**
 * Holds the past of a detector's inputs against what it has learnt by now: where it would have seen normal with its present
 * memory. In steps of its own means, or of several of them when the range is long; steps that are not over are left out.
 * `null` when there would be too many readings to go through.
 */
export async function normalCourse(
  session: Session,
  { picture, inputs }: { readonly picture: DetectorPicture; readonly inputs: readonly string[] },
  range: { readonly from: EpochMs; readonly to: EpochMs; readonly now: EpochMs },
): Promise<NormalCourse | null> {
  const { normalAt, everyMs } = picture;
  if (normalAt === null) return null;
  const stepMs = stepOf(range.to - range.from, everyMs);
  const from = Math.floor(range.from / stepMs) * stepMs;
  const to = Math.floor(Math.min(range.to, range.now) / stepMs) * stepMs;
  if (to <= from) return { stepMs, steps: [] };
  const stored = new Map((await findTags(session, inputs)).map(({ name, id }) => [name, id]));
  const tagIds = [...stored.values()];
  const grain = grainDividing(stepMs);
  if (grain === 'raw' && (await countReadings(session, { tagIds, from, to })) > MOST_READINGS) return null;
  const rows = await listAligned(session, { tagIds, from, to, stepMs, grain, value: 'avg' });
  const count = Math.round((to - from) / stepMs);
  const columns = new Map(layOut(rows, tagIds, count).map((column, i) => [tagIds[i]!, column.values]));
  const values = new Float64Array(inputs.length);
  const steps = Array.from({ length: count }, (_, index) => {
    for (const [i, name] of inputs.entries()) values[i] = columns.get(stored.get(name) ?? -1)?.[index] ?? Number.NaN;
    const at = from + index * stepMs;
    const normal = meanNormal(momentsOf(at, stepMs).map((moment) => normalAt(values, moment)));
    return normal && { at, ...normal };
  });
  return { stepMs, steps: steps.filter((step) => step !== null) };
}

/**
 * The detector's own step, or the least multiple of it that does not make too many; from an hour on whole hours and from half a day on whole days,
 * because these come from rollups: a year in steps of 1,314 minutes would be half a million rows of each input.
 */
export function stepOf(lengthMs: number, everyMs: number): number {
  if (everyMs === 0) return stepFor(lengthMs);
  const stepMs = everyMs * Math.max(1, Math.ceil(lengthMs / everyMs / MOST_STEPS));
  if (stepMs <= everyMs || stepMs < HOUR_MS) return stepMs;
  const wholeMs = stepMs > DAY_MS / 2 ? DAY_MS : HOUR_MS;
  return Math.ceil(stepMs / wholeMs) * wholeMs;
}

/** The middle of a step; of one longer than an hour the middles of its hours, or of so many equal parts: what is normal may hang on the hour. */
function momentsOf(at: EpochMs, stepMs: number): readonly EpochMs[] {
  const parts = Math.min(MOST_PARTS, Math.max(1, Math.round(stepMs / HOUR_MS)));
  return Array.from({ length: parts }, (_, i) => at + ((i + 0.5) * stepMs) / parts);
}

function meanNormal(each: readonly (DrawnNormal | null)[]): DrawnNormal | null {
  const known = each.filter((one) => one !== null);
  if (known.length <= 1) return known[0] ?? null;
  const mean = (numberOf: (one: DrawnNormal) => number) =>
    known.reduce((sum, one) => sum + numberOf(one), 0) / known.length;
  return {
    value: mean(({ value }) => value),
    expected: mean(({ expected }) => expected),
    low: mean(({ low }) => low),
    high: mean(({ high }) => high),
  };
}
