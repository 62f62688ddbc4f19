import { expect, it } from 'vitest';
import { runRetention } from '../../src/ingest/retention.ts';
import type { Clock } from '../../src/model/clock.ts';
import { openDatabase } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import { ensureReadingsTable } from '../../src/store/readings-table.ts';
import { ensureRollups } from '../../src/store/rollups.ts';
import { ensureTags } from '../../src/store/tags.ts';
import { createLogger } from '../../src/telemetry/log.ts';
import { createDatabase } from '../kit/database.ts';
import { drawReadings, expectTrue, refreshAll, storeAsWriter } from '../kit/rollups.ts';
import { seeded } from '../kit/seeded.ts';

const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 10, 21, 10, 37);

it('readings go when their time is over, and rollups later', async () => {
  const url = await createDatabase();
  await migrate(url);
  const database = openDatabase(url, { connections: 2, name: 'test' });
  await ensureReadingsTable(database, 'postgresql');
  await database.transaction((session) => ensureRollups(session, 'postgresql'));
  const tagIds = [...(await ensureTags(database, [{ name: 'a.x', asset: 'a', source: null }])).values()];
  const range = { tagIds, from: NOW - 200 * DAY_MS, to: NOW, stepMs: 7_200_000 };
  await storeAsWriter(database, drawReadings(seeded(3), range));
  await refreshAll(database, { keptAs: 'tables', now: NOW, keepMs: 400 * DAY_MS, stretchMs: DAY_MS });
  await expectTrue(database);

  /** One round of the job; the age in days of the oldest reading and of the oldest minute. */
  const keep = async (readings: number, rollups: number) => {
    const stop = new AbortController();
    const clock: Clock = { now: () => NOW, sleep: async () => stop.abort() };
    const retention = {
      readingsMs: readings * DAY_MS,
      rollupsMs: rollups * DAY_MS,
      waveformsMs: DAY_MS,
      compressAfterMs: DAY_MS,
    };
    await runRetention({
      database,
      edition: 'postgresql',
      keptAs: 'tables',
      retention,
      clock,
      logger: createLogger('silent'),
      signal: stop.signal,
    });
    const { rows } = await database.query<{ readings: number; minutes: number }>(
      `select date_part('day', $1::timestamptz - (select min(at) from reading)) as readings,
              date_part('day', $1::timestamptz - (select min(at) from reading_minute)) as minutes`,
      [new Date(NOW)],
    );
    return rows[0]!;
  };
  const untouched = await keep(400, 3_650);
  expect(untouched).toEqual({ readings: 199, minutes: 199 });
  const kept = await keep(30, 3_650);
  expect(kept.minutes).toBe(199);
  expect(kept.readings).toBeGreaterThanOrEqual(30);
  expect(kept.readings).toBeLessThan(37 + 1);
  const fewer = await keep(30, 90);
  expect(fewer.minutes).toBeGreaterThanOrEqual(90);
  expect(fewer.minutes).toBeLessThan(118 + 1);
  await database.close();
});
