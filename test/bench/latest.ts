import { ask, latencies } from './ask.ts';
import type { Figure } from './figure.ts';
import { runLoad, timeGrid } from './load.ts';
import { plantOf } from './plant.ts';
import { say } from './statistics.ts';

const TAGS = 10_000;
const PER_PAGE = 1_000;
const REQUESTS = 40;

/** The newest reading of every tag. */
export const latest: Figure = {
  name: 'latest',
  about: 'The newest reading of each of 10,000 tags through the API, all pages of 1,000 together.',

  async measure(bench) {
    const database = await bench.database();
    const service = await bench.service(plantOf(), database);
    const times = timeGrid();
    const { readings } = await runLoad(bench, 'http-load', {
      url: `${service.url}/api/v2/write`,
      header: `authorization: ${service.authorization}`,
      format: 'influx',
      readings: 2 * TAGS,
      points: TAGS,
      batch: 5_000,
      start: times.next(2),
      step: times.stepMs,
    });
    await service.untilStored(readings);
    await service.untilIdle();
    const took = await latencies(REQUESTS, async () => {
      let seen = 0;
      let cursor: string | null = '';
      while (cursor !== null) {
        const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
        const { status, text } = await ask(service, `/api/v1/tags?limit=${PER_PAGE}${query}`);
        if (status !== 200) throw new Error(`the list of tags is not available: ${text}`);
        const page = JSON.parse(text) as {
          items: { latest: unknown }[];
          next: string | null;
        };
        seen += page.items.filter((tag) => tag.latest !== null).length;
        cursor = page.next;
      }
      if (seen !== TAGS) throw new Error(`${seen} of ${TAGS} tags have a newest reading`);
    });
    const [row] = await database.query<{ n: number }>('select count(*)::int as n from reading_latest');
    const sql = await latencies(REQUESTS, () => database.query('select * from reading_latest'));
    return [
      {
        figure: 'latest values of 10,000 tags, p95',
        unit: 'ms',
        value: took.p95,
        ceiling: null,
        target: { of: 'value', is: 'at most', limit: 20 },
        note: `p50 ${say(took.p50)} ms in ${TAGS / PER_PAGE} pages; the ${row!.n} rows alone by plain SQL p95 ${say(sql.p95)} ms`,
      },
    ];
  },
};
