import type { EpochMs } from '../../src/model/reading.ts';

/**
 * What a sliding window over one tag remembers: plain JSON. `lastValue` is `null` before the first reading and after one
 * without a good value. At most `BUCKETS` buckets, oldest first, only those in which something was known.
 */
export interface Window {
  lastAt: EpochMs;
  lastValue: number | null;
  readonly buckets: Bucket[];
}

/**
 * One slice of a window. `weightMs`, `mean`, `m2`: how long the value was known in it, its mean over that time, and the
 * sum of squared distances from it, ms·unit². `count`, `sum`: of the readings in it. `firstAt`, `first`: the oldest of them.
 */
interface Bucket {
  readonly index: number;
  weightMs: number;
  mean: number;
  m2: number;
  min: number;
  max: number;
  count: number;
  sum: number;
  firstAt: EpochMs;
  first: number;
}

/** What can be asked of a window. */
export type WindowFunction = 'avg' | 'min' | 'max' | 'sum' | 'stddev' | 'count' | 'rate' | 'delta';
export const WINDOW_FUNCTIONS = [
  'avg',
  'min',
  'max',
  'sum',
  'stddev',
  'count',
  'rate',
  'delta',
] as const satisfies readonly WindowFunction[];

/** A window slides in steps of a sixtieth of its length: that bounds what it remembers, whatever its length. */
const BUCKETS = 60;
/** A value counts until the next reading, but no longer than this part of the window: nobody knows what it did then. */
const HOLD = 1 / 4;
/** With less of its time known than this, a window has no answer. */
const ENOUGH = 1 / 2;
const HOUR_MS = 3_600_000;

/** A window that has seen nothing. */
export function createWindow(): Window {
  return { lastAt: 0, lastValue: null, buckets: [] };
}

/** Takes the next reading; `value` is NaN when it is not good, `at` never decreases. Amortised constant time. */
export function observe(window: Window, at: EpochMs, value: number, windowMs: number): void {
  holdUntil(window, at, windowMs);
  window.lastAt = at;
  window.lastValue = Number.isNaN(value) ? null : value;
  forget(window, at, windowMs);
  if (Number.isNaN(value)) return;
  const bucket = bucketOf(window, indexOf(at, windowMs), value);
  if (bucket.count === 0) {
    bucket.firstAt = at;
    bucket.first = value;
  }
  bucket.count++;
  bucket.sum += value;
  widen(bucket, value);
}

/**
 * Answers for the window that ends at `now` (at or after its newest reading); `null` when less than half of its time is
 * known. `avg` and `stddev` are weighted with the time that each value stood; `sum` and `count` are of the readings;
 * `delta` is from the oldest reading to the newest, tag unit, and `rate` that per hour. A count needs no known time.
 */
export function answer(window: Window, ask: WindowFunction, now: EpochMs, windowMs: number): number | null {
  const from = indexOf(now, windowMs) - BUCKETS + 1;
  const held = heldNow(window, now, windowMs);
  const total = merged(window, from, held);
  if (ask === 'count') return total.count;
  const spanMs = now - (from * windowMs) / BUCKETS;
  if (total.weightMs < ENOUGH * spanMs || total.weightMs <= 0) return null;
  switch (ask) {
    case 'avg':
      return total.mean;
    case 'stddev':
      return Math.sqrt(Math.max(0, total.m2) / total.weightMs);
    case 'min':
      return total.min;
    case 'max':
      return total.max;
    case 'sum':
      return total.sum;
    case 'delta':
    case 'rate': {
      if (total.count < 2 || window.lastValue === null || window.lastAt <= total.firstAt) return null;
      const delta = window.lastValue - total.first;
      return ask === 'delta' ? delta : (delta / (window.lastAt - total.firstAt)) * HOUR_MS;
    }
  }
}

function indexOf(at: EpochMs, windowMs: number): number {
  return Math.floor((at / windowMs) * BUCKETS);
}

/** The newest value stood until `at`: its time goes into the buckets that it lay in. */
function holdUntil(window: Window, at: EpochMs, windowMs: number): void {
  const { lastAt, lastValue } = window;
  if (lastValue === null) return;
  const until = Math.min(at, lastAt + windowMs * HOLD);
  const widthMs = windowMs / BUCKETS;
  for (let index = indexOf(lastAt, windowMs); index * widthMs < until; index++) {
    const weightMs = Math.min(until, (index + 1) * widthMs) - Math.max(lastAt, index * widthMs);
    if (weightMs <= 0) continue;
    const bucket = bucketOf(window, index, lastValue);
    weigh(bucket, { weightMs, mean: lastValue, m2: 0 });
    widen(bucket, lastValue);
  }
}

/** How long the newest value has stood, and is still taken for true. */
function heldNow({ lastAt, lastValue }: Window, now: EpochMs, windowMs: number): Weighed | null {
  if (lastValue === null) return null;
  const weightMs = Math.max(0, Math.min(now, lastAt + windowMs * HOLD) - lastAt);
  return { weightMs, mean: lastValue, m2: 0 };
}

function forget({ buckets }: Window, at: EpochMs, windowMs: number): void {
  const from = indexOf(at, windowMs) - BUCKETS + 1;
  const gone = buckets.findIndex(({ index }) => index >= from);
  if (gone !== 0) buckets.splice(0, gone < 0 ? buckets.length : gone);
}

/** The bucket with this index: the newest, the one before it, or a new one. */
function bucketOf({ buckets }: Window, index: number, value: number): Bucket {
  const newest = buckets.at(-1);
  if (newest?.index === index) return newest;
  const made: Bucket = {
    index,
    weightMs: 0,
    mean: 0,
    m2: 0,
    min: value,
    max: value,
    count: 0,
    sum: 0,
    firstAt: 0,
    first: 0,
  };
  buckets.push(made);
  return made;
}

interface Weighed {
  readonly weightMs: number;
  readonly mean: number;
  readonly m2: number;
}

/** Adds moments: Chan, Golub & LeVeque, The American Statistician 37(3), 1983. */
function weigh(into: { weightMs: number; mean: number; m2: number }, { weightMs, mean, m2 }: Weighed): void {
  const total = into.weightMs + weightMs;
  if (weightMs <= 0) return;
  const distance = mean - into.mean;
  into.mean += (distance * weightMs) / total;
  into.m2 += m2 + (distance * distance * into.weightMs * weightMs) / total;
  into.weightMs = total;
}

function widen(into: { min: number; max: number }, value: number): void {
  into.min = Math.min(into.min, value);
  into.max = Math.max(into.max, value);
}

function merged({ buckets }: Window, from: number, held: Weighed | null): Omit<Bucket, 'index'> {
  const total = {
    weightMs: 0,
    mean: 0,
    m2: 0,
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
    count: 0,
    sum: 0,
    firstAt: 0,
    first: 0,
  };
  for (const bucket of buckets) {
    if (bucket.index < from) continue;
    if (total.count === 0 && bucket.count > 0) {
      total.firstAt = bucket.firstAt;
      total.first = bucket.first;
    }
    weigh(total, bucket);
    widen(total, bucket.min);
    widen(total, bucket.max);
    total.count += bucket.count;
    total.sum += bucket.sum;
  }
  if (held !== null) {
    weigh(total, held);
    widen(total, held.mean);
  }
  return total;
}
