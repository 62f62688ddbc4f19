import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/store/database.ts';
import { findEdition } from '../../src/store/edition.ts';
import { moveToHypertable } from '../../src/store/move-to-hypertable.ts';
import { dropReadingsBefore } from '../../src/store/readings-table.ts';
import { queryDatabase } from '../kit/database.ts';
import { DEBIAN_POSTGRES, type DebianPostgres, startDebianPostgres } from '../kit/debian-postgres.ts';
import { expectTrue } from '../kit/rollups.ts';
import { startTestService } from '../kit/service.ts';
import { mustRun } from '../kit/tool.ts';
import { waitFor } from '../kit/wait.ts';

const PLANT = `plant: apache
timezone: UTC
adapters:
  push: { kind: http, adopt: auto }
retention: { readings: 100d, rollups: 2y }
`;
const DAY_MS = 86_400_000;

describe.runIf(
  mustRun(DEBIAN_POSTGRES, 'TimescaleDB Apache-2: needs .ci/debian13 to have been run, as root (see CONTRIBUTING.md)'),
)('a plant that moves from plain PostgreSQL to TimescaleDB Apache-2', () => {
  let server: DebianPostgres;
  beforeAll(async () => {
    server = await startDebianPostgres('none');
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  const count = async (from: string) =>
    (await queryDatabase<{ n: number }>(server.url, `select count(*)::int as n from ${from}`))[0]!.n;

  /** Starts the service, pushes recent and old readings, and waits until they are stored and rolled up; the edition. */
  async function runPlant(value: number): Promise<string> {
    await using test = await startTestService(PLANT, { databaseUrl: server.url });
    const now = Date.now();
    const before = await count('reading');
    const readings = Array.from({ length: 900 }, (_, i) => ({
      tag: `m-${i % 3}.x`,
      at: now - Math.floor(i / 3) * 3 * (DAY_MS / 11) - value,
      value: value + i / 8,
    }));
    for (let i = 0; i < readings.length; i += 300)
      expect((await test.call('POST', '/api/v1/readings', { readings: readings.slice(i, i + 300) })).status).toBe(200);
    await waitFor('all to be stored', async () => (await count('reading')) === before + readings.length);
    await waitFor(
      'all to be rolled up',
      async () =>
        (await count('rollup_dirty')) === 0 &&
        (await count(`rollup_state where materialised > now() - interval '10 minutes'`)) === 1,
    );
    await checkRollups();
    return (await test.call('GET', '/api/v1/plant')).body.store.edition;
  }

  async function checkRollups(): Promise<void> {
    const database = openDatabase(server.url, { connections: 1, name: 'test' });
    await expectTrue(database);
    await database.close();
  }

  it('begins on plain PostgreSQL', async () => {
    expect(await runPlant(0)).toBe('postgresql');
    expect(await count('reading_minute_stored')).toBeGreaterThan(100);
  });

  it('goes on with its partitions when the extension appears', async () => {
    await server.restart('timescaledb');
    expect(await runPlant(1)).toBe('timescaledb-apache');
    expect(await count(`timescaledb_information.hypertables where hypertable_name = 'reading'`)).toBe(0);
  });

  it('moves its readings into a hypertable and loses none', async () => {
    const before = await count('reading');
    const database = openDatabase(server.url, { connections: 1, name: 'test' });
    expect(await moveToHypertable(database, await findEdition(database))).toBeGreaterThan(5);
    await database.close();
    expect(await count('reading')).toBe(before);
    expect(await count('timescaledb_information.chunks')).toBeGreaterThan(50);
    await checkRollups();
  });

  it('stores, rolls up and queues late readings there', async () => {
    expect(await runPlant(2)).toBe('timescaledb-apache');
  });

  it('drops old chunks and keeps their rollups', async () => {
    const days = await count('reading_day');
    const database = openDatabase(server.url, { connections: 1, name: 'test' });
    expect(await dropReadingsBefore(database, Date.now() - 30 * DAY_MS)).toBeGreaterThan(10);
    await database.close();
    expect(await count('reading_day')).toBe(days);
  });
});
