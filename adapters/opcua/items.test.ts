import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateMonitoredItemsRequest, DataType, LogLevel, MonitoredItem, StatusCodes, setLogLevel } from 'node-opcua';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/model/clock.ts';
import type { Clock } from '../adapter.ts';
import { opcua } from './index.ts';
import { configOf, fastClock, type Plant, startPlant, startRun, URI } from './testbench.ts';

vi.setConfig({ testTimeout: 60_000 }); // servers make keys and subscriptions: seconds on a machine that is busy

let plant: Plant;
const stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  setLogLevel(LogLevel.Emergency);
  plant = await startPlant({
    serverCapabilities: {
      minSupportedSampleRate: 0,
      operationLimits: { maxMonitoredItemsPerCall: 7, maxNodesPerRead: 5 },
    },
  });
  for (let i = 0; i < 30; i++) plant.add(`V${i}`, DataType.Double, i);
  plant.addAnalog('Level', { low: 0, high: 200 });
});
afterEach(async () => {
  vi.restoreAllMocks();
  for (const stop of stops.splice(0).reverse()) await stop();
});
afterAll(() => plant.stop());

test('items are made in requests as large as the server allows', async () => {
  let requests = 0;
  const count = (request: object) => {
    if (request instanceof CreateMonitoredItemsRequest) requests++;
  };
  plant.server.on('request', count);
  const tags = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`v${i}`, `nsu=${URI};s=V${i}`]));
  const run = start(tags);
  await vi.waitFor(() => expect(run.readings).toHaveLength(30), 20_000);
  expect(run.readings.map(({ value }) => value).toSorted((a, b) => a! - b!)).toEqual(
    Array.from({ length: 30 }, (_, i) => i),
  );
  plant.server.off('request', count);
  expect(requests).toBe(1 + Math.ceil(30 / 7)); // and one for the clock
});

describe('a deadband', () => {
  test('in the unit of the variable and in percent of its range keeps small changes at the server', async () => {
    const run = start({
      absolute: { nodeId: `nsu=${URI};s=Level`, deadband: 5, sampling: 0 },
      percent: { nodeId: `nsu=${URI};s=Level`, deadbandPercent: 10, sampling: 0 },
      every: { nodeId: `nsu=${URI};s=Level`, sampling: 0 },
    });
    await vi.waitFor(() => expect(run.readings).toHaveLength(3), 20_000);
    for (const value of [4, 8, 30, 34]) plant.set('Level', value, { at: new Date() });
    await vi.waitFor(() => expect(run.last('every')?.value).toBe(34), 20_000);
    const values = (tag: string) => run.readings.filter((reading) => reading.tag === tag).map(({ value }) => value);
    expect(values('absolute')).toEqual([0, 8, 30]);
    expect(values('percent')).toEqual([0, 30]);
    expect(values('every')).toEqual([0, 4, 8, 30, 34]);
    expect(run.observed.filter(({ code }) => code !== undefined)).toEqual([]);
  });

  test('that the server refuses is left out, which is said, and the values come', async () => {
    const run = start({ v1: { nodeId: `nsu=${URI};s=V1`, deadbandPercent: 10 } }); // it has no range
    await vi.waitFor(() => expect(run.last('v1')).toMatchObject({ value: 1, quality: 'good' }), 20_000);
    expect(run.observed).toContainEqual({ unit: 'v1', code: 'deadband_refused', ms: 0 });
  });
});

describe('a server that is connected and silent', () => {
  test('about its own time is given up', async () => {
    const run = start({ v1: `nsu=${URI};s=V1` }, {}, fastClock(6));
    await vi.waitFor(() => expect(run.observed.length).toBeGreaterThan(3), 20_000); // publications, by its clock alone
    // From here on it sends keep-alives only: it has lost the items, and does not know.
    vi.spyOn(MonitoredItem.prototype as unknown as { _enqueue_value: () => void }, '_enqueue_value').mockReturnValue();
    await expect(run.running).rejects.toMatchObject({
      code: 'connection_lost',
      message: /answers, but its clock has stood still for \d+ s/,
    });
  });

  test('about one item has it made anew; the others go on', async () => {
    const run = start({ v2: `nsu=${URI};s=V2`, v3: `nsu=${URI};s=V3` }, { sampling: 0 }, fastClock(6));
    await vi.waitFor(() => expect(run.last('v2')).toBeDefined(), 20_000);
    plant.variable('V2').removeAllListeners(); // as if the server had forgotten whom to tell
    plant.set('V2', 77, { at: new Date() });
    await vi.waitFor(() => expect(run.last('v2')?.value).toBe(77), 35_000);
    expect(run.observed).toContainEqual({ unit: 'v2', code: 'item_silent', ms: 0 });
    plant.set('V2', 78, { at: new Date() });
    await vi.waitFor(() => expect(run.last('v2')?.value).toBe(78), 20_000);
    expect(run.connections()).toBe(1);
  }, 60_000);
});

test('a server whose clock is wrong is told of', async () => {
  const ahead: Clock = { now: () => Date.now() - 60_000, sleep: systemClock.sleep };
  const run = start({ v1: `nsu=${URI};s=V1` }, {}, ahead);
  await vi.waitFor(() => expect(run.observed.some(({ code }) => code === 'clock_skew')).toBe(true), 20_000);
  const { unit, ms } = run.observed.find(({ code }) => code === 'clock_skew')!;
  expect(unit).toBe('server clock');
  expect(ms).toBeGreaterThan(58_000);
  expect(ms).toBeLessThan(62_000);
});

test('a probe says of each address what it gives, or what is wrong and what to do', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'millwright-opcua-probe-'));
  stops.push(() => rm(directory, { recursive: true }));
  const addresses = {
    fine: `nsu=${URI};s=V5`,
    text: `nsu=${URI};s=Name`,
    missing: `nsu=${URI};s=Missing`,
    foreign: 'nsu=urn:elsewhere;s=V5',
  };
  const bindings = Object.entries(addresses).map(([tag, nodeId]) => ({ tag, address: { nodeId } }));
  const ctx = { clock: systemClock, signal: new AbortController().signal, directory };
  const { tags, notes } = await opcua.probe!(configOf(plant.url), bindings, {}, ctx);
  expect(tags.map(({ tag, problem }) => [tag, problem])).toEqual([
    ['fine', null],
    ['text', null],
    ['missing', expect.stringMatching(/^BadNodeIdUnknown: the server has no such node/)],
    ['foreign', expect.stringMatching(/names no namespace of this server; it has: .*example.com.plant/)],
  ]);
  expect(tags[0]!.reading).toMatchObject({ value: 5, quality: 'good' });
  expect(notes[0]).toMatch(/its clock is right$/);
  expect(notes).toContain('no security: messages are readable and can be changed on their way');
});

test('one bad reading tells of a status that is bad at the server', async () => {
  const run = start({ v4: `nsu=${URI};s=V4` }, { sampling: 0 });
  await vi.waitFor(() => expect(run.readings).toHaveLength(1), 20_000);
  plant.set('V4', 4, { at: new Date(), statusCode: StatusCodes.BadSensorFailure });
  await vi.waitFor(() => expect(run.last('v4')).toMatchObject({ quality: 'bad', code: 0x808c0000 }), 20_000);
});

function start(
  tags: Parameters<typeof startRun>[1],
  more: Parameters<typeof startRun>[2] = {},
  clock: Clock = systemClock,
) {
  const run = startRun(plant.url, tags, more, { clock });
  stops.push(run.stop);
  return run;
}
