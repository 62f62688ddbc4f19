import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Program, startProgram } from '../kit/child.ts';
import { createDatabase, queryDatabase } from '../kit/database.ts';
import { freePort } from '../kit/free-port.ts';
import { startPushers } from '../kit/ledger.ts';
import { metricOf } from '../kit/metric.ts';
import { startTcpProxy, type TcpProxy } from '../kit/tcp-proxy.ts';
import { waitFor } from '../kit/wait.ts';

/** Half-open and unreachable for so long; 120_000 is what the promise says. */
const FAULT_MS = Number(process.env['FAULT_NETWORK_MS'] ?? 20_000);
const KEY = 'network-test-key';
const MOST_GROWTH_MIB = 64;

const directory = mkdtempSync(join(tmpdir(), 'millwright-network-'));
const plantFile = join(directory, 'plant.yaml');
writeFileSync(plantFile, 'plant: network\ntimezone: UTC\nadapters:\n  push: { kind: http, adopt: auto }\n');

let program: Program;
let proxy: TcpProxy;
let url: string;
let databaseUrl: string;
beforeAll(async () => {
  databaseUrl = await createDatabase();
  proxy = await startTcpProxy(Number(new URL(databaseUrl).port));
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  program = startProgram(['run', '--plant', plantFile], {
    MILLWRIGHT_DATA: join(directory, 'data'),
    MILLWRIGHT_PORT: String(port),
    MILLWRIGHT_ADMIN_KEY: KEY,
    DATABASE_URL: Object.assign(new URL(databaseUrl), { port: String(proxy.port) }).href,
    LOG_LEVEL: 'warn',
  });
  await program.until(/Plant network is at/);
});
afterAll(async () => {
  await program.end('SIGTERM');
  await proxy[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

function residentMiB(): number {
  const status = readFileSync(`/proc/${program.child.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1_024;
}

/** Load before, during and after a fault: pushers see nothing of it, memory stays, and every reading is stored once. `answered`: batches since it began. */
async function survive(name: string, fault: (answered: () => number) => Promise<void>): Promise<void> {
  using ledger = startPushers(url, KEY, { name, pauseMs: 10 });
  await waitFor('some load', () => ledger.answered() > 100);
  const beforeMiB = residentMiB();
  const before = ledger.answered();
  await fault(() => ledger.answered() - before);
  expect(ledger.answered()).toBeGreaterThan(before + 20);
  expect(residentMiB() - beforeMiB).toBeLessThan(MOST_GROWTH_MIB);
  await waitFor('it to be ready', async () => (await fetch(`${url}/health/ready`)).status === 200);
  await ledger.stop();
  expect([...ledger.statuses.keys()]).toEqual([200]);
  expect(await ledger.verify()).toBeGreaterThan(1_000);
  expect(await metricOf(url, 'writer_readings_conflict_total')).toBe(0);
  expect(program.child.exitCode ?? program.child.signalCode, program.stderr().slice(-3_000)).toBeNull();
  expect(program.stderr()).not.toMatch(/unhandled rejection|uncaught/i);
}

describe('those who push never learn that', () => {
  it.each(['cut-before-commit', 'cut-after-commit'] as const)('the network was lost at a COMMIT (%s)', async (mode) => {
    const duplicates = await metricOf(url, 'writer_readings_duplicate_total');
    await survive(mode, async (answered) => {
      const cuts = proxy.cuts();
      await proxy.become(mode);
      await waitFor('three cuts, and answers meanwhile', () => proxy.cuts() >= cuts + 3 && answered() > 20);
      await proxy.become('pass');
    });
    // What was committed, and not known to be, is recognised by the cursor that was committed with it.
    expect((await metricOf(url, 'writer_readings_duplicate_total')) - duplicates).toBe(0);
  });

  it(`the network to the database was half open for ${FAULT_MS / 1_000} s`, async () => {
    await survive('half-open', async () => {
      await proxy.become('freeze');
      await sleep(FAULT_MS); // how long it lasts is the fault
      expect((await fetch(`${url}/health/live`)).status).toBe(200);
      await proxy.become('pass');
    });
  }, 300_000);

  it(`the database was stopped for ${FAULT_MS / 2_000} s`, async () => {
    await survive('stopped', async () => {
      const failures = await metricOf(url, 'writer_failures_total');
      await proxy.become('refuse');
      await sleep(FAULT_MS / 2); // how long it lasts is the fault
      expect((await fetch(`${url}/health/ready`)).status).toBe(503);
      expect(await metricOf(url, 'writer_failures_total')).toBeGreaterThan(failures);
      await proxy.become('pass');
    });
  }, 300_000);

  it('every session of the database was terminated each second', async () => {
    await survive('terminated', async () => {
      for (let second = 0; second < FAULT_MS / 2_000; second++) {
        await queryDatabase(
          databaseUrl,
          'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
        );
        await sleep(1_000);
      }
    });
  }, 300_000);

  it('others have used up the connections of the database', async () => {
    await survive('crowded', async () => {
      const others: pg.Client[] = [];
      const take = async (): Promise<'taken' | string> => {
        const client = new pg.Client({ connectionString: databaseUrl, application_name: 'others' });
        client.on('error', () => undefined);
        return client.connect().then(
          () => {
            others.push(client);
            return 'taken';
          },
          (error: unknown) => String((error as { code?: unknown }).code),
        );
      };
      const evict = `select count(pg_terminate_backend(pid))::int as n from pg_stat_activity
                      where datname = current_database() and application_name like 'millwright%'`;
      while ((await take()) === 'taken'); // bounded by max_connections
      let looks = 0;
      await waitFor('the service to have none, and to get none', async () => {
        const { rows } = await others[0]!.query<{ n: number }>(evict);
        while ((await take()) === 'taken');
        looks = rows[0]!.n === 0 ? looks + 1 : 0; // a session that ends or begins is not listed for a moment
        return looks === 10;
      });
      const [dialled, startedAt] = [proxy.connections(), Date.now()];
      await sleep(FAULT_MS / 2);
      expect((await fetch(`${url}/health/ready`)).status).toBe(503);
      const perSecond = (proxy.connections() - dialled) / ((Date.now() - startedAt) / 1_000);
      for (const client of others) await client.end();
      expect(perSecond).toBeLessThan(10); // of all that work with the database together
    });
  }, 300_000);
});
