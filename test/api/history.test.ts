import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fillPast, type PastReading } from '../kit/history.ts';
import { startTestService, type TestService } from '../kit/service.ts';

const PLANT = `
plant: history
timezone: UTC
adapters:
  push: { kind: http, adopt: auto }
`;

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** Two days of one reading a second, three days ago. */
const FROM = Math.floor(Date.now() / DAY_MS) * DAY_MS - 3 * DAY_MS;
const TO = FROM + 2 * DAY_MS;
const SPIKE_AT = FROM + 17 * 3_600_000 + 1_234_000;
const SILENT_FROM = FROM + 30 * 3_600_000;
const SILENT_TO = SILENT_FROM + 40 * MINUTE_MS;
const BAD_FROM = FROM + 40 * 3_600_000;
const BAD_TO = BAD_FROM + 5 * MINUTE_MS;

let test: TestService;
const TAG = 'press-1.vibration';

function pastReadings(): PastReading[] {
  const readings: PastReading[] = [];
  for (let at = FROM; at < TO; at += 1_000) {
    if (at > SILENT_FROM && at < SILENT_TO) continue;
    const isBad = at >= BAD_FROM && at < BAD_TO;
    const value = at === SPIKE_AT ? 99 : 5 + Math.sin(at / 1e6);
    readings.push({ tag: TAG, at, value: isBad ? null : value, quality: isBad ? 2 : 0 });
  }
  return readings;
}

beforeAll(async () => {
  test = await startTestService(PLANT);
  await fillPast(test.databaseUrl, pastReadings());
});
afterAll(() => test[Symbol.asyncDispose]());

const readings = (query: string) => test.call('GET', `/api/v1/tags/${TAG}/readings?${query}`);
const iso = (at: number) => new Date(at).toISOString();

describe('a chart of one tag', () => {
  it.each([
    ['minute', FROM, TO],
    ['minute', FROM + 12_345, TO - 54_321],
    ['extremes', SPIKE_AT - 3_600_000, SPIKE_AT + 3_600_000],
  ])('is at most the points asked for, from %s, and hides no spike', async (resolution, from, to) => {
    const { status, body } = await readings(`from=${from}&to=${to}&maxPoints=500`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ resolution, method: 'extremes', gapAfterMs: 10_000, next: null });
    expect(body.items.length).toBeLessThanOrEqual(500);
    expect(body.items.length).toBeGreaterThan(300);
    const times = body.items.map(({ at }: { at: string }) => Date.parse(at));
    expect(times).toEqual([...new Set<number>(times)].sort((a, b) => a - b));
    expect(Math.min(...times)).toBeGreaterThanOrEqual(Math.floor(from));
    expect(Math.max(...times)).toBeLessThan(to);
    const spike = body.items.find(({ value }: { value: number }) => value === 99);
    const stepMs = Math.max(1, (to - from) / 250);
    expect(Math.abs(Date.parse(spike.at) - SPIKE_AT)).toBeLessThanOrEqual(body.timeStepMs === 0 ? 0 : stepMs);
  });

  it('marks a silence and bad quality, to the minute from rollups and to the reading without', async () => {
    const { body } = await readings(`from=${FROM}&to=${TO}&maxPoints=500`);
    expect(body.gaps).toEqual([
      { from: iso(SILENT_FROM + MINUTE_MS), to: iso(SILENT_TO), reason: 'no data' },
      { from: iso(BAD_FROM), to: iso(BAD_TO), reason: 'bad quality' },
    ]);
    const near = (await readings(`from=${SILENT_FROM - 60_000}&to=${SILENT_TO + 60_000}&maxPoints=1000`)).body;
    expect(near.gaps).toEqual([{ from: iso(SILENT_FROM), to: iso(SILENT_TO), reason: 'no data' }]);
    expect(near.resolution).toBe('raw');
  });

  it('finds a silence that is shorter than the stretches of the chart', async () => {
    const { body } = await readings(`from=${FROM}&to=${TO}&maxPoints=20`);
    expect(body.items.length).toBeLessThanOrEqual(20);
    expect(body.resolution).toBe('hour');
    const fine = (await readings(`from=${FROM}&to=${TO}&maxPoints=110`)).body;
    expect(fine.resolution).toBe('minute');
    expect(fine.gaps).toContainEqual({ from: iso(SILENT_FROM + MINUTE_MS), to: iso(SILENT_TO), reason: 'no data' });
  });

  it('can keep the shape of the line instead', async () => {
    for (const [from, to] of [
      [FROM, TO],
      [FROM, FROM + 3_600_000],
    ]) {
      const { body } = await readings(`from=${from}&to=${to}&maxPoints=300&method=lttb`);
      expect(body.method).toBe('lttb');
      expect(body.items).toHaveLength(300);
    }
  });

  it('says of a range without readings that there is no data, up to now', async () => {
    const { body } = await readings(`from=${FROM - DAY_MS}&to=${FROM}&maxPoints=10`);
    expect(body).toMatchObject({
      resolution: 'raw',
      items: [],
      gaps: [{ from: iso(FROM - DAY_MS), to: iso(FROM), reason: 'no data' }],
    });
    const ahead = await readings(`from=${Date.now() + DAY_MS}&to=${Date.now() + 2 * DAY_MS}&maxPoints=10`);
    expect(ahead.body.gaps).toEqual([]);
  });
});

describe('every reading', () => {
  it('comes page by page, each once, with the gaps between pages', async () => {
    const seen: string[] = [];
    const gaps: unknown[] = [];
    let cursor = '';
    do {
      const { body } = await readings(`from=${SILENT_FROM - 9_000}&to=${SILENT_TO + 10_000}&limit=7&cursor=${cursor}`);
      seen.push(...body.items.map(({ at }: { at: string }) => at));
      gaps.push(...body.gaps);
      cursor = body.next ?? '';
    } while (cursor !== '');
    expect(seen).toHaveLength(20);
    expect(new Set(seen).size).toBe(20);
    expect(gaps).toEqual([{ from: iso(SILENT_FROM), to: iso(SILENT_TO), reason: 'no data' }]);
  });
});

describe('an answer about a range that is over', () => {
  const path = `/api/v1/tags/${TAG}/readings?from=${FROM}&to=${FROM + 600_000}&maxPoints=100`;
  const ask = (headers: Record<string, string> = {}, at = path) =>
    fetch(`${test.url}${at}`, { headers: { authorization: `Bearer ${test.adminKey}`, ...headers } });

  it('may be kept, and is confirmed without being sent again', async () => {
    const first = await ask();
    expect(first.headers.get('cache-control')).toBe('private, max-age=60, must-revalidate');
    const etag = first.headers.get('etag')!;
    const second = await ask({ 'if-none-match': etag });
    expect(second.status).toBe(304);
    expect(await second.text()).toBe('');
    expect((await ask({ 'if-none-match': '"other"' })).status).toBe(200);
  });

  it('gets another validator when a late reading has changed it', async () => {
    const at = FROM - DAY_MS / 2;
    const empty = `/api/v1/tags/${TAG}/readings?from=${at - 1_000}&to=${at + 1_000}`;
    const etag = (await ask({}, empty)).headers.get('etag')!;
    await fillPast(test.databaseUrl, [{ tag: TAG, at, value: 1 }]);
    const changed = await ask({ 'if-none-match': etag }, empty);
    expect(changed.status).toBe(200);
    expect(changed.headers.get('etag')).not.toBe(etag);
  });

  it('must not be kept while the range is open', async () => {
    const open = await ask({}, `/api/v1/tags/${TAG}/readings?maxPoints=10`);
    expect(open.headers.get('cache-control')).toBe('no-store');
    expect(open.headers.get('etag')).toBeNull();
  });
});
