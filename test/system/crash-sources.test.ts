import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { type Program, startProgram } from '../kit/child.ts';
import { countingAsset, startCountingDevice } from '../kit/counting-device.ts';
import { createDatabase } from '../kit/database.ts';
import { freePort } from '../kit/free-port.ts';
import { startPushers } from '../kit/ledger.ts';
import { metricOf } from '../kit/metric.ts';
import { MOSQUITTO, startMosquitto } from '../kit/mosquitto.ts';
import { PUBLISHED_MAP, startPublishers } from '../kit/publishers.ts';
import { seeded } from '../kit/seeded.ts';
import { mustRun } from '../kit/tool.ts';
import { waitFor } from '../kit/wait.ts';

const SEED = Number(process.env['CRASH_SEED'] ?? 20261121);
const KILLS = Number(process.env['CRASH_KILLS'] ?? 10);
const KEY = 'crash-test-key';
const RESTART_MS = 30_000;
/** Scans that were asked, answered and not yet durable at a kill; a poll is acknowledged by nobody. */
const SCANS_UNDER_WAY = 2;

const directory = mkdtempSync(join(tmpdir(), 'millwright-crash-sources-'));
let program: Program | null = null;
afterEach(async () => {
  await program?.end('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});

const isThere = mustRun(MOSQUITTO, 'kill -9 under MQTT, HTTP and Modbus load (apt-get install mosquitto)');
describe.runIf(isThere)(`after kill -9 at ${KILLS} moments (seed ${SEED})`, () => {
  it('what was acked over MQTT and HTTP is stored once, and what Modbus reads are whole scans in order', async () => {
    const random = seeded(SEED);
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    await using broker = await startMosquitto([
      'allow_anonymous true',
      'persistence false',
      'max_queued_messages 100000',
    ]);
    await using device = await startCountingDevice();
    const plantFile = join(directory, 'plant.yaml');
    writeFileSync(plantFile, plantOf(broker.url, device.port));
    const databaseUrl = await createDatabase();
    const startsMs: number[] = [];
    const start = async (): Promise<Program> => {
      const startedAt = Date.now();
      program = startProgram(['run', '--plant', plantFile], {
        MILLWRIGHT_DATA: join(directory, 'data'),
        MILLWRIGHT_PORT: String(port),
        MILLWRIGHT_ADMIN_KEY: KEY,
        DATABASE_URL: databaseUrl,
        LOG_LEVEL: 'warn',
      });
      await program.until(/Plant crash-sources is at/, RESTART_MS);
      startsMs.push(Date.now() - startedAt);
      return program;
    };

    let running = await start();
    await waitFor('both links', async () => (await metricOf(url, 'source_up')) >= 2);
    const polledBefore = device.served();
    using pushers = startPushers(url, KEY);
    using sensors = await startPublishers(broker.url, { name: 'sensors' });
    for (let kill = 0; kill < KILLS; kill++) {
      const before = { answered: pushers.answered(), confirmed: sensors.confirmed(), served: device.served() };
      await waitFor('all three to be served', async () => {
        const accepted = await metricOf(url, 'ingest_readings_accepted_total');
        return pushers.answered() > before.answered && accepted > 0 && device.served() > before.served;
      });
      await sleep(random() * 400);
      await running.end('SIGKILL');
      running = await start();
    }
    await pushers.stop();
    await sensors.stop();
    expect(await pushers.verify()).toBeGreaterThan(1_000);
    expect(await sensors.verify(databaseUrl)).toBeGreaterThan(1_000);
    const served = device.served();
    await waitFor('a scan after the last kill', () => device.served() > served + 2);
    expect(await running.end('SIGTERM')).toMatchObject({ code: 0 });
    running = await start(); // stores what the stop left in the readings log
    await waitFor('the writer', async () => (await metricOf(url, 'writer_lag_bytes')) === 0);
    await running.end('SIGTERM');
    const scans = await device.verify(databaseUrl);
    expect(scans.stored).toBeGreaterThan(polledBefore + KILLS);
    expect(scans.missing).toBeLessThanOrEqual((KILLS + 2) * SCANS_UNDER_WAY);
    expect(Math.max(...startsMs)).toBeLessThan(RESTART_MS);
    expect(readdirSync(join(directory, 'data')).sort()).toEqual([
      'IDENTITY',
      'LAYOUT',
      'alerts.journal',
      'log',
      'secret.key',
    ]); // no leftovers grow
  }, 600_000);
});

function plantOf(brokerUrl: string, modbusPort: number): string {
  return `
plant: crash-sources
timezone: UTC
adapters:
  push: { kind: http, adopt: auto }
  sensors: { kind: mqtt, url: "${brokerUrl}", adopt: auto, map: [${PUBLISHED_MAP}] }
  plc: { kind: modbus, host: 127.0.0.1, port: ${modbusPort}, poll: 50ms }
assets:
${countingAsset('plc')}
`;
}
