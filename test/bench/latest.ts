import { ask, latencies } from './ask.ts';
import type { Figure } from './figure.ts';
import { runLoad, timeGrid } from './load.ts';
import { plantOf } from './plant.ts';
import { say } from './statistics.ts';

const TAGS = 10_000;
const REQUESTS = 40;

/**
 * The ceiling: the same names, times, values and qualities in the same order by one statement over the table that holds one
 * row a tag, asked for as rows and as one JSON text; the faster of the two counts.
 */
const STATEMENTS = [
  `select t.name as tag, l.at, l.value, l.quality from tag t join reading_latest l on l.tag_id = t.id
    where t.retired_at is null order by t.name`,
  `select json_agg(json_build_object('tag', name, 'at', at, 'value', value, 'quality', quality)) #>> '{}' as items
     from (select t.name, l.at, l.value, l.quality from tag t join reading_latest l on l.tag_id = t.id
            where t.retired_at is null order by t.name) as found`,
] as const;

/** The newest reading of every tag. */
export const latest: Figure = {
  name: 'latest',
  about:
    'The newest reading of each of 10,000 tags by GET /api/v1/latest in one answer, to its last byte, against the fastest plain ' +
    'SQL for the same.',

  async measure(bench) {
    const database = await bench.database();
    const service = await bench.service(plantOf(), database);
    const times = timeGrid();
    let stored = 0;
    const push = async (rounds: number) => {
      const { readings } = await runLoad(bench, 'http-load', {
        url: `${service.url}/api/v2/write`,
        header: `authorization: ${service.authorization}`,
        format: 'influx',
        readings: rounds * TAGS,
        points: TAGS,
        batch: 5_000,
        start: times.next(rounds),
        step: times.stepMs,
      });
      stored += readings;
      await service.untilStored(stored);
      await service.untilIdle();
    };
    await push(2);
    const question = () => ask(service, '/api/v1/latest');
    const took = await latencies(REQUESTS, question);
    await push(1);
    const startedAt = performance.now();
    const { status, text } = await question();
    const allNewMs = performance.now() - startedAt;
    if (status !== 200) throw new Error(`the newest values are not available: ${text}`);
    const { items } = JSON.parse(text) as { items: unknown[] }; // as docs/openapi.json says
    if (items.length !== TAGS) throw new Error(`${items.length} of ${TAGS} tags have a newest reading`);
    const sql = [];
    for (const statement of STATEMENTS) sql.push(await latencies(REQUESTS, () => database.query(statement)));
    const best = sql.reduce((a, b) => (b.p50 < a.p50 ? b : a));
    return [
      {
        figure: 'latest values of 10,000 tags, p95',
        unit: 'ms',
        value: took.p95,
        ceiling: best.p95,
        target: { of: 'value', is: 'at most', limit: 20 },
        note:
          `p50 ${say(took.p50)} against ${say(best.p50)} ms by plain SQL, one answer of ${say(text.length / 1_024)} KiB; ` +
          `${say(allNewMs)} ms when all 10,000 have changed`,
      },
    ];
  },
};
