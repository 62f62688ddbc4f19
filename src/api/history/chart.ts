import { type EpochMs, type Quality, qualityNumber } from '../../model/reading.ts';
import { GRAIN_MS, type Grain, grainWithin } from '../../model/rollup.ts';
import type { Session } from '../../store/database.ts';
import {
  type Bucket,
  countReadings,
  listBreaks,
  listBuckets,
  type ReadingColumns,
  readColumns,
  type TagRange,
} from '../../store/history.ts';
import { isTrusted, pickExtremes } from './extremes.ts';
import {
  type Gap,
  gapAfterOfBuckets,
  gapsOfBreaks,
  gapsOfReadings,
  keepLongest,
  mayHideGap,
  silencesOfBuckets,
} from './gaps.ts';
import { pickLargestTriangles } from './lttb.ts';

/** How many points are made fewer. */
export type Method = 'extremes' | 'lttb';

/** What a chart of one tag is drawn from. */
export interface Chart {
  /** `raw`: every reading; `extremes` and `lttb`: of single readings; else the rollup the points come from. */
  readonly resolution: 'raw' | Method | Exclude<Grain, 'raw'>;
  readonly method: 'every' | Method;
  /** How exact the times of points are: 0 for single readings. */
  readonly timeStepMs: number;
  readonly points: ReadingColumns;
  readonly gaps: readonly Gap[];
  readonly gapsOmitted: number;
  readonly gapAfterMs: number | null;
}

/** What is asked for. `known` is the time until which a silence can be told from the future: now. */
export interface ChartQuery extends TagRange {
  readonly maxPoints: number;
  readonly method: Method;
  readonly known: EpochMs;
}

/** Up to so many readings are looked at one by one: 50,000 take 45 ms, most of it in the database. */
const MOST_SINGLE = 50_000;
/** Up to so many readings are grouped by the database; beyond that rollups answer, even where they are coarser than asked. */
const MOST_GROUPED = 1_000_000;
/** Most changes between rows that gaps are made of. */
const MOST_BREAKS = 20_000;
/** MinMaxLTTB chooses triangles among four times as many extremes (Van Der Donckt et al., IEEE VIS 2023, §4). */
const PRESELECTION = 4;

/** At most `maxPoints` points of one tag from readings or rollups, whichever answers fast, with its gaps. */
export async function readChart(session: Session, query: ChartQuery): Promise<Chart> {
  const { tagId, from, to, maxPoints } = query;
  const finest = grainWithin((to - from) / bucketsFor(query));
  let coarsest = finest;
  if (finest === 'raw') {
    const n = await countReadings(session, { tagIds: [tagId], from, to });
    const found = n <= MOST_SINGLE ? await readColumns(session, { tagId, from, to, limit: MOST_SINGLE + 1 }) : null;
    if (found !== null && found.at.length <= MOST_SINGLE) return chartOfReadings(found, query);
    if (n > MOST_GROUPED) coarsest = 'minute';
  }
  const stepMs = Math.max((to - from) / bucketsFor(query), GRAIN_MS[coarsest]);
  const buckets = await listBuckets(session, { tagId, from, to, coarsest, stepMs });
  if (buckets.reduce((sum, { n }) => sum + n, 0) <= maxPoints)
    return chartOfReadings(await readColumns(session, { tagId, from, to, limit: maxPoints }), query);
  return chartOfBuckets(session, buckets, { ...query, coarsest, stepMs });
}

/** Two points of each bucket; for LTTB more of them, to choose from. */
function bucketsFor({ maxPoints, method }: ChartQuery): number {
  return Math.max(1, Math.floor(maxPoints / 2)) * (method === 'lttb' ? PRESELECTION : 1);
}

function chartOfReadings(found: ReadingColumns, query: ChartQuery): Chart {
  const { maxPoints, method } = query;
  const known = { from: query.from, to: Math.min(query.to, query.known) };
  const { gaps, gapAfterMs } = gapsOfReadings(found, known);
  const kept = keepLongest(gaps, maxPoints);
  const answer = { gaps: kept.gaps, gapsOmitted: kept.omitted, gapAfterMs, timeStepMs: 0 };
  if (found.at.length <= maxPoints) return { ...answer, resolution: 'raw', method: 'every', points: found };
  const extremes = rowsOf(found, pickExtremes(found, { ...query, buckets: bucketsFor(query) }));
  return { ...answer, resolution: method, method, points: thin(extremes, query) };
}

async function chartOfBuckets(
  session: Session,
  buckets: readonly Bucket[],
  query: ChartQuery & { readonly coarsest: Grain; readonly stepMs: number },
): Promise<Chart> {
  const { coarsest, stepMs, maxPoints, method } = query;
  const grainMs = GRAIN_MS[coarsest];
  const known = { from: query.from, to: Math.min(query.to, query.known), grainMs };
  const gapAfterMs = gapAfterOfBuckets(buckets, grainMs);
  const needsRows = mayHideGap(buckets, stepMs, gapAfterMs) || buckets.some(({ n, nUsed }) => nUsed < n);
  const breaks = needsRows
    ? await listBreaks(session, { ...query, longerThanMs: (gapAfterMs ?? stepMs) + grainMs - 1, limit: MOST_BREAKS })
    : [];
  const isCut = breaks.length === MOST_BREAKS;
  const inside = gapsOfBreaks(breaks, { ...known, to: isCut ? breaks.at(-1)!.at : known.to, gapAfterMs });
  const silences = silencesOfBuckets(buckets, { ...known, gapAfterMs });
  const isKnown = new Set(inside.map(({ from, reason }) => `${reason} ${from}`));
  const kept = keepLongest(
    [...inside, ...silences.filter(({ from, reason }) => !isKnown.has(`${reason} ${from}`))],
    maxPoints,
  );
  return {
    resolution: coarsest === 'raw' ? method : coarsest,
    method,
    timeStepMs: coarsest === 'raw' ? stepMs : grainMs,
    points: thin(pointsOfBuckets(buckets, query), query),
    gaps: kept.gaps,
    gapsOmitted: kept.omitted + (isCut ? 1 : 0),
    gapAfterMs,
  };
}

/** Two points of each bucket, at its first row and half-way to its end; the one nearer to the point before comes first. */
function pointsOfBuckets(
  buckets: readonly Bucket[],
  { from, to, stepMs }: { readonly from: EpochMs; readonly to: EpochMs; readonly stepMs: number },
): ReadingColumns {
  const most = 2 * buckets.length;
  const points = { at: new Float64Array(most), value: new Float64Array(most), quality: new Uint8Array(most) };
  let count = 0;
  const add = (at: EpochMs, value: number, quality: Quality) => {
    points.at[count] = at;
    points.value[count] = value;
    points.quality[count] = qualityNumber(quality);
    count += 1;
  };
  let previous = Number.NaN;
  for (const { index, nGood, nUsed, min, max, firstAt } of buckets) {
    const begin = Math.max(firstAt, from);
    if (min === null || max === null || nUsed === 0) {
      add(begin, Number.NaN, 'bad');
      continue;
    }
    const quality = nGood < nUsed ? 'uncertain' : 'good';
    const isFalling = Math.abs(previous - max) < Math.abs(previous - min);
    add(begin, isFalling ? max : min, quality);
    previous = isFalling ? min : max;
    const end = Math.min(to, from + (index + 1) * stepMs);
    if (min !== max) add(begin + (end - begin) / 2, previous, quality);
  }
  return { at: points.at.subarray(0, count), value: points.value.subarray(0, count), quality: points.quality };
}

function thin(points: ReadingColumns, { method, maxPoints }: ChartQuery): ReadingColumns {
  if (method === 'extremes' || points.at.length <= maxPoints) return points;
  // Points without a value have no place on the line: gaps say where they are.
  const drawn: number[] = [];
  for (let row = 0; row < points.at.length; row++) if (isTrusted(points, row)) drawn.push(row);
  const at = drawn.map((row) => points.at[row]!);
  const value = drawn.map((row) => points.value[row]!);
  return rowsOf(
    points,
    pickLargestTriangles(at, value, maxPoints).map((i) => drawn[i]!),
  );
}

function rowsOf({ at, value, quality, codes }: ReadingColumns, rows: readonly number[]): ReadingColumns {
  return {
    at: Float64Array.from(rows, (row) => at[row]!),
    value: Float64Array.from(rows, (row) => value[row]!),
    quality: Uint8Array.from(rows, (row) => quality[row]!),
    ...(codes === undefined ? {} : { codes: codesOf(codes, rows) }),
  };
}

function codesOf(codes: ReadonlyMap<number, number>, rows: readonly number[]): ReadonlyMap<number, number> {
  return new Map(
    rows.flatMap((row, i): [number, number][] => {
      const code = codes.get(row);
      return code === undefined ? [] : [[i, code]];
    }),
  );
}
