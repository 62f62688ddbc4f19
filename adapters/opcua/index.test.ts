import { getEventListeners } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataType, LogLevel, PublishRequest, StatusCodes, setLogLevel } from 'node-opcua';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/model/clock.ts';
import { type Clock, StatusCode } from '../adapter.ts';
import * as testbench from './testbench.ts';
import { trust } from './trust.ts';

vi.setConfig({ testTimeout: 60_000 }); // servers make keys and subscriptions: seconds on a machine that is busy

const { fastClock, SOURCE_TIME, startPlant, URI } = testbench;

let plant: testbench.Plant;
const stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  setLogLevel(LogLevel.Emergency);
  plant = await startPlant();
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});
afterAll(async () => {
  await plant.stop();
});

describe('opcua', () => {
  test('values arrive with source times, by namespace number and by namespace URI', async () => {
    const adapter = start(plant.url, { speed: 'ns=2;s=Speed', pump: `nsu=${URI};s=Pump`, count: `nsu=${URI};s=Count` });
    await vi.waitFor(() => expect(adapter.readings).toHaveLength(3), 20_000);
    expect(adapter.connections()).toBe(1);
    expect(adapter.last('speed')).toEqual({ tag: 'speed', at: SOURCE_TIME.getTime(), value: 12.5, quality: 'good' });
    expect(adapter.last('pump')).toMatchObject({ value: 1, quality: 'good' });
    expect(adapter.last('count')).toMatchObject({ value: -2, quality: 'good' });

    const at = new Date('2025-01-01T12:00:01.500Z');
    plant.set('Speed', 13.5, { at });
    await vi.waitFor(() => expect(adapter.last('speed')).toMatchObject({ at: at.getTime(), value: 13.5 }), 20_000);
    plant.set('Speed', 14.5, { at: new Date(at.getTime() + 1), statusCode: StatusCodes.UncertainLastUsableValue });
    await vi.waitFor(
      () => expect(adapter.last('speed')).toMatchObject({ value: 14.5, quality: 'uncertain', code: 0x40900000 }),
      20_000,
    );
    plant.set('Speed', 12.5, { at: SOURCE_TIME });
    await adapter.stop();
  });

  test('every change between two publications arrives, in order', async () => {
    const adapter = start(plant.url, { fast: `nsu=${URI};s=Fast` }, { sampling: 0 });
    await vi.waitFor(() => expect(adapter.readings).toHaveLength(1), 20_000);
    for (let i = 1; i <= 10; i++) plant.set('Fast', i, { at: new Date(SOURCE_TIME.getTime() + i) });
    await vi.waitFor(() => expect(adapter.last('fast')?.value).toBe(10), 20_000);
    expect(adapter.readings.map(({ value }) => value)).toEqual(Array.from({ length: 11 }, (_, i) => i));
  });

  test('with trigger timestamp the same value at another source time is a reading', async () => {
    const adapter = start(plant.url, { pump: `nsu=${URI};s=Pump` }, { trigger: 'timestamp', sampling: 0 });
    await vi.waitFor(() => expect(adapter.readings).toHaveLength(1), 20_000);
    const at = new Date(SOURCE_TIME.getTime() + 60_000);
    plant.set('Pump', true, { at });
    await vi.waitFor(() => expect(adapter.last('pump')).toMatchObject({ at: at.getTime(), value: 1 }), 20_000);
  });

  test('a bad node id and an unknown namespace are one bad tag each, the rest go on, a text as a text', async () => {
    const adapter = start(plant.url, {
      speed: `nsu=${URI};s=Speed`,
      missing: `nsu=${URI};s=Missing`,
      foreign: 'nsu=urn:elsewhere;s=Speed',
      broken: 'ns=2;g=not-a-guid',
      name: `nsu=${URI};s=Name`,
    });
    await vi.waitFor(() => expect(adapter.readings).toHaveLength(5), 20_000);
    expect(adapter.last('speed')).toMatchObject({ value: 12.5, quality: 'good' });
    for (const tag of ['missing', 'foreign', 'broken']) {
      expect(adapter.last(tag)).toMatchObject({ value: null, quality: 'bad', code: StatusCode.badNodeIdUnknown });
    }
    for (const unit of ['missing', 'foreign', 'broken']) {
      expect(adapter.observed).toContainEqual({ unit, code: 'BadNodeIdUnknown', ms: expect.any(Number) });
    }
    expect(adapter.last('name')).toMatchObject({ value: null, text: expect.any(String), quality: 'good' });
  });

  test('a node that appears later is found', async () => {
    const impatient: Clock = {
      now: systemClock.now,
      sleep: (ms, signal) => systemClock.sleep(ms < 60_000 ? ms : 200, signal),
    };
    const adapter = start(plant.url, { late: `nsu=${URI};s=Late` }, {}, { clock: impatient });
    await vi.waitFor(() => expect(adapter.last('late')).toMatchObject({ quality: 'bad' }), 20_000);
    plant.add('Late', DataType.Double, 3);
    await vi.waitFor(() => expect(adapter.last('late')).toMatchObject({ value: 3, quality: 'good' }), 20_000);
  });

  test('the next publish request waits until the last readings are stored', async () => {
    let release = (): void => undefined;
    const stored = new Promise<void>((resolve) => {
      release = resolve;
    });
    let asked = 0;
    const count = (request: object) => {
      if (request instanceof PublishRequest) asked++;
    };
    plant.server.on('request', count);
    const adapter = start(plant.url, { fast: `nsu=${URI};s=Fast` }, { sampling: 0 }, { stored });
    await vi.waitFor(() => expect(adapter.batches()).toBe(1), 20_000);
    plant.set('Fast', 101, { at: new Date(SOURCE_TIME.getTime() + 101) });
    let before = 0;
    const isQuiet = () => {
      const wasBefore = before;
      before = asked;
      expect(asked).toBe(wasBefore);
    };
    // The server tells its time each second: a free request would be answered, and the next one sent.
    await vi.waitFor(isQuiet, { interval: 1_500, timeout: 20_000 });
    expect(asked).toBeGreaterThanOrEqual(2);
    expect(adapter.batches()).toBe(1);
    plant.set('Fast', 102, { at: new Date(SOURCE_TIME.getTime() + 102) });
    release();
    await vi.waitFor(() => expect(adapter.last('fast')?.value).toBe(102), 20_000);
    plant.server.off('request', count);
  });

  test('logs in with name and password, and a wrong password says so', async () => {
    const user = { username: 'reader', password: 'secret' };
    const directory = await mkdtemp(join(tmpdir(), 'millwright-opcua-login-'));
    stops.push(() => rm(directory, { recursive: true }));
    await trust(directory, plant.server.getCertificate());
    const adapter = start(plant.url, { speed: `nsu=${URI};s=Speed` }, user, { directory });
    await vi.waitFor(() => expect(adapter.last('speed')?.value).toBe(12.5), 20_000);
    const refused = start(plant.url, { speed: `nsu=${URI};s=Speed` }, { ...user, password: 'wrong' }, { directory });
    await expect(refused.running).rejects.toMatchObject({
      name: 'AdapterError',
      code: 'authentication_failed',
      message: `${plant.url} refuses user reader`,
    });
    const unreadable = start(plant.url, { speed: 'i=1' }, { ...user, passwordFile: '/does/not/exist' });
    await expect(unreadable.running).rejects.toMatchObject({ code: 'secret_unreadable' });
  });

  test('keeps silent on the console and makes no files', async () => {
    const prints = [vi.spyOn(process.stdout, 'write'), vi.spyOn(process.stderr, 'write'), vi.spyOn(console, 'log')];
    const before = await readdir('.');
    setLogLevel(LogLevel.Warning);
    const adapter = start(plant.url, { speed: `nsu=${URI};s=Speed`, missing: 'ns=9;s=x' });
    await vi.waitFor(() => expect(adapter.last('speed')).toBeDefined(), 20_000);
    await adapter.stop();
    const printed = prints.flatMap((print) => print.mock.calls).map(String);
    for (const print of prints) print.mockRestore();
    expect(printed.filter((text) => /opcua/i.test(text))).toEqual([]);
    expect(await readdir('.')).toEqual(before);
  });
});

describe('a server that fails', () => {
  test('cannot be reached: the run says so', async () => {
    const proxy = await startProxy(0);
    await proxy.close();
    const adapter = start(proxy.url, { speed: 'ns=2;s=Speed' });
    await expect(adapter.running).rejects.toMatchObject({
      name: 'AdapterError',
      code: 'connection_refused',
      message: `cannot reach ${proxy.url}`,
    });
  });

  test('accepts and never answers: the run gives up at its own deadline', async () => {
    const proxy = await startProxy(plant.port);
    proxy.freeze();
    const adapter = start(proxy.url, { speed: 'ns=2;s=Speed' }, { timeout: 500 });
    const startedAt = Date.now();
    await expect(adapter.running).rejects.toMatchObject({ code: 'connection_timeout' });
    expect(Date.now() - startedAt).toBeLessThan(15_000);
    await vi.waitFor(() => expect(proxy.open()).toBe(0), 20_000);
  });

  test('is killed: the run throws at once and leaves no connection', async () => {
    const proxy = await startProxy(plant.port);
    const adapter = start(proxy.url, { speed: `nsu=${URI};s=Speed` });
    await vi.waitFor(() => expect(adapter.last('speed')?.value).toBe(12.5), 20_000);
    const killedAt = Date.now();
    proxy.kill();
    await expect(adapter.running).rejects.toMatchObject({ name: 'AdapterError', code: 'connection_lost' });
    expect(Date.now() - killedAt).toBeLessThan(10_000);
    await vi.waitFor(() => expect(proxy.open()).toBe(0), 20_000);
  });

  test('freezes: the run throws after three missed keep-alives', async () => {
    const proxy = await startProxy(plant.port);
    const adapter = start(proxy.url, { speed: `nsu=${URI};s=Speed` }, {}, { clock: fastClock(10) });
    await vi.waitFor(() => expect(adapter.last('speed')?.value).toBe(12.5), 20_000);
    proxy.freeze();
    const frozenAt = Date.now();
    await expect(adapter.running).rejects.toMatchObject({ code: 'connection_lost', message: /silent for \d+ s/ });
    expect(Date.now() - frozenAt).toBeLessThan(20_000);
    await vi.waitFor(() => expect(proxy.open()).toBe(0), 20_000);
  });

  test('is frozen when the service stops: the run returns all the same, at once', async () => {
    const proxy = await startProxy(plant.port);
    const adapter = start(proxy.url, { speed: `nsu=${URI};s=Speed` }, { timeout: 60_000 });
    await vi.waitFor(() => expect(adapter.last('speed')?.value).toBe(12.5), 20_000);
    proxy.freeze();
    const stoppedAt = Date.now();
    await adapter.stop();
    expect(Date.now() - stoppedAt).toBeLessThan(20_000); // an answer has a minute
    await expect(adapter.running).resolves.toBeUndefined();
    await vi.waitFor(() => expect(proxy.open()).toBe(0), 20_000);
  });

  test('comes and goes ten times: no socket, timer or listener is left', async () => {
    const proxy = await startProxy(plant.port);
    const count = () => process.getActiveResourcesInfo().filter((name) => /Timeout|TCP/.test(name)).length;
    const connectOnce = async () => {
      const adapter = start(proxy.url, { speed: `nsu=${URI};s=Speed` });
      await vi.waitFor(() => expect(adapter.last('speed')?.value).toBe(12.5), 20_000);
      return adapter;
    };
    await (await connectOnce()).stop();
    const before = count();
    for (let round = 0; round < 10; round++) await (await connectOnce()).stop();
    // What waits here has two timers of its own. A leak would be ten.
    await vi.waitFor(() => expect(count()).toBeLessThanOrEqual(before + 2), 20_000);

    const cut = await connectOnce(); // a server in this process keeps what was cut off, so this is only about listeners
    proxy.kill();
    await expect(cut.running).rejects.toMatchObject({ code: 'connection_lost' });
    await vi.waitFor(() => expect(getEventListeners(cut.signal, 'abort')).toEqual([]), 20_000);
  }, 60_000);

  test('a stop leaves no session behind at a healthy server', async () => {
    const count = () => [plant.server.currentSessionCount, plant.server.currentSubscriptionCount];
    const [sessions, subscriptions] = count(); // those that were cut off above live until they time out
    const adapter = start(plant.url, { speed: `nsu=${URI};s=Speed` });
    await vi.waitFor(() => expect(adapter.last('speed')?.value).toBe(12.5), 20_000);
    expect(count()).toEqual([sessions! + 1, subscriptions! + 1]);
    await adapter.stop();
    expect(count()).toEqual([sessions, subscriptions]);
  });
});

async function startProxy(port: number) {
  const proxy = await testbench.startProxy(port);
  stops.push(proxy.close);
  return proxy;
}

function start(...args: Parameters<typeof testbench.startRun>) {
  const run = testbench.startRun(...args);
  stops.push(run.stop);
  return run;
}
