import type { EpochMs } from '../../model/reading.ts';
import type { Break, Bucket, ReadingColumns } from '../../store/history.ts';
import { isTrusted } from './extremes.ts';

/** A stretch of time in which the value is not known, or (`partly bad`) not always. */
export interface Gap {
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly reason: 'no data' | 'bad quality' | 'partly bad';
}

/** Gaps in order of time, and the silence that counts as one; `null` when the tag's pace can't be told. */
export interface Gaps {
  readonly gaps: readonly Gap[];
  readonly gapAfterMs: number | null;
}

/** Shortest silence that is a gap, whatever the pace of the tag. */
const SHORTEST_GAP_MS = 10_000;

/**
 * How long a silence must be to count as a gap: three times the pace of the tag, taken at the 95th percentile because a
 * tag with a deadband is quiet for whole heartbeats while nothing is wrong. `null` without a step. Sorts `stepsMs`.
 */
export function gapAfter(stepsMs: Float64Array): number | null {
  if (stepsMs.length === 0) return null;
  stepsMs.sort();
  return Math.max(SHORTEST_GAP_MS, 3 * stepsMs[Math.floor((stepsMs.length - 1) * 0.95)]!);
}

/** Gaps between readings, and between them and the ends of the range. */
export function gapsOfReadings(
  readings: ReadingColumns,
  range: { readonly from: EpochMs; readonly to: EpochMs },
): Gaps {
  const { at } = readings;
  const n = at.length;
  if (n === 0) return { gaps: silence(range), gapAfterMs: null };
  const gapAfterMs = gapAfter(Float64Array.from({ length: n - 1 }, (_, i) => at[i + 1]! - at[i]!));
  const isGap = (from: EpochMs, to: EpochMs) => gapAfterMs !== null && to - from > gapAfterMs;
  const gaps: Gap[] = [];
  let badSince: EpochMs | null = null;
  if (isGap(range.from, at[0]!)) gaps.push({ from: range.from, to: at[0]!, reason: 'no data' });
  for (let i = 0; i < n; i++) {
    const end = at[i + 1] ?? range.to;
    const trusted = isTrusted(readings, i);
    if (!trusted) badSince ??= at[i]!;
    const isSilent = isGap(at[i]!, end);
    // What is bad lasts until the next trusted reading, or until nobody says anything any more.
    if (badSince !== null && (isSilent || i === n - 1 || isTrusted(readings, i + 1))) {
      const to = isSilent ? at[i]! : end;
      if (to > badSince) gaps.push({ from: badSince, to, reason: 'bad quality' });
      badSince = null;
    }
    if (isSilent) gaps.push({ from: at[i]!, to: end, reason: 'no data' });
  }
  return { gaps, gapAfterMs };
}

/**
 * The silence that counts as a gap, by what buckets hold. A row of rollups that has several readings tells their pace
 * itself; otherwise the distance to the next bucket does.
 */
export function gapAfterOfBuckets(buckets: readonly Bucket[], grainMs: number): number | null {
  const steps = buckets.flatMap(({ n, rows, firstAt }, i) => {
    if (n >= 2 * rows && grainMs > 0) return [(rows * grainMs) / n];
    const next = buckets[i + 1];
    return next === undefined ? [] : [(next.firstAt - firstAt) / n];
  });
  return gapAfter(Float64Array.from(steps));
}

/**
 * Whether a silence longer than `gapAfterMs` may hide inside a bucket. One that is longer than a bucket shows at the
 * buckets' ends; a shorter one leaves its bucket with fewer rows than the others have.
 */
export function mayHideGap(buckets: readonly Bucket[], stepMs: number, gapAfterMs: number | null): boolean {
  if (gapAfterMs === null || gapAfterMs >= stepMs) return false;
  const rows = Float64Array.from(buckets, (bucket) => bucket.rows).sort();
  const usual = rows[rows.length >> 1] ?? 0;
  return buckets.slice(1, -1).some((bucket) => bucket.rows < 0.9 * usual);
}

/** Gaps that buckets show by themselves: from the last row of one to the first row of the next, and at the ends. */
export function silencesOfBuckets(
  buckets: readonly Bucket[],
  range: { readonly from: EpochMs; readonly to: EpochMs; readonly grainMs: number; readonly gapAfterMs: number | null },
): Gap[] {
  const { from, to, grainMs, gapAfterMs } = range;
  if (buckets.length === 0) return silence({ from, to });
  if (gapAfterMs === null) return [];
  const ends = [from, ...buckets.map(({ lastAt }) => lastAt + grainMs)];
  const begins = [...buckets.map(({ firstAt }) => firstAt), to];
  return ends.flatMap((end, i) => {
    const begin = begins[i]!;
    return begin - end >= gapAfterMs ? [{ from: end, to: begin, reason: 'no data' as const }] : [];
  });
}

/** Gaps from breaks between rows: silences, and stretches of rows with bad readings. */
export function gapsOfBreaks(
  breaks: readonly Break[],
  range: { readonly to: EpochMs; readonly grainMs: number; readonly gapAfterMs: number | null },
): Gap[] {
  const { to, grainMs, gapAfterMs } = range;
  const gaps: Gap[] = [];
  let since: { readonly at: EpochMs; readonly bad: 'some' | 'all' } | null = null;
  const close = (end: EpochMs) => {
    if (since !== null && end > since.at)
      gaps.push({ from: since.at, to: end, reason: since.bad === 'all' ? 'bad quality' : 'partly bad' });
    since = null;
  };
  for (const { at, before, bad } of breaks) {
    const end = before === null ? at : Math.min(at, before + grainMs);
    const isSilent = before !== null && gapAfterMs !== null && at - end >= gapAfterMs;
    close(isSilent ? end : at);
    if (isSilent) gaps.push({ from: end, to: at, reason: 'no data' });
    if (bad !== 'none') since = { at, bad };
  }
  close(to);
  return gaps;
}

/** The longest `most` gaps, in order of time, and how many were left out. */
export function keepLongest(gaps: readonly Gap[], most: number): { readonly gaps: Gap[]; readonly omitted: number } {
  const longest = [...gaps].sort((a, b) => b.to - b.from - (a.to - a.from)).slice(0, most);
  return { gaps: longest.sort((a, b) => a.from - b.from), omitted: gaps.length - longest.length };
}

function silence({ from, to }: { readonly from: EpochMs; readonly to: EpochMs }): Gap[] {
  return to > from ? [{ from, to, reason: 'no data' }] : [];
}
