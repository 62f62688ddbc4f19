import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { CopyOut } from '../../src/store/copy-out.ts';
import type { BenchDatabase } from './database.ts';
import type { Bench, Figure, Measurement } from './figure.ts';
import type { BenchService } from './service.ts';
import { median, say } from './statistics.ts';

const TAGS = 1_000;
/** Seconds of history for each second of load. */
const HISTORY_FACTOR = 400;
/** p99, s; counts from the last time it was asked. */
export const EVENT_LOOP = 'millwright_nodejs_eventloop_lag_p99_seconds';

/** How fast rules are tried on history. */
export const backtest: Figure = {
  name: 'backtest',
  about:
    'POST /api/v1/backtests with a limit on each of 1,000 tags over their history at 1 Hz, against `copy … to stdout` of the ' +
    'same rows, in the order in which they lie and without evaluating them.',

  async measure(bench: Bench): Promise<Measurement[]> {
    const database = await bench.database();
    const service = await bench.service(historyPlant(), database);
    const seconds = bench.seconds(5) * HISTORY_FACTOR;
    const range = await fillHistory(database, service, seconds);
    const rates: number[] = [];
    const ceilings: number[] = [];
    const lags: number[] = [];
    for (let round = 0; round < bench.rounds; round++) {
      await service.untilIdle();
      ceilings.push(await copyRate(database.url));
      await service.metric(EVENT_LOOP);
      const { readings, elapsedMs } = await runBacktest(service, range);
      lags.push((await service.metric(EVENT_LOOP)) * 1_000);
      if (readings !== seconds * TAGS) throw new Error(`${seconds * TAGS} readings are stored, ${readings} were read`);
      rates.push((readings / elapsedMs) * 1_000);
      bench.say(`round ${round + 1}: ${say(rates.at(-1)!)} against ${say(ceilings.at(-1)!)} readings/s`);
    }
    const note = `${seconds * TAGS} readings of ${TAGS} tags, a limit on each`;
    return [
      {
        figure: 'back-test of stored history',
        unit: 'readings/s',
        value: median(rates),
        ceiling: median(ceilings),
        target: { of: 'ratio', is: 'at least', limit: 0.5 },
        note,
      },
      {
        figure: 'event loop of the service meanwhile, p99',
        unit: 'ms',
        value: median(lags),
        ceiling: null,
        target: { of: 'value', is: 'at most', limit: 20 },
        note: 'with the 10 ms resolution at which Node samples it',
      },
    ];
  },
};

/** Those with a history. */
export const tagNames = Array.from({ length: TAGS }, (_, i) => `m-${Math.floor(i / 10)}.t${i % 10}`);

/** A plant with a limit, `high`, on each of the tags; `rules`: more of them, a line each. */
export function historyPlant(rules: readonly string[] = []): string {
  const tags = Array.from({ length: 10 }, (_, i) => `t${i}: { from: push }`).join(', ');
  const assets = Array.from({ length: TAGS / 10 }, (_, a) => `  m-${a}: { name: M${a}, tags: { ${tags} } }`);
  const rule = `  high: { on: [${tagNames.join(', ')}], detect: limit, with: { high: 99 }, onDelay: 1h, workOrder: none }`;
  return [
    'plant: bench',
    'adapters: { push: { kind: http } }',
    'assets:',
    ...assets,
    'rules:',
    rule,
    ...rules,
    '',
  ].join('\n');
}

/** Sines at 1 Hz, a tenth of the tags at the same moment, in this week's partition. */
export async function fillHistory(
  database: BenchDatabase,
  { url, authorization, untilStored }: BenchService,
  seconds: number,
): Promise<{ from: string; to: string }> {
  const begin = Math.floor(Date.now() / 1_000) - seconds - 60;
  // The service makes the partitions that the first and the last reading need.
  const ends = [begin, begin + seconds].map((second) => ({ tag: tagNames[0], at: second * 1_000, value: 1 }));
  const headers = { authorization, 'content-type': 'application/json' };
  await fetch(`${url}/api/v1/readings`, { method: 'POST', headers, body: JSON.stringify({ readings: ends }) });
  await untilStored(2);
  await database.query('truncate reading');
  await database.query(
    `insert into reading (tag_id, at, value, quality)
     select id, to_timestamp($1::float8 + s + (id % 10) * 0.1), 50 + 50 * sin(s / 30.0 + id), 0
       from generate_series(0, $2::int - 1) s, tag order by s, id % 10`,
    [begin, seconds],
  );
  await database.query('vacuum analyze reading');
  const time = (second: number) => new Date(second * 1_000).toISOString();
  return { from: time(begin), to: time(begin + seconds) };
}

/** Read by the same decoder, which is faster than those of node-postgres. */
async function copyRate(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const copy = new CopyOut(
      'copy (select tag_id, at, value, quality from reading) to stdout (format binary)',
      () => undefined,
    );
    const begunAt = performance.now();
    client.query(copy);
    const rows = await copy.read();
    return (rows / (performance.now() - begunAt)) * 1_000;
  } finally {
    await client.end();
  }
}

/** Tries `high` on the range, and waits for what it says. */
export async function runBacktest(
  { url, authorization }: BenchService,
  range: { readonly from: string; readonly to: string },
): Promise<{ readings: number; elapsedMs: number }> {
  const headers = { authorization, 'content-type': 'application/json' };
  const body = JSON.stringify({ ...range, warmUpS: 0, against: 'journal', rules: ['high'] });
  const asked = await fetch(`${url}/api/v1/backtests`, { method: 'POST', headers, body });
  const { id } = (await asked.json()) as { id: string }; // as docs/openapi.json says
  for (;;) {
    const answer = await fetch(`${url}/api/v1/backtests/${id}`, { headers: { authorization } });
    const { report, reason } = (await answer.json()) as {
      report: { readings: number; elapsedMs: number } | null;
      reason: string | null;
    };
    if (report !== null) return report;
    if (reason !== null) throw new Error(`the back-test failed: ${reason}`);
    await sleep(50);
  }
}
