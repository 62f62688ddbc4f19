import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openDatabase } from '../../src/store/database.ts';
import { keepPlantName } from '../../src/store/plant-name.ts';
import { createDatabase, queryDatabase } from '../kit/database.ts';
import { startTestService, type TestService } from '../kit/service.ts';
import { waitFor } from '../kit/wait.ts';

const plant = (high: number) => `
plant: restart
timezone: UTC
adapters:
  push: { kind: http, adopt: auto }
assets:
  pump-1: { tags: { vibration: { unit: mm/s, from: push }, pressure: { unit: bar, from: push } } }
rules:
  vibration-high: { on: pump-1.vibration, detect: limit, with: { high: ${high} }, onDelay: 2s }
  pressure-high: { on: pump-1.pressure, detect: limit, with: { high: 10 } }
`;

const directory = mkdtempSync(join(tmpdir(), 'millwright-restart-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const push = (service: TestService, tag: string, value: number) =>
  service.call('POST', '/api/v1/readings', { readings: [{ tag, at: Date.now(), value }] });
const alerts = async (service: TestService) => (await service.call('GET', '/api/v1/alerts?state=all')).body.items;

it('a restart forgets neither a running delay nor an open alert, and closes what a changed rule left behind', async () => {
  const options = { dataDirectory: directory, databaseUrl: await createDatabase() };

  let service = await startTestService(plant(4.5), options);
  await push(service, 'pump-1.pressure', 12);
  await waitFor('the pressure alert', async () => (await alerts(service)).length === 1);
  await push(service, 'pump-1.vibration', 6); // its on-delay runs while the service is away
  await service[Symbol.asyncDispose]();

  service = await startTestService(plant(4.5), options);
  const raised = await waitFor('the vibration alert', async () => {
    const all = await alerts(service);
    return all.length === 2 && all;
  });
  expect(raised.map(({ rule, state }: { rule: string; state: string }) => `${rule} ${state}`).sort()).toEqual([
    'pressure-high unacknowledged',
    'vibration-high unacknowledged',
  ]);
  const pressure = raised.find(({ rule }: { rule: string }) => rule === 'pressure-high');
  expect((await service.call('POST', `/api/v1/alerts/${pressure.id}/acknowledge`)).body.state).toBe('acknowledged');
  await service[Symbol.asyncDispose]();

  service = await startTestService(plant(5.5), options);
  const vibration = raised.find(({ rule }: { rule: string }) => rule === 'vibration-high');
  const closed = await waitFor('the orphan to be closed', async () => {
    const { body } = await service.call('GET', `/api/v1/alerts/${vibration.id}`);
    return body.state === 'normal' && body;
  });
  expect(closed.events.at(-1)).toMatchObject({ effect: 'cleared', note: 'the rule vibration-high was changed' });
  expect((await service.call('GET', `/api/v1/alerts/${pressure.id}`)).body.state).toBe('acknowledged');
  await service[Symbol.asyncDispose]();

  await expect(
    startTestService(plant(5.5).replace('plant: restart', 'plant: "other\'s"'), options),
    'the file of another plant',
  ).rejects.toThrow(/of the plant "restart".*"other's".*--rename-plant/);
  const database = openDatabase(options.databaseUrl, { connections: 1, name: 'test' });
  await keepPlantName(database, { name: "other's", rename: true });
  await keepPlantName(database, { name: "other's" });
  await keepPlantName(database, { name: 'restart', rename: true });
  await database.close();

  // The folder is lost, the database is not: nobody could ever close these alerts otherwise.
  service = await startTestService(plant(5.5), { databaseUrl: options.databaseUrl });
  await waitFor(
    'all to be closed',
    async () => (await service.call('GET', '/api/v1/alerts?state=active')).body.items.length === 0,
  );
  await push(service, 'pump-1.pressure', 13);
  await waitFor(
    'a new alert',
    async () => (await service.call('GET', '/api/v1/alerts?state=active')).body.items.length === 1,
  );
  await service[Symbol.asyncDispose]();
});

it('an alert that only a changed rule finds in what a crash left behind is told', async () => {
  const options = { dataDirectory: join(directory, 'crash'), databaseUrl: await createDatabase() };
  let service = await startTestService(plant(9), options);
  await push(service, 'pump-1.vibration', 6);
  await push(service, 'pump-1.pressure', 12);
  await waitFor('the pressure alert', async () => (await alerts(service)).length === 1);
  await service[Symbol.asyncDispose]();
  // As if it had crashed before its first checkpoint: all of the log is evaluated again.
  await queryDatabase(options.databaseUrl, 'delete from engine_checkpoint');

  const changed = plant(4.5).replace('onDelay: 2s', 'onDelay: 0s');
  service = await startTestService(changed, options);
  const vibration = await waitFor('the vibration alert', async () =>
    (await alerts(service)).find(({ rule }: { rule: string }) => rule === 'vibration-high'),
  );
  const { events, state } = (await service.call('GET', `/api/v1/alerts/${vibration.id}`)).body;
  expect(state).toBe('unacknowledged');
  expect(events.map(({ effect }: { effect: string }) => effect)).toEqual(['raised']);
  await service[Symbol.asyncDispose]();

  service = await startTestService(changed, options);
  await push(service, 'pump-1.pressure', 1);
  await waitFor('the pressure alert to return', async () =>
    (await alerts(service)).some(({ state }: { state: string }) => state === 'returned'),
  );
  expect((await service.call('GET', `/api/v1/alerts/${vibration.id}`)).body.events).toHaveLength(1);
  await service[Symbol.asyncDispose]();
});
