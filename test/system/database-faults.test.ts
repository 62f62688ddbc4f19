import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Program, startProgram } from '../kit/child.ts';
import { embeddedDatabase } from '../kit/embedded.ts';
import { freePort } from '../kit/free-port.ts';
import { startPushers } from '../kit/ledger.ts';
import { seeded } from '../kit/seeded.ts';
import { waitFor } from '../kit/wait.ts';

const SEED = Number(process.env['FAULT_SEED'] ?? 7);
const KILLS = Number(process.env['FAULT_KILLS'] ?? 10);
const FREEZE_MS = Number(process.env['FAULT_FREEZE_MS'] ?? 40_000);
const KEY = 'fault-test-key';

const directory = mkdtempSync(join(tmpdir(), 'millwright-faults-'));
const database = embeddedDatabase(join(directory, 'data'));
const plantFile = join(directory, 'plant.yaml');
writeFileSync(plantFile, 'plant: faults\ntimezone: UTC\nadapters:\n  push: { kind: http, adopt: auto }\n');

let program: Program;
let url: string;
beforeAll(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  program = startProgram(['run', '--plant', plantFile], {
    MILLWRIGHT_DATA: join(directory, 'data'),
    MILLWRIGHT_PORT: String(port),
    MILLWRIGHT_ADMIN_KEY: KEY,
    LOG_LEVEL: 'warn',
  });
  await program.until(/Plant faults is at/);
});
afterEach(() => {
  expect(program.child.exitCode ?? program.child.signalCode, program.stderr().slice(-3_000)).toBeNull();
});
afterAll(async () => {
  await program.end('SIGINT');
  rmSync(directory, { recursive: true, force: true });
});

function residentMiB(): number {
  const status = readFileSync(`/proc/${program.child.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1_024;
}

describe(`those who push never learn that the database (seed ${SEED})`, () => {
  it(`was killed ${KILLS} times`, async () => {
    const random = seeded(SEED);
    const ledger = startPushers(url, KEY, { name: 'killed', pauseMs: 10 });
    for (let kill = 0; kill < KILLS; kill++) {
      await sleep(500 + random() * 1_500);
      database.kill();
      const before = ledger.answered();
      await waitFor('pushers to go on while it is away', () => ledger.answered() > before + 20);
      await waitFor('it to be back', async () => (await fetch(`${url}/health/ready`)).status === 200);
    }
    await ledger.stop();
    expect([...ledger.statuses.keys()]).toEqual([200]);
    expect(await ledger.verify()).toBeGreaterThan(1_000);
    expect(program.child.exitCode).toBeNull();
  });

  it(`was frozen for ${FREEZE_MS / 1_000} s, and memory stays where it was`, async () => {
    const ledger = startPushers(url, KEY, { name: 'frozen', pauseMs: 10 });
    await waitFor('some load', () => ledger.answered() > 100);
    const before = residentMiB();
    // Frozen with a COPY under way: its answer comes long after everybody stopped waiting for it.
    const blocker = new pg.Client(database.url());
    blocker.on('error', () => undefined);
    await blocker.connect();
    await blocker.query('begin; lock table reading in access exclusive mode');
    const observer = new pg.Client(database.url()); // in a transaction the statistics would stand still
    observer.on('error', () => undefined);
    await observer.connect();
    await waitFor('a COPY to wait for the lock', async () => {
      const { rowCount } = await observer.query(
        `select from pg_stat_activity where query ilike 'copy reading%' and wait_event_type = 'Lock'`,
      );
      return (rowCount ?? 0) > 0;
    });
    await observer.end();
    const thaw = database.freeze();
    try {
      const start = ledger.answered();
      await sleep(FREEZE_MS); // nothing else can pass here: this is how long it is frozen
      expect(ledger.answered()).toBeGreaterThan(start + 100);
      expect((await fetch(`${url}/health/live`)).status).toBe(200);
    } finally {
      thaw();
    }
    await blocker.query('rollback');
    await blocker.end();
    expect(residentMiB() - before).toBeLessThan(64);
    await waitFor('it to be back', async () => (await fetch(`${url}/health/ready`)).status === 200);
    await ledger.stop();
    expect([...ledger.statuses.keys()]).toEqual([200]);
    await ledger.verify();
  });
});
