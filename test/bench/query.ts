import { ask, type Latencies, latencies } from './ask.ts';
import type { BenchDatabase } from './database.ts';
import type { Bench, Figure, Measurement } from './figure.ts';
import { runLoad } from './load.ts';
import { plantOf } from './plant.ts';
import type { BenchService } from './service.ts';
import { say } from './statistics.ts';

const DAY_MS = 86_400_000;
const TAG = 'asset0000.temp';
const MAX_POINTS = 1_000;
const REQUESTS = 60;
/** Tables of statistics by length of their buckets, ms; those that are not there are left out. */
const ROLLUPS = [
  { table: 'reading_minute', bucketMs: 60_000 },
  { table: 'reading_hour', bucketMs: 3_600_000 },
  { table: 'reading_day', bucketMs: DAY_MS },
] as const;
const ROLLED_UP_WITHIN_MS = 120_000;

/** A chart over a week and over a year. */
export const query: Figure = {
  name: 'query',
  about:
    'One tag, 1,000 points through the API, over 7 days at 1 Hz and over a year, against the fastest plain SQL for the same points: ' +
    'lowest and highest of 500 equal stretches, from raw readings or from any rollup that is fine enough.',

  async measure(bench) {
    const database = await bench.database();
    const service = await bench.service(plantOf(), database);
    const yearStepMs = bench.size === 'full' ? 1_000 : 30_000;
    const now = Math.floor(Date.now() / 60_000) * 60_000 - 60_000;
    const weekAgo = now - 7 * DAY_MS;
    const yearAgo = now - 365 * DAY_MS;
    await loadTag(bench, service, { from: yearAgo, to: weekAgo, stepMs: yearStepMs });
    await loadTag(bench, service, { from: weekAgo, to: now, stepMs: 1_000 });
    const rolledUp = await untilRolledUp(bench, database);
    await database.query('analyze');
    const week = { from: weekAgo, to: now };
    const year = { from: yearAgo, to: now };
    const yearNote = yearStepMs === 1_000 ? '' : '; the last week at 1 Hz, the rest every 30 s (1 Hz with --full)';
    return [
      await compare(bench, {
        service,
        database,
        figure: 'one tag, 7 days at 1 Hz, 1,000 points, p95',
        ...week,
        rolledUp,
      }),
      await compare(bench, {
        service,
        database,
        figure: 'one tag, 1 year, 1,000 points, p95',
        ...year,
        rolledUp: `${rolledUp}${yearNote}`,
      }),
    ];
  },
};

async function loadTag(
  bench: Bench,
  service: BenchService,
  { from, to, stepMs }: { readonly from: number; readonly to: number; readonly stepMs: number },
): Promise<void> {
  const readings = (to - from) / stepMs;
  bench.say(`loading ${readings} readings`);
  const before = await service.stored();
  await runLoad(bench, 'http-load', {
    url: `${service.url}/api/v2/write`,
    header: `authorization: ${service.authorization}`,
    format: 'influx',
    readings,
    points: 1,
    batch: 5_000,
    concurrency: 1, // in the order of time, as a device sends it
    start: from,
    step: stepMs,
  });
  await service.untilStored(before + readings);
}

/** Waits until the rollups hold every reading, where there are rollups. */
async function untilRolledUp(bench: Bench, database: BenchDatabase): Promise<string> {
  const [there] = await database.query<{ rollups: string | null }>(
    `select to_regclass('reading_minute')::text as rollups`,
  );
  if (there!.rollups === null) return 'no rollups in this database';
  const deadline = Date.now() + ROLLED_UP_WITHIN_MS;
  const [raw] = await database.query<{ n: number }>('select count(*)::float8 as n from reading');
  bench.say('waiting for the rollups');
  for (;;) {
    const [row] = await database.query<{ n: number }>('select coalesce(sum(n), 0)::float8 as n from reading_minute');
    if (row!.n >= raw!.n * 0.999) return 'rollups up to date'; // the newest bucket may still be open
    if (Date.now() > deadline) return `rollups hold ${Math.round((row!.n / raw!.n) * 100)} % of the readings`;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}

interface Comparison {
  readonly service: BenchService;
  readonly database: BenchDatabase;
  readonly figure: string;
  readonly from: number;
  readonly to: number;
  readonly rolledUp: string;
}

async function compare(
  bench: Bench,
  { service, database, figure, from, to, rolledUp }: Comparison,
): Promise<Measurement> {
  const [tag] = await database.query<{ id: number }>('select id from tag where name = $1', [TAG]);
  // Each question a second earlier than the one before, so that nobody can have kept the answer.
  let resolution = '';
  let unanswered = 0;
  const api = await latencies(REQUESTS, async (i) => {
    const path = `/api/v1/tags/${TAG}/readings?from=${from - i * 1_000}&to=${to - i * 1_000}&maxPoints=${MAX_POINTS}`;
    const { status, text } = await ask(service, path);
    if (status !== 200) {
      unanswered++;
      return;
    }
    const body = JSON.parse(text) as { items: unknown[]; resolution?: string };
    if (body.items.length === 0) throw new Error(`${path} answered no points`);
    resolution = `${body.items.length} points, resolution ${body.resolution ?? 'not told'}`;
  });
  if (unanswered > 0) resolution = `${unanswered} times 503: the statement took too long`;
  const candidates = await sqlCandidates(database, to - from);
  let best: { readonly table: string; readonly took: Latencies } | null = null;
  for (const { table, sql } of candidates) {
    const took = await latencies(REQUESTS, (i) =>
      database.query(sql, [
        tag!.id,
        new Date(from - i * 1_000),
        new Date(to - i * 1_000),
        (to - from) / (MAX_POINTS / 2),
      ]),
    );
    bench.say(`plain SQL over ${table}: p50 ${say(took.p50)} ms, p95 ${say(took.p95)} ms`);
    if (best === null || took.p50 < best.took.p50) best = { table, took };
  }
  bench.say(`API: p50 ${say(api.p50)} ms, p95 ${say(api.p95)} ms`);
  return {
    figure,
    unit: 'ms',
    value: api.p95,
    ceiling: best!.took.p95,
    target: { of: 'ratio', is: 'at most', limit: 1.5 },
    note: `p50 ${say(api.p50)} against ${say(best!.took.p50)} ms; ${resolution}; plain SQL over ${best!.table}; ${rolledUp}`,
  };
}

/**
 * The ceiling: lowest and highest of equal stretches by the fastest statement we know, put to every table or view that can
 * answer it completely. date_bin, as cutting by extract(epoch) takes twice as long, and no order: whoever asks sorts 500 rows.
 */
async function sqlCandidates(
  database: BenchDatabase,
  spanMs: number,
): Promise<{ readonly table: string; readonly sql: string }[]> {
  const stretchMs = spanMs / (MAX_POINTS / 2);
  const sqlOver = (table: string, low: string, high: string) =>
    `select date_bin($4::float8 * interval '1 ms', at, $2) as stretch, min(${low}) as low, max(${high}) as high
       from ${table} where tag_id = $1 and at >= $2 and at < $3 group by 1`;
  const candidates = [{ table: 'reading', sql: sqlOver('reading', 'value', 'value') }];
  for (const { table, bucketMs } of ROLLUPS) {
    const [there] = await database.query<{ name: string | null }>('select to_regclass($1)::text as name', [table]);
    if (there!.name === null || bucketMs > stretchMs) continue;
    const [filled] = await database.query<{ filled: boolean }>(`select exists (select from ${table}) as filled`);
    if (filled!.filled) candidates.push({ table, sql: sqlOver(table, 'min', 'max') });
  }
  return candidates;
}
