import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Program, startProgram } from '../kit/child.ts';
import { createDatabase, queryDatabase } from '../kit/database.ts';
import { freePort } from '../kit/free-port.ts';
import { fillPast, withDatabase } from '../kit/history.ts';
import { waitFor } from '../kit/wait.ts';

const ROWS = 2_000_000;
const DAY_MS = 86_400_000;
const FROM = Math.floor(Date.now() / DAY_MS / 7) * 7 * DAY_MS - 7 * DAY_MS;
const KEY = 'export-test-key-export-test-key';
/** The whole export is 106 MB of text: whoever piles it up grows by more than this. */
const MOST_GROWTH_BYTES = 80 * 2 ** 20;

const directory = mkdtempSync(join(tmpdir(), 'millwright-export-'));
let program: Program;
let databaseUrl: string;
let port: number;

beforeAll(async () => {
  databaseUrl = await createDatabase();
  port = await freePort();
  const plant = join(directory, 'plant.yaml');
  writeFileSync(plant, 'plant: export\ntimezone: UTC\nadapters:\n  push: { kind: http, adopt: auto }\n');
  program = startProgram(['run', '--plant', plant], {
    DATABASE_URL: databaseUrl,
    MILLWRIGHT_ADMIN_KEY: KEY,
    MILLWRIGHT_DATA: join(directory, 'data'),
    MILLWRIGHT_PORT: String(port),
    LOG_LEVEL: 'warn',
  });
  await program.until(/Plant export is at/);
  await fillPast(databaseUrl, [{ tag: 'a.x', at: FROM, value: 0 }]);
  await withDatabase(databaseUrl, async (database) => {
    await database.query(
      `insert into reading (tag_id, at, value, quality)
       select (select id from tag where name = 'a.x'), $1::timestamptz + g * interval '100 ms', g / 7.0, 0 from generate_series(1, $2) as g`,
      [new Date(FROM), ROWS - 1],
    );
    await database.query('analyze reading'); // what autovacuum does within a minute
  });
});
afterAll(async () => {
  await program.end('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});

function startExport(): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const path = `/api/v1/export?tag=a.x&from=${FROM}&to=${FROM + 7 * DAY_MS}`;
    const asked = request({ port, path, headers: { authorization: `Bearer ${KEY}` } }, resolve);
    asked.on('error', reject).end();
  });
}

function residentBytes(): number {
  const status = readFileSync(`/proc/${program.child.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)![1]) * 1_024;
}

it('an export of any length needs no more memory, also when its reader stops in the middle', async () => {
  // Once for nothing, so that what is measured is not the first use of everything.
  const warm = await startExport();
  for await (const _ of warm) if (residentBytes() === 0) break;
  const before = residentBytes();
  let peak = before;
  let lines = 0;
  let bytes = 0;
  let hasRested = false;
  const answer = await startExport();
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    for (const byte of chunk) if (byte === 10) lines += 1;
    peak = Math.max(peak, residentBytes());
    if (!hasRested && bytes > 10e6) {
      hasRested = true;
      await sleep(1_500); // a reader that does not read: nothing can be waited for
      peak = Math.max(peak, residentBytes());
    }
  }
  expect(lines).toBe(ROWS + 1);
  expect(bytes).toBeGreaterThan(MOST_GROWTH_BYTES);
  expect((peak - before) / 2 ** 20).toBeLessThan(MOST_GROWTH_BYTES / 2 ** 20);
});

it('a reader that goes away ends the work', async () => {
  const answer = await startExport();
  answer.once('data', () => answer.destroy());
  answer.on('error', () => undefined);
  await new Promise((resolve) => answer.once('close', resolve));
  const count = async () => {
    const [row] = await queryDatabase<{ n: string }>(
      databaseUrl,
      `select count(*) as n from pg_stat_activity where application_name = 'millwright api' and state = 'active'`,
    );
    return Number(row!.n);
  };
  // Several times in a row: between two pages of a running export the database rests, too.
  await waitFor('the database to rest', async () => {
    for (let i = 0; i < 20; i++) if ((await count()) > 0) return false;
    return true;
  });
});
