import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { type Program, startProgram } from '../kit/child.ts';
import { scrapeConservation } from '../kit/conservation.ts';
import { createDatabase } from '../kit/database.ts';
import { failAt } from '../kit/fail-point.ts';
import { freePort } from '../kit/free-port.ts';
import { MOST_UNANSWERED, startPushers } from '../kit/ledger.ts';
import { metricOf } from '../kit/metric.ts';
import { type Broker, MOSQUITTO, startMosquitto } from '../kit/mosquitto.ts';
import { PUBLISHED_MAP, startPublishers } from '../kit/publishers.ts';
import { seeded } from '../kit/seeded.ts';
import { mustRun } from '../kit/tool.ts';
import { waitFor } from '../kit/wait.ts';

const SEED = Number(process.env['CRASH_SEED'] ?? 20261121);
const DEATHS = Number(process.env['FAIL_POINT_DEATHS'] ?? 2);
const KEY = 'fail-point-key';
/** Messages that the adapter holds unacknowledged at most (`inFlight`); after a reconnect mosquitto sends all it has, not 20. */
const MQTT_IN_FLIGHT = 500;

const directory = mkdtempSync(join(tmpdir(), 'millwright-fail-points-'));
const running: Program[] = [];
let broker: Broker | null = null;
afterEach(async () => {
  for (const program of running.splice(0)) await program.end('SIGKILL');
  await broker?.[Symbol.asyncDispose]();
  broker = null;
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const isThere = mustRun(MOSQUITTO, 'kill -9 at exact places of the line (apt-get install mosquitto)');
describe.runIf(isThere)(`killed ${DEATHS} times (seed ${SEED})`, () => {
  it.each([
    { point: 'before-sync', where: 'between the write of the readings log and its fdatasync', most: 40 },
    { point: 'after-sync', where: 'when readings are durable and nobody has been told', most: 40 },
    { point: 'before-commit', where: 'when rows are copied and not committed', most: 6 },
    { point: 'after-commit', where: 'when rows are committed and the writer does not know it', most: 6 },
  ] as const)('$where, every acked reading is stored, once', async ({ point, most }) => {
    const random = seeded(SEED);
    const port = await freePort();
    broker = await startMosquitto(['allow_anonymous true', 'persistence false', 'max_queued_messages 100000']);
    const plantFile = join(directory, `${point}.yaml`);
    writeFileSync(plantFile, plantOf(broker.url));
    const databaseUrl = await createDatabase();
    const start = (fault: Record<string, string>): Program => {
      const started = startProgram(['run', '--plant', plantFile], {
        MILLWRIGHT_DATA: join(directory, point),
        MILLWRIGHT_PORT: String(port),
        MILLWRIGHT_ADMIN_KEY: KEY,
        DATABASE_URL: databaseUrl,
        LOG_LEVEL: 'warn',
        ...fault,
      });
      running.push(started);
      return started;
    };
    const startWell = async (): Promise<Program> => {
      const started = start({});
      await started.until(/Plant fail-points is at/);
      return started;
    };
    const url = `http://127.0.0.1:${port}`;
    const first = await startWell(); // makes the schema, and the session that the broker keeps messages for
    await waitFor('the session at the broker', async () => (await metricOf(url, 'source_up')) >= 1);
    await first.end('SIGTERM');
    using pushers = startPushers(url, KEY);
    using sensors = await startPublishers(broker.url, { name: 'sensors' });
    const duplicates: number[] = [];
    for (let death = 0; death < DEATHS; death++) {
      const doomed = start(failAt(`${point}:${5 + Math.floor(random() * most)}`));
      if (doomed.child.exitCode === null && doomed.child.signalCode === null) await once(doomed.child, 'exit');
      expect(doomed.child.signalCode, doomed.stderr()).toBe('SIGKILL');
      const heir = await startWell();
      const [answered, confirmed] = [pushers.answered(), sensors.confirmed()];
      await waitFor('both to go on', () => pushers.answered() > answered + 20 && sensors.confirmed() > confirmed + 200);
      const { accepted, atStart } = await scrapeConservation(url);
      const written = await waitFor('the writer', async () => {
        const now = await scrapeConservation(url);
        return now.stored + now.duplicates >= accepted + atStart && now;
      });
      duplicates.push(written.duplicates);
      await heir.end('SIGKILL');
    }
    await startWell();
    await pushers.stop();
    await sensors.stop();
    expect(await pushers.verify()).toBeGreaterThan(1_000);
    expect(await sensors.verify(databaseUrl)).toBeGreaterThan(1_000);
    expect(await metricOf(url, 'writer_readings_conflict_total')).toBe(0);
    // Sent again is only what nobody acknowledged; were rows and cursor not committed together, it would be whole batches.
    expect(Math.max(...duplicates)).toBeLessThanOrEqual(MOST_UNANSWERED + MQTT_IN_FLIGHT);
    if (point === 'after-sync') expect(Math.max(...duplicates)).toBeGreaterThan(0);
  });
});

function plantOf(brokerUrl: string): string {
  return `
plant: fail-points
timezone: UTC
adapters:
  push: { kind: http, adopt: auto }
  sensors: { kind: mqtt, url: "${brokerUrl}", adopt: auto, map: [${PUBLISHED_MAP}] }
`;
}
