import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, expect, it } from 'vitest';
import { type Program, startProgram } from '../kit/child.ts';
import { createDatabase, queryDatabase } from '../kit/database.ts';
import { metricOf } from '../kit/metric.ts';
import { type Historian, startHistorian } from '../kit/opcua-historian.ts';
import { waitFor } from '../kit/wait.ts';

/** `OPCUA_CYCLES=50 npx vitest run --project system test/system/opcua-cycles.test.ts` for a long run. */
const CYCLES = Number(process.env['OPCUA_CYCLES'] ?? 3);
/** 5 s are what is promised, and hold where nothing else is done; a machine that is busy adds to it. */
const BACK_WITHIN_MS = Number(process.env['BACK_WITHIN_MS'] ?? 20_000);
/** Longer than three missed keep-alives: the connection is given up while the server stands still. */
const FROZEN_MS = 12_000;

const directory = mkdtempSync(join(tmpdir(), 'millwright-opcua-cycles-'));
let program: Program | null = null;
afterEach(async () => {
  await program?.end('SIGTERM');
  program = null;
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

it(
  `a server that is killed, restarted and frozen ${CYCLES} times has every value it held stored once, seconds after it is back`,
  async () => {
    await using historian = await startHistorian();
    const databaseUrl = await createDatabase();
    const url = await startService(historian, databaseUrl);
    await waitFor('values', () => hasSince(databaseUrl, 0));
    await sleep(2_000); // until the database's have settled
    const socketsBefore = sockets();
    const tookMs: number[] = [];
    for (let cycle = 0; cycle < CYCLES; cycle++) {
      const backAt = await outage(historian, cycle);
      await waitFor(`values after outage ${cycle}`, () => hasSince(databaseUrl, backAt));
      tookMs.push(Date.now() - backAt);
      await sleep(1_000); // normal work between two outages
    }
    process.stderr.write(`values again after ${tookMs.map((ms) => `${ms} ms`).join(', ')}\n`);
    await expectNoHole(historian, databaseUrl);
    expect(Math.max(...tookMs)).toBeLessThan(BACK_WITHIN_MS);
    await waitFor('no more sockets than before', () => sockets() <= socketsBefore);
    expect(await metricOf(url, 'writer_readings_conflict_total')).toBe(0);
    expect(program!.stderr()).not.toMatch(/MaxListenersExceeded|unhandled/i);
  },
  120_000 + CYCLES * 30_000,
);

it('a service that is killed reads back what it missed, also when it is killed again while it does', async () => {
  await using historian = await startHistorian();
  const databaseUrl = await createDatabase();
  await startService(historian, databaseUrl);
  await waitFor('values', () => hasSince(databaseUrl, 0));
  await sleep(2_000);
  for (const upMs of [0, 600, 1_500]) {
    await program!.end('SIGKILL');
    await sleep(3_000);
    const startedAt = Date.now();
    await startService(historian, databaseUrl);
    await waitFor('values', () => hasSince(databaseUrl, startedAt));
    await sleep(upMs);
  }
  await expectNoHole(historian, databaseUrl);
});

/** One outage after the other in another way; when the server was back, EpochMs. */
async function outage(historian: Historian, cycle: number): Promise<number> {
  if (cycle % 3 === 2) {
    historian.signal('SIGSTOP');
    await sleep(FROZEN_MS);
    historian.signal('SIGCONT');
    return Date.now();
  }
  await historian.end(cycle % 3 === 0 ? 'SIGKILL' : 'SIGTERM');
  await sleep(2_000);
  await historian.start();
  return Date.now();
}

async function startService(historian: Historian, databaseUrl: string): Promise<string> {
  const plantFile = join(directory, 'plant.yaml');
  writeFileSync(
    plantFile,
    `
plant: cycles
timezone: UTC
adapters:
  line: { kind: opcua, url: "${historian.url}", publish: 250ms, sampling: 0ms }
assets:
  press: { name: Press, tags: { counter: { from: line, address: { nodeId: "nsu=urn:historian;s=Counter" } } } }
`,
  );
  program = startProgram(
    ['run', '--plant', plantFile, '--port', '0', '--data', join(directory, historian.url.slice(-5))],
    {
      DATABASE_URL: databaseUrl,
      MILLWRIGHT_ADMIN_KEY: 'cycles-test-key',
      LOG_LEVEL: 'warn',
    },
  );
  return (await program.until(/is at (http:\S+)\n/))[1]!;
}

async function hasSince(databaseUrl: string, since: number): Promise<boolean> {
  const [row] = await queryDatabase<{ at: number | null }>(
    databaseUrl,
    'select (extract(epoch from max(at)) * 1000)::float8 as at from reading where quality = 0',
  );
  return row?.at !== null && row !== undefined && row.at > since;
}

/** Every value the server held from the first stored one on, once, with its time. */
async function expectNoHole(historian: Historian, databaseUrl: string): Promise<void> {
  await sleep(1_000);
  const held = historian.held();
  const rows = () =>
    queryDatabase<{ at: number; value: number }>(
      databaseUrl,
      'select (extract(epoch from at) * 1000)::float8 as at, value from reading where quality = 0 order by at',
    );
  const last = held.at(-1)!.at;
  const from = (await rows())[0]!.at;
  const wanted = held.filter(({ at }) => at >= from);
  await waitFor(
    'all that the server held',
    async () => (await rows()).filter(({ at }) => at <= last).length >= wanted.length,
  ).catch(
    () => undefined, // what is missing is told below
  );
  expect((await rows()).filter(({ at }) => at <= last)).toEqual(wanted);
}

/** How many sockets the service holds. */
function sockets(): number {
  const folder = `/proc/${program!.child.pid}/fd`;
  return readdirSync(folder).filter((name) => {
    try {
      return readlinkSync(join(folder, name)).startsWith('socket:');
    } catch {
      return false; // closed meanwhile
    }
  }).length;
}
