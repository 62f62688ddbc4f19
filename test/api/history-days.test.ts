import { afterAll, beforeAll, expect, it } from 'vitest';
import { plantDays } from '../../src/model/plant-day.ts';
import { fillPast } from '../kit/history.ts';
import { startTestService, type TestService } from '../kit/service.ts';

const ZONE = 'Europe/Berlin';
const HOUR_MS = 3_600_000;
const days = plantDays(ZONE);

/** The last day, two days ago at least, that was so long. */
function lastDayOf(hours: number): number {
  let day = days.dayOf(Date.now()) - 2;
  while (days.beginOf(day + 1) - days.beginOf(day) !== hours * HOUR_MS) day -= 1;
  return day;
}

let test: TestService;
const changed = [lastDayOf(25), lastDayOf(23)];
const hourOf = (at: number) => Math.round(at / HOUR_MS);

beforeAll(async () => {
  test = await startTestService(`
plant: days
timezone: ${ZONE}
adapters: { push: { kind: http, adopt: auto } }
`);
  // Every hour says which hour it is.
  const hours = changed.flatMap((day) => {
    const from = days.beginOf(day - 1);
    return Array.from({ length: 72 }, (_, i) => from + i * HOUR_MS);
  });
  await fillPast(
    test.databaseUrl,
    hours.map((at) => ({ tag: 'press.hour', at, value: hourOf(at) })),
  );
});
afterAll(() => test[Symbol.asyncDispose]());

it.each(changed)('a step of a day is the day of the plant, also when its clock is changed (day %d)', async (day) => {
  const [from, noon, to] = [days.beginOf(day - 1), days.beginOf(day) + 12 * HOUR_MS, days.beginOf(day + 2)];
  const ask = async (value: string) =>
    (await test.call('GET', `/api/v1/readings?tag=press.hour&from=${from + 1}&to=${noon}&step=1d&value=${value}`)).body;
  const first = await ask('min');
  expect(first.at).toEqual([from, days.beginOf(day)]);
  expect(first).toMatchObject({ from: new Date(from).toISOString(), resolution: 'hour', stepMs: 24 * HOUR_MS });
  expect(first.columns[0].values).toEqual(first.at.map(hourOf));
  const last = await ask('max');
  expect(last.columns[0].values).toEqual([hourOf(days.beginOf(day)) - 1, hourOf(days.beginOf(day + 1)) - 1]);
  const two = await test.call('GET', `/api/v1/readings?tag=press.hour&from=${from}&to=${to}&step=2d&value=last`);
  expect(two.body.at.every((at: number) => days.dayOf(at) % 2 === 0 && days.beginOf(days.dayOf(at)) === at)).toBe(true);
});

it('says what to ask for where days begin between two hours of UTC and need too many minutes', async () => {
  await using kolkata = await startTestService(`
plant: half
timezone: Asia/Kolkata
adapters: { push: { kind: http } }
assets: { press: { tags: { a: { from: push }, b: { from: push } } } }
`);
  const to = Date.now();
  const ask = (step: string) =>
    kolkata.call(
      'GET',
      `/api/v1/readings?tag=press.a&tag=press.b&from=${to - 365 * 24 * HOUR_MS}&to=${to}&step=${step}`,
    );
  const days = await ask('1d');
  expect(days.status).toBe(422);
  expect(days.body.detail).toContain('days in Asia/Kolkata begin between two hours of UTC');
  expect(days.body.detail).toMatch(/a step of hours such as 12h$/);
  expect((await ask('12h')).status).toBe(200); // what it advises
});
