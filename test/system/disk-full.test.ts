import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Program, startProgram } from '../kit/child.ts';
import { createDatabase } from '../kit/database.ts';
import { freePort } from '../kit/free-port.ts';
import { startPushers } from '../kit/ledger.ts';
import { metricOf } from '../kit/metric.ts';
import { MOSQUITTO, startMosquitto } from '../kit/mosquitto.ts';
import { PUBLISHED_MAP, startPublishers } from '../kit/publishers.ts';
import { storedRows } from '../kit/stored-rows.ts';
import { mountTmpfs, tryTmpfs } from '../kit/tmpfs.ts';
import { mustRun } from '../kit/tool.ts';
import { waitFor } from '../kit/wait.ts';

const KEY = 'disk-test-key';
const DISK_MIB = 8;
const BALLAST_MIB = 7;

const directory = mkdtempSync(join(tmpdir(), 'millwright-disk-full-'));
let program: Program | null = null;
afterEach(async () => {
  await program?.end('SIGTERM');
  rmSync(directory, { recursive: true, force: true });
});

const isPossible = tryTmpfs() !== null && MOSQUITTO !== null ? 'possible' : null;
const LEFT_OUT = 'a full disk under the readings log (run as root, apt-get install mosquitto)';

describe.runIf(mustRun(isPossible, LEFT_OUT))('on a full disk the service', () => {
  it('refuses loudly, acknowledges nothing, serves reads, and recovers without a restart', async () => {
    using disk = mountTmpfs(join(directory, 'data', 'log'), DISK_MIB);
    const ballast = join(disk.path, 'ballast');
    writeFileSync(ballast, Buffer.alloc(BALLAST_MIB * 1024 * 1024));
    await using broker = await startMosquitto([
      'allow_anonymous true',
      'persistence false',
      'max_queued_messages 100000',
    ]);
    const plantFile = join(directory, 'plant.yaml');
    writeFileSync(plantFile, plantOf(broker.url));
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const databaseUrl = await createDatabase();
    program = startProgram(['run', '--plant', plantFile], {
      MILLWRIGHT_DATA: join(directory, 'data'),
      MILLWRIGHT_PORT: String(port),
      MILLWRIGHT_ADMIN_KEY: KEY,
      DATABASE_URL: databaseUrl,
      LOG_LEVEL: 'warn',
    });
    await program.until(/Plant disk is at/);
    await waitFor('the link', async () => (await metricOf(url, 'source_up')) >= 1);
    const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };

    using pushers = startPushers(url, KEY);
    using sensors = await startPublishers(broker.url, { name: 'sensors' });
    await waitFor('the disk to be full', () => (pushers.statuses.get(503) ?? 0) > 20);
    const { bavail, bsize } = statfsSync(disk.path);
    expect(bavail * bsize).toBeLessThan(64 * 1024);
    const readings = [{ tag: 'probe.x', at: Date.now(), value: 1 }];
    const refused = await fetch(`${url}/api/v1/readings`, {
      method: 'POST',
      headers,
      // Too long for whatever is left of the disk.
      body: JSON.stringify({
        readings: Array.from({ length: 10_000 }, (_, i) => ({ ...readings[0], at: Date.now() - i })),
      }),
    });
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    const said = /^the disk is full \(0 MiB free of 8 MiB at .+\)$/;
    expect(await refused.json()).toMatchObject({ code: 'log_full', detail: expect.stringMatching(said) });
    const ready = await fetch(`${url}/health/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ reasons: [expect.stringMatching(said)] });
    await waitFor('the sources to tell of the disk', async () => {
      const sources = await fetch(`${url}/api/v1/sources`, { headers });
      return /the disk is full \(0 MiB free of 8 MiB at [^)]+\): \d+ readings refused since/.test(await sources.text());
    });
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    await waitFor('what is stored to be served', async () => {
      const from = Date.now() - 2 * 86_400_000;
      const served = await fetch(`${url}/api/v1/tags/gateway-0.t0/readings?from=${from}`, { headers });
      return served.status === 200 && ((await served.json()) as { items: unknown[] }).items.length > 10;
    });
    // What the service acknowledged, it has: the broker keeps the rest.
    const confirmed = sensors.confirmed();
    await waitFor('messages that wait at the broker', async () => {
      return sensors.confirmed() > confirmed + 200 && (await storedRows(databaseUrl, 'sensors.')).length < confirmed;
    });

    rmSync(ballast);
    const answered = pushers.answered();
    await waitFor('pushers to go on', () => pushers.answered() > answered + 20);
    await waitFor('it to be ready', async () => (await fetch(`${url}/health/ready`)).status === 200);
    await pushers.stop();
    await sensors.stop();
    expect([...pushers.statuses.keys()].sort()).toEqual([200, 503]);
    expect(await pushers.verify()).toBeGreaterThan(1_000);
    expect(await sensors.verify(databaseUrl)).toBeGreaterThan(200);
    expect(await storedRows(databaseUrl, 'probe.')).toEqual([]); // refused is not kept either
    expect(program.child.exitCode).toBeNull();
  });
});

function plantOf(brokerUrl: string): string {
  return `
plant: disk
timezone: UTC
log: { maxBytes: 16MiB } # segments of a quarter of the disk: what is stored is released
adapters:
  push: { kind: http, adopt: auto }
  sensors: { kind: mqtt, url: "${brokerUrl}", adopt: auto, map: [${PUBLISHED_MAP}] }
`;
}
