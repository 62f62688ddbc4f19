import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fillPast, type PastReading, withDatabase } from '../kit/history.ts';
import { startTestService, type TestService } from '../kit/service.ts';

const PLANT = `
plant: figures
timezone: UTC
adapters:
  push: { kind: http, adopt: auto }
`;

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const FROM = Math.floor(Date.now() / DAY_MS) * DAY_MS - 4 * DAY_MS;
const TO = FROM + 2 * DAY_MS;
const WAVE = 'press-1.wave';
const SLOW = 'press-1.slow';
const STATE = 'press-1.state';

let test: TestService;

/** `wave`: every 10 s. `slow`: every minute, bad in hour 3, silent in hour 5. `state`: 0 or 1 every 10 s, silent for 10 minutes. */
function pastReadings(): PastReading[] {
  const readings: PastReading[] = [];
  for (let at = FROM; at < TO; at += 10_000) readings.push({ tag: WAVE, at, value: 100 + 10 * Math.sin(at / 1e6) });
  for (let at = FROM; at < TO; at += 60_000) {
    const hour = Math.floor((at - FROM) / HOUR_MS);
    if (hour !== 5) readings.push({ tag: SLOW, at, value: hour, quality: hour === 3 ? 2 : 0 });
  }
  for (let at = FROM; at < FROM + HOUR_MS; at += 10_000) {
    const seconds = (at - FROM) / 1_000;
    if (seconds >= 1_800 && seconds < 2_400) continue;
    readings.push({
      tag: STATE,
      at,
      value: seconds < 900 ? 0 : 1,
      quality: seconds >= 3_000 && seconds < 3_060 ? 2 : 0,
    });
  }
  readings.push({ tag: 'sheet.=cmd|" /c calc"', at: FROM, value: -1.5 });
  return readings;
}

beforeAll(async () => {
  test = await startTestService(PLANT);
  await fillPast(test.databaseUrl, pastReadings());
});
afterAll(() => test[Symbol.asyncDispose]());

const get = (path: string) => test.call('GET', `/api/v1${path}`);

describe('figures over a range', () => {
  it.each([
    [FROM, TO],
    [FROM + 1_234, TO - 98_765],
    [FROM + 5 * HOUR_MS + 61_000, FROM + 5 * HOUR_MS + 95_000],
  ])('are those of the readings in it, exactly, from %i to %i', async (from, to) => {
    const { body } = await get(
      `/tags/${WAVE}/aggregates?from=${from}&to=${to}&functions=avg,min,max,stddev,percentiles&percentiles=10,50,99.5`,
    );
    const [plain] = await withDatabase(test.databaseUrl, async (database) => {
      const { rows } = await database.query<Record<string, number>>(
        `select count(*)::int as n, avg(value) as avg, min(value) as min, max(value) as max, stddev_samp(value) as stddev,
                percentile_cont(0.1) within group (order by value) as p10, percentile_cont(0.5) within group (order by value) as p50,
                percentile_cont(0.995) within group (order by value) as p99
           from reading join tag on tag.id = tag_id where name = $1 and at >= to_timestamp($2 / 1000.0) and at < to_timestamp($3 / 1000.0)`,
        [WAVE, from, to],
      );
      return rows;
    });
    expect(body).toMatchObject({
      tag: WAVE,
      n: plain!.n,
      nGood: plain!.n,
      nUsed: plain!.n,
      min: plain!.min,
      max: plain!.max,
    });
    expect(body.avg).toBeCloseTo(plain!.avg!, 9);
    expect(body.stddev).toBeCloseTo(plain!.stddev!, 6);
    expect(body.percentiles.map(({ value }: { value: number }) => value)).toEqual([plain!.p10, plain!.p50, plain!.p99]);
  });

  it('leave bad readings out and count them', async () => {
    const { body } = await get(`/tags/${SLOW}/aggregates?from=${FROM + 2 * HOUR_MS}&to=${FROM + 4 * HOUR_MS}`);
    expect(body).toMatchObject({ n: 120, nGood: 60, nUsed: 60, min: 2, max: 2, avg: 2, stddev: 0 });
  });

  it('are null where there is nothing', async () => {
    const { body } = await get(`/tags/${SLOW}/aggregates?from=${FROM - 2_000}&to=${FROM - 1_000}`);
    expect(body).toMatchObject({ n: 0, avg: null, min: null, max: null, stddev: null });
  });
});

describe('time in state', () => {
  const range = `from=${FROM}&to=${FROM + HOUR_MS}&functions=timeInState`;

  it('is weighted by time, and counts neither gaps nor bad quality', async () => {
    const { body } = await get(`/tags/${STATE}/aggregates?${range}&values=0,1`);
    // The reading before the silence holds for no known time: 10 s more than the silence are unknown.
    expect(body.timeInState).toEqual({
      states: [
        { from: 0, to: 0, durationMs: 900_000, share: expect.closeTo(900 / 2_930, 9) },
        { from: 1, to: 1, durationMs: 2_030_000, share: expect.closeTo(2_030 / 2_930, 9) },
      ],
      otherMs: 0,
      badMs: 60_000,
      unknownMs: 610_000,
      gapAfterMs: 30_000,
    });
  });

  it('goes by limits, too', async () => {
    const { body } = await get(`/tags/${STATE}/aggregates?${range}&limits=0.5,2`);
    expect(body.timeInState.states).toMatchObject([
      { from: null, to: 0.5, durationMs: 900_000 },
      { from: 0.5, to: 2, durationMs: 2_030_000 },
      { from: 2, to: null, durationMs: 0 },
    ]);
  });

  it('adds up to the range, wherever it is cut', async () => {
    const cut = `from=${FROM + 123_456}&to=${FROM + 3_333_333}&functions=timeInState&values=1`;
    const { timeInState } = (await get(`/tags/${STATE}/aggregates?${cut}`)).body;
    const { states, otherMs, badMs, unknownMs } = timeInState;
    expect(states[0].durationMs + otherMs + badMs + unknownMs).toBeCloseTo(3_333_333 - 123_456, 3);
    expect(otherMs).toBeCloseTo(900_000 - 123_456, 3);
  });
});

describe('several tags', () => {
  it('share one column of times, a null where one has nothing', async () => {
    const { body } = await get(`/readings?tag=${SLOW}&tag=${WAVE}&from=${FROM}&to=${FROM + 6 * HOUR_MS}&step=1h`);
    expect(body).toMatchObject({ resolution: 'hour', stepMs: HOUR_MS, value: 'avg' });
    expect(body.at).toEqual(Array.from({ length: 6 }, (_, i) => FROM + i * HOUR_MS));
    expect(body.columns[0]).toMatchObject({
      tag: SLOW,
      values: [0, 1, 2, null, 4, null],
      quality: ['good', 'good', 'good', 'bad', 'good', null],
    });
    expect(body.columns[1].values.every((value: number) => value > 89 && value < 111)).toBe(true);
  });

  it('are the same from readings as from rollups', async () => {
    for (const value of ['avg', 'min', 'max', 'last']) {
      const query = `tag=${WAVE}&from=${FROM}&to=${FROM + HOUR_MS}&value=${value}`;
      const fine = (await get(`/readings?${query}&step=10s`)).body;
      expect(fine).toMatchObject({ resolution: 'raw', stepMs: 10_000 });
      const minutes = (await get(`/readings?${query}&step=1m`)).body;
      expect(minutes.resolution).toBe('minute');
      const six: number[] = fine.columns[0].values.slice(0, 6);
      const expected = {
        avg: six.reduce((a, b) => a + b) / 6,
        min: Math.min(...six),
        max: Math.max(...six),
        last: six[5],
      }[value];
      expect(minutes.columns[0].values[0]).toBeCloseTo(expected!, 9);
    }
  });

  it('are cut at multiples of the step, whatever the range', async () => {
    const { body } = await get(`/readings?tag=${WAVE}&from=${FROM + 61_000}&to=${FROM + 119_000}&step=1m`);
    expect(body.at).toEqual([FROM + 60_000]);
  });
});

describe('the newest readings', () => {
  it('come for all tags, for some, and page by page', async () => {
    await test.call('POST', '/api/v1/readings', {
      readings: [
        { tag: 'a.x', at: Date.now() - 1_000, value: 1 },
        { tag: 'a.y', at: 5, value: 2 },
        { tag: 'a.y', at: Date.now(), value: 3 },
      ],
    });
    const { waitFor } = await import('../kit/wait.ts');
    const items = await waitFor('both', async () => {
      const { body } = await get('/latest');
      return body.items.length === 2 && body.items;
    });
    expect(items).toMatchObject([
      { tag: 'a.x', value: 1, quality: 'good' },
      { tag: 'a.y', value: 3 },
    ]);
    expect((await get('/latest?tag=a.y&tag=none.such')).body.items).toMatchObject([{ tag: 'a.y', value: 3 }]);
    const first = (await get('/latest?limit=1')).body;
    expect((await get(`/latest?limit=1&cursor=${first.next}`)).body).toMatchObject({
      items: [{ tag: 'a.y' }],
      next: null,
    });
  });
});

describe('an export', () => {
  const export_ = (query: string, headers: Record<string, string> = {}) =>
    fetch(`${test.url}/api/v1/export?${query}`, {
      headers: { authorization: `Bearer ${test.adminKey}`, 'accept-encoding': 'identity', ...headers },
    });

  it('gives every reading of every tag, once, in order', async () => {
    const text = await (await export_(`tag=${WAVE}&tag=${SLOW}&from=${FROM}&to=${TO}&format=ndjson`)).text();
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toHaveLength(17_280 + 2_820);
    expect(lines[0]).toEqual({
      tag: WAVE,
      at: new Date(FROM).toISOString(),
      value: expect.any(Number),
      quality: 'good',
    });
    const keys = lines.map(({ tag, at }) => `${tag === WAVE ? 0 : 1} ${at}`);
    expect(keys).toEqual([...new Set(keys)].sort());
  });

  it('is CSV that no spreadsheet runs', async () => {
    const tag = encodeURIComponent('sheet.=cmd|" /c calc"');
    const answer = await export_(`tag=${tag}&from=${FROM}&to=${TO}`);
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(await answer.text()).toBe(
      `tag,at,value,quality\r\n"sheet.=cmd|"" /c calc""",${new Date(FROM).toISOString()},-1.5,good\r\n`,
    );
  });

  it('is compressed for one who takes that', async () => {
    const query = `tag=${SLOW}&from=${FROM}&to=${TO}`;
    const { request } = await import('node:http');
    const packed = await new Promise<Buffer>((resolve, reject) => {
      const headers = { authorization: `Bearer ${test.adminKey}`, 'accept-encoding': 'gzip' };
      request(`${test.url}/api/v1/export?${query}`, { headers }, async (answer) => {
        const chunks: Buffer[] = [];
        for await (const chunk of answer) chunks.push(chunk);
        resolve(Buffer.concat(chunks));
      })
        .on('error', reject)
        .end();
    });
    expect(gunzipSync(packed).toString()).toBe(await (await export_(query)).text());
  });

  it('gives its place back, whether it was read or not', async () => {
    for (let i = 0; i < 12; i++) {
      const going = new AbortController();
      const answer = await fetch(`${test.url}/api/v1/export?tag=${WAVE}&from=${FROM}&to=${TO}`, {
        headers: { authorization: `Bearer ${test.adminKey}` },
        signal: going.signal,
      });
      expect([200, 503]).toContain(answer.status);
      going.abort();
    }
    const { waitFor } = await import('../kit/wait.ts');
    await waitFor('a place', async () => {
      const answer = await export_(`tag=${SLOW}&from=${FROM}&to=${TO}`);
      await answer.text();
      return answer.status === 200;
    });
  });
});

describe('a question that can not be answered', () => {
  it.each([
    ['/readings?tag=no.such', 404, 'not_found'],
    ['/export?tag=no.such&tag=press-1.wave', 404, 'not_found'],
    ['/readings', 400, 'body_invalid'],
    [`/readings?tag=${WAVE}&from=2&to=1`, 400, 'body_invalid'],
    [`/readings?tag=${WAVE}&step=0s`, 400, 'body_invalid'],
    [`/readings?${Array.from({ length: 51 }, (_, i) => `tag=a.t${i}`).join('&')}`, 400, 'body_invalid'],
    [`/readings?tag=${WAVE}&from=${FROM}&to=${TO}&step=1s`, 422, 'range_too_large'],
    [`/readings?tag=${WAVE}&from=${FROM - 1_096 * DAY_MS}&to=${FROM}&step=17m`, 422, 'range_too_large'],
    [`/tags/${WAVE}/aggregates?functions=mode`, 400, 'body_invalid'],
    [`/tags/${WAVE}/aggregates?functions=timeInState`, 400, 'body_invalid'],
    [`/tags/${WAVE}/aggregates?functions=timeInState&limits=2,1`, 400, 'body_invalid'],
    [`/tags/${WAVE}/aggregates?functions=percentiles&percentiles=101`, 400, 'body_invalid'],
    ['/latest?limit=10001', 400, 'body_invalid'],
    [`/export?tag=${WAVE}&format=xlsx`, 400, 'body_invalid'],
  ])('%s is told so', async (path, status, code) => {
    const answer = await get(path);
    expect({ status: answer.status, code: answer.body.code }).toEqual({ status, code });
    expect(answer.body).toMatchObject({ detail: expect.any(String), action: expect.any(String) });
  });
});
