import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AttributeIds,
  DataChangeNotification,
  DataType,
  DataValue,
  LogLevel,
  type Message,
  MonitoringMode,
  PublishRequest,
  PublishResponse,
  type ServerSecureChannelLayer,
  setLogLevel,
  VariantArrayType,
} from 'node-opcua';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/model/clock.ts';
import { openConnection } from './connection.ts';
import { loadLibrary } from './library.ts';
import { createSubscription } from './subscription.ts';
import { configOf, type Plant, SOURCE_TIME, startPlant, startProxy, startRun, URI } from './testbench.ts';

vi.setConfig({ testTimeout: 60_000 }); // servers make keys and subscriptions: seconds on a machine that is busy

/** Type id and encoding of a DataChangeNotification, before its length and its number of items. */
const DATA_CHANGE = Buffer.from([0x01, 0x00, 0x2b, 0x03, 0x01]);

let plant: Plant;
const stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  setLogLevel(LogLevel.Emergency);
  plant = await startPlant();
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});
afterAll(() => plant.stop());

test('this version of the library leaves the data changes of a connection to us', async () => {
  const library = await loadLibrary();
  const directory = await mkdtemp(join(tmpdir(), 'millwright-opcua-tap-'));
  stops.push(() => rm(directory, { recursive: true }));
  const config = configOf(plant.url);
  const ctx = { clock: systemClock, signal: new AbortController().signal, directory };
  const connection = await openConnection({ library, config, ctx });
  stops.push(connection.close);
  const { session, tap } = connection;
  const { id } = await createSubscription(session, config);
  await session.createMonitoredItems({
    subscriptionId: id,
    itemsToCreate: [
      {
        itemToMonitor: { nodeId: 'ns=2;s=Speed', attributeId: AttributeIds.Value },
        monitoringMode: MonitoringMode.Reporting,
        requestedParameters: { clientHandle: 77, samplingInterval: 0, queueSize: 1 },
      },
    ],
  });
  const publish = () =>
    new Promise<PublishResponse>((resolve, reject) => {
      session.publish(new library.PublishRequest({}), (error, answer) => (answer ? resolve(answer) : reject(error)));
    });
  let response = await publish();
  let publication = tap.claim(response);
  if (publication === null) {
    response = await publish(); // a subscription may begin with a keep-alive
    publication = tap.claim(response);
  }
  expect(response.notificationMessage.notificationData).toEqual([]);
  expect(publication).toMatchObject({ changes: [{ length: 1 }], malformed: 0, unfamiliar: 0 });
  expect([...publication!.changes[0]!.handle, ...publication!.changes[0]!.value]).toEqual([77, 12.5]);
  expect(tap.claim(response)).toBeNull(); // once
});

test('a matrix among the values is left to the library, and the others arrive with it', async () => {
  plant.namespace.addVariable({
    organizedBy: plant.server.engine.addressSpace!.rootFolder.objects,
    browseName: 'Matrix',
    nodeId: 's=Matrix',
    dataType: DataType.Double,
    valueRank: 2,
    arrayDimensions: [2, 1],
    value: { dataType: DataType.Double, arrayType: VariantArrayType.Matrix, dimensions: [2, 1], value: [1, 2] },
  });
  const run = start(plant.url, { speed: `nsu=${URI};s=Speed`, matrix: `nsu=${URI};s=Matrix` });
  await vi.waitFor(() => expect(run.readings).toHaveLength(2), 20_000);
  expect(run.last('speed')).toMatchObject({ value: 12.5, quality: 'good', at: SOURCE_TIME.getTime() });
  expect(run.last('matrix')).toMatchObject({ value: null, quality: 'bad' });
  expect(run.discarded).toEqual([]);
});

test('a data change that nobody can read is counted and told of; the next ones arrive', async () => {
  let isArmed = false;
  const proxy = await startProxy(plant.port, (chunk) => {
    const at = chunk.indexOf(DATA_CHANGE);
    if (!isArmed || at < 0) return;
    isArmed = false;
    chunk.writeInt32LE(0x7fffffff, at + DATA_CHANGE.length + 4);
  });
  stops.push(proxy.close);
  const run = start(proxy.url, { speed: `nsu=${URI};s=Speed` }, { sampling: 0 });
  await vi.waitFor(() => expect(run.last('speed')?.value).toBe(12.5), 20_000);
  isArmed = true; // the server tells its time each second
  await vi.waitFor(() => expect(run.discarded).toEqual([{ reason: 'malformed', count: 1 }]), 20_000);
  expect(run.observed).toContainEqual({ unit: 'publications', code: 'answer_invalid', ms: 0 });
  plant.set('Speed', 13.5, { at: new Date(SOURCE_TIME.getTime() + 1) });
  await vi.waitFor(() => expect(run.last('speed')?.value).toBe(13.5), 20_000);
  expect(run.connections()).toBe(1);
});

test('values in answers to no request of ours are counted when they are forgotten', async () => {
  const asked: { readonly channel: ServerSecureChannelLayer; readonly message: Message }[] = [];
  const note = (channel: ServerSecureChannelLayer) =>
    channel.on('message', (message: Message) => {
      if (message.request instanceof PublishRequest) asked.push({ channel, message });
    });
  plant.server.on('newChannel', note);
  stops.push(async () => void plant.server.off('newChannel', note));
  const run = start(plant.url, { speed: `nsu=${URI};s=Speed` });
  await vi.waitFor(() => expect(run.readings).toHaveLength(1), 20_000);
  const { channel, message } = asked[0]!; // answered: it is what brought the value
  for (let sequenceNumber = 1_001; sequenceNumber <= 1_010; sequenceNumber++) {
    const monitoredItems = [5, 6].map((clientHandle) => ({ clientHandle, value: new DataValue({}) }));
    const notificationData = [new DataChangeNotification({ monitoredItems })];
    const response = new PublishResponse({ notificationMessage: { sequenceNumber, notificationData } });
    channel.send_response('MSG', response, message, () => undefined);
  }
  // Eight are kept, and the next answer that was asked for takes the place of one.
  const forgotten = () => run.discarded.map(({ reason, count }) => (reason === 'unasked' ? count : Number.NaN));
  await vi.waitFor(() => expect(forgotten().reduce((sum, count) => sum + count, 0)).toBe(2 * 3), 20_000);
  expect(run.connections()).toBe(1);
});

function start(...args: Parameters<typeof startRun>) {
  const run = startRun(...args);
  stops.push(run.stop);
  return run;
}
