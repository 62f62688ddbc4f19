import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AssetHealth } from '../../src/model/asset-health.ts';
import {
  dropHealthBefore,
  type HealthMark,
  listHealthSteps,
  listHealthStretches,
  listNewestHealth,
  readHealthSeen,
  storeHealth,
  thinHealth,
} from '../../src/store/asset-health.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import { createLogger } from '../../src/telemetry/log.ts';
import { createHealthHistory } from '../../src/wiring/health-watch.ts';
import { createDatabase } from '../kit/database.ts';
import { withDatabase } from '../kit/history.ts';
import { startTestService, type TestService } from '../kit/service.ts';
import { waitFor } from '../kit/wait.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const T0 = Date.UTC(2026, 10, 1);

function healthOf(asset: string, health: number | null, confidence = 1): AssetHealth {
  return {
    asset,
    at: 0,
    health,
    confidence,
    says: '',
    pulls: [],
    morePulls: 0,
    blind: [],
    modes: [],
    measurements: [],
  };
}

describe('the history of the health', () => {
  let database: Database;
  const clock = { atMs: T0, now: () => clock.atMs };
  const stretches = async (asset: string, to = clock.atMs) =>
    (await listHealthStretches(database, { asset, from: T0, to, limit: 100 })).map(({ from, to, health }) => [
      (from - T0) / MINUTE,
      (to - T0) / MINUTE,
      health,
    ]);

  beforeAll(async () => {
    const url = await createDatabase();
    await migrate(url);
    database = openDatabase(url, { connections: 2, name: 'test' });
  });
  afterAll(() => database.close());

  it('keeps a change once, as long as it lasts', async () => {
    const keep = createHealthHistory(database, clock, createLogger('silent'));
    for (const [minute, health] of [
      [0, 1],
      [1, 1],
      [2, 0.3811],
      [3, 0.3799],
      [4, null],
      [5, 1],
    ] as const) {
      clock.atMs = T0 + minute * MINUTE;
      await keep([healthOf('press', health, health === null ? 0.25 : 1)]);
    }
    expect(await stretches('press')).toEqual([
      [0, 2, 1],
      [2, 4, 0.38],
      [4, 5, null],
    ]);
    expect(await readHealthSeen(database)).toBe(T0 + 5 * MINUTE);
  });

  it('goes on over a restart, and knows nothing of the time in which nobody looked', async () => {
    clock.atMs = T0 + 7 * MINUTE;
    await createHealthHistory(database, clock, createLogger('silent'))([healthOf('press', 1)]);
    expect((await stretches('press')).slice(3)).toEqual([[5, 7, 1]]);
    clock.atMs = T0 + 60 * MINUTE;
    await createHealthHistory(database, clock, createLogger('silent'))([healthOf('press', 1)]);
    clock.atMs = T0 + 61 * MINUTE;
    expect((await stretches('press')).slice(3)).toEqual([
      [5, 7, 1],
      [7, 60, null],
      [60, 61, 1],
    ]);
  });

  it('ends with the asset, and takes a clock that was put back for one that stood still', async () => {
    const keep = createHealthHistory(database, clock, createLogger('silent'));
    await keep([healthOf('press', 1), healthOf('pump', 0.5)]);
    clock.atMs -= 30 * MINUTE;
    await keep([healthOf('press', 0.6)]);
    clock.atMs = T0 + 62 * MINUTE;
    await keep([healthOf('press', 0.6)]);
    expect((await stretches('press')).at(-1)).toEqual([61, 62, 0.6]);
    expect(await stretches('pump')).toEqual([[61, 62, null]]);
    expect((await listNewestHealth(database)).map(({ asset, health }) => [asset, health])).toEqual([
      ['press', 0.6],
      ['pump', null],
    ]);
  });

  it('answers in equal steps with the lowest of each, and forgets what is too old but for what still holds', async () => {
    const steps = await listHealthSteps(database, {
      asset: 'press',
      from: T0,
      to: T0 + 62 * MINUTE,
      stepMs: 3 * MINUTE,
    });
    expect(steps).toHaveLength(21);
    expect(steps.slice(0, 4).map(({ health }) => health)).toEqual([0.38, 0.38, 1, null]);
    expect(steps.at(-1)).toMatchObject({ from: T0 + 60 * MINUTE, to: T0 + 62 * MINUTE, health: 0.6 });
    expect(await dropHealthBefore(database, T0 + 6 * MINUTE)).toBe(3);
    expect((await stretches('press'))[0]).toEqual([5, 7, 1]);
  });

  it('keeps what was found by the last look before nobody looked', async () => {
    const keep = createHealthHistory(database, clock, createLogger('silent'));
    clock.atMs = T0 + 63 * MINUTE;
    await keep([healthOf('press', 0.1)]);
    clock.atMs = T0 + 90 * MINUTE;
    await keep([healthOf('press', 1)]);
    clock.atMs = T0 + 91 * MINUTE;
    expect((await stretches('press')).slice(-3)).toEqual([
      [63, 63 + 1 / MINUTE, 0.1],
      [63 + 1 / MINUTE, 90, null],
      [90, 91, 1],
    ]);
  });

  it('goes on once a clock that ran far ahead is right again, but not at once', async () => {
    clock.atMs = T0 + 400 * DAY;
    await createHealthHistory(database, clock, createLogger('silent'))([healthOf('press', 0.7)]);
    const keep = createHealthHistory(database, clock, createLogger('silent'));
    for (let look = 1; look <= 19; look++) {
      clock.atMs = T0 + (100 + look / 2) * MINUTE;
      await keep([healthOf('press', 0.4)]);
    }
    expect(await readHealthSeen(database)).toBe(T0 + 400 * DAY);
    clock.atMs = T0 + 110 * MINUTE;
    await keep([healthOf('press', 0.4)]);
    expect(await readHealthSeen(database)).toBe(clock.atMs);
    expect((await stretches('press', T0 + 500 * DAY)).slice(-2)).toEqual([
      [90 + 1 / MINUTE, 110, null],
      [110, 500 * 24 * 60, 0.4],
    ]);
  });

  it('keeps of an hour the lowest, what came after it and the last, however often it is thinned', async () => {
    const T0 = Date.UTC(2026, 8, 1); // before all others
    const at = [-30, 1, 10, 20, 21, 40, 50, 70, 80, 90, 100, 119];
    const health = [1, 0.9, null, 0.2, 0.8, 0.3, 0.7, 0.6, 0.5, 0.6, 0.7, 0.4];
    const marks = at.map((minute, i) => ({
      ...{ asset: 'fan', at: T0 + minute * MINUTE, health: health[i]!, confidence: 1 },
    }));
    await storeHealth(database, { marks, seenUntil: clock.atMs });
    const thinned = async (from: number | null, to: number) =>
      thinHealth(database, { from, to: T0 + to * MINUTE }).then(async (rows) => [
        rows,
        (await listHealthStretches(database, { asset: 'fan', from: T0 - HOUR, to: T0 + 2 * HOUR, limit: 100 })).map(
          ({ from }) => (from - T0) / MINUTE,
        ),
      ]);
    expect(await thinned(null, 119)).toEqual([3, [-30, 20, 21, 50, 70, 80, 90, 100, 119]]);
    expect(await thinned(null, 119)).toEqual([0, expect.anything()]);
    expect(await thinned(T0 + 30 * MINUTE, 121)).toEqual([4, [-30, 20, 21, 50, 119]]);
  });
});

describe('the API of the history of the health', () => {
  let test: TestService;
  const now = Date.now();
  const mark = (asset: string, daysAgo: number, health: number | null): HealthMark => ({
    asset,
    at: now - daysAgo * DAY,
    health,
    confidence: health === null ? 0 : 1,
  });

  beforeAll(async () => {
    test = await startTestService(`
plant: worn
timezone: UTC
adapters: { push: { kind: http } }
assets:
  press: { name: Press 1, tags: { wear: { from: push } } }
  pump: { tags: { wear: { from: push } } }
  fan: { tags: { wear: { from: push } } }
`);
    // Nothing watches these machines: not known from the first look on.
    await waitFor('the first look', async () => {
      const { body } = await test.call('GET', '/api/v1/assets/fan/health/history');
      return body.seenUntil !== null;
    });
    await withDatabase(test.databaseUrl, (database) =>
      storeHealth(database, {
        marks: [
          ...[mark('press', 20, 1), mark('press', 3, 0.4), mark('press', 2, 0.2), mark('press', 0.5, 0.9)],
          ...[mark('pump', 6, 1), mark('pump', 1, 0.3)],
        ],
        seenUntil: now,
      }),
    );
  });
  afterAll(() => test[Symbol.asyncDispose]());

  it('tells how an asset was from when to when', async () => {
    const range = `from=${now - 4 * DAY}&to=${now - DAY}`;
    const { status, body } = await test.call('GET', `/api/v1/assets/press/health/history?${range}`);
    expect(status).toBe(200);
    const days = (text: string) => (now - Date.parse(text)) / DAY;
    expect(body.items.map((one: any) => [days(one.from), days(one.to), one.health])).toEqual([
      [4, 3, 1],
      [3, 2, 0.4],
      [2, 1, 0.2],
    ]);
    expect(body.stepMs).toBe(0);
    expect((await test.call('GET', '/api/v1/assets/none/health/history')).status).toBe(404);
  });

  it('lists what got worst in a week, and how long it was bad', async () => {
    const { body } = await test.call('GET', `/api/v1/health/changes?to=${now}`);
    const [pump, press, fan] = body.items;
    expect(pump).toMatchObject({ asset: 'pump', before: null, after: 0.3, lowest: 0.3, knownMs: 6 * DAY });
    expect(pump.belowHalfMs).toBe(DAY);
    expect(press).toMatchObject({ asset: 'press', name: 'Press 1', before: 1, after: 0.9, lowest: 0.2 });
    expect(press).toMatchObject({ knownMs: 7 * DAY, belowHalfMs: 2.5 * DAY });
    expect(Date.parse(press.lowestAt)).toBe(now - 2 * DAY);
    expect(fan).toMatchObject({ asset: 'fan', after: null, lowest: null, knownMs: 0 });
  });
});
