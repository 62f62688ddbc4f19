import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { DataType, HistoryReadRequest, LogLevel, setLogLevel } from 'node-opcua';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Reading } from '../adapter.ts';
import { planGroups } from './backfill.ts';
import { type Plant, startPlant, startProxy, startRun, URI } from './testbench.ts';

vi.setConfig({ testTimeout: 60_000 }); // servers make keys and subscriptions: seconds on a machine that is busy

const START = Date.now() - 3_600_000;

let plant: Plant;
let directory: string;
const asked: HistoryReadRequest[] = [];
const stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  setLogLevel(LogLevel.Emergency);
  plant = await startPlant();
  plant.server.on('request', (request: object) => {
    if (request instanceof HistoryReadRequest) asked.push(request);
  });
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
  asked.splice(0);
});
afterAll(() => plant.stop());

describe('after a gap', () => {
  test('every value the server kept is delivered once, in order, also when the next outage interrupts the reading', async () => {
    const source = await addSource('Kept', { keeps: 100_000 });
    const proxy = await startProxy(plant.port);
    stops.push(proxy.close);
    const stored = new Map<number, Reading>([
      [START - 10, { tag: 'Kept', at: START - 10, value: -1, quality: 'good' }],
    ]);
    const all = (run: { readonly readings: readonly Reading[] }) =>
      new Set([...stored.keys(), ...run.readings.map(({ at }) => at)]).size;
    let doubled = 0;
    // The second page of the history is asked for, and never comes.
    let isInterrupted = false;
    const interrupt = () => {
      if (isInterrupted && asked.length > 1) proxy.kill();
    };
    plant.server.on('request', interrupt);
    for (let cycle = 0; cycle < 5; cycle++) {
      asked.splice(0);
      isInterrupted = cycle !== 0 && cycle !== 2;
      const run = connect(proxy.url, 'Kept', stored, { sampling: 0 });
      await vi.waitFor(() => expect(run.readings.length).toBeGreaterThan(0), 20_000);
      source.tick(20);
      if (!isInterrupted) {
        await vi.waitFor(() => expect(all(run)).toBeGreaterThan(source.made()), 20_000);
        proxy.kill();
      }
      await run.running.catch(() => undefined);
      doubled += take(run.readings, stored);
      source.tick(9_000); // more than a few pages
    }
    plant.server.off('request', interrupt);
    expect(stored.size).toBeLessThan(source.made() - 9_000); // some gaps were left in the middle
    const last = connect(proxy.url, 'Kept', stored, { sampling: 0 });
    await vi.waitFor(() => expect(all(last)).toBe(source.made() + 1), 20_000);
    await last.stop();
    doubled += take(last.readings, stored);
    expect([...stored.values()].sort((a, b) => a.at - b.at).map(({ value }) => value)).toEqual(
      Array.from({ length: source.made() + 1 }, (_, i) => i - 1),
    );
    expect(doubled).toBe(0);
    const historical = last.readings.filter((reading) => reading.historical);
    expect(historical.map(({ at }) => at)).toEqual(historical.map(({ at }) => at).toSorted((a, b) => a - b));
    expect(historical.length).toBeGreaterThan(8_900);
  }, 60_000);

  test('a live value does not wait for the history', async () => {
    const source = await addSource('Busy', { keeps: 100_000 });
    const stored = new Map<number, Reading>();
    source.tick(1);
    stored.set(source.timeOf(0), { tag: 'Busy', at: source.timeOf(0), value: 0, quality: 'good' });
    source.tick(50_000);
    const run = connect(plant.url, 'Busy', stored, { sampling: 0, publish: 50 });
    await vi.waitFor(() => expect(run.readings.some(({ historical }) => historical)).toBe(true), 20_000);
    source.tick(1);
    const newest = source.timeOf(source.made() - 1);
    await vi.waitFor(() => expect(run.readings.some(({ at }) => at === newest)).toBe(true), 20_000);
    expect(run.readings.findIndex(({ at }) => at === newest)).toBeLessThan(50_000);
  });

  test('a node without history is asked once, and not again by the next run', async () => {
    await addSource('Plain', { keeps: 0 });
    for (const times of [1, 1]) {
      const run = connect(
        plant.url,
        'Plain',
        new Map([[START, { tag: 'Plain', at: START - 1e9, value: 0, quality: 'good' }]]),
        {},
      );
      await vi.waitFor(() => expect(run.readings).toHaveLength(1), 20_000);
      await vi.waitFor(async () => expect(Object.keys((await kept()).without)).toEqual(['Plain']), 20_000);
      await run.stop();
      expect(asked).toHaveLength(times);
    }
  });

  test('a tag that was never stored is not asked for its history, nor any with backfill: 0s', async () => {
    const source = await addSource('Fresh', { keeps: 100 });
    source.tick(5);
    const fresh = connect(plant.url, 'Fresh', new Map(), {});
    await vi.waitFor(() => expect(fresh.readings).toHaveLength(1), 20_000);
    const old = new Map<number, Reading>([[START, { tag: 'Fresh', at: START, value: 0, quality: 'good' }]]);
    const off = connect(plant.url, 'Fresh', old, { backfill: 0 });
    await vi.waitFor(() => expect(off.readings).toHaveLength(1), 20_000);
    await new Promise((resolve) => setTimeout(resolve, 1_000)); // longer than gaps are gathered
    expect(asked).toEqual([]);
  });
});

describe('gaps are read together', () => {
  const gap = (tag: string, from: number, to: number) => ({ tag, from, to });
  test('when they begin and end at about the same time', () => {
    const groups = planGroups(
      [gap('a', 0, 50_000), gap('b', 4_000, 51_000), gap('c', 0, 90_000), gap('d', 30_000, 50_000)],
      10,
    );
    expect(groups.map((group) => group.map(({ tag }) => tag))).toEqual([['a', 'b'], ['c'], ['d']]);
  });
  test('all of them once, whatever they are', () => {
    const gaps = fc.array(
      fc.record({ tag: fc.constantFrom('a', 'b', 'c', 'd'), from: fc.nat(40_000), lasting: fc.nat(40_000) }),
    );
    fc.assert(
      fc.property(gaps, fc.integer({ min: 1, max: 5 }), (drawn, atMost) => {
        const all = drawn.map(({ tag, from, lasting }) => gap(tag, from, from + lasting));
        const groups = planGroups(all, atMost);
        expect(new Set(groups.flat())).toEqual(new Set(all));
        expect(groups.flat()).toHaveLength(all.length);
        for (const group of groups) {
          const [first] = group;
          expect(group.length).toBeLessThanOrEqual(atMost);
          expect(new Set(group.map(({ tag }) => tag)).size).toBe(group.length);
          for (const { from, to } of group) {
            expect([from - first!.from, Math.abs(to - first!.to)].every((apart) => apart <= 10_000)).toBe(true);
          }
        }
      }),
    );
  });
  test('within the limit of the server, and each tag once', () => {
    const groups = planGroups([gap('a', 0, 9), gap('a', 1, 9), gap('b', 2, 9), gap('c', 3, 9)], 2);
    expect(groups.map((group) => group.map(({ tag }) => tag))).toEqual([
      ['a', 'b'],
      ['a', 'c'],
    ]);
  });
});

async function addSource(name: string, { keeps }: { readonly keeps: number }) {
  directory = await mkdtemp(join(tmpdir(), 'millwright-opcua-history-'));
  const own = directory;
  stops.push(() => rm(own, { recursive: true }));
  const variable = plant.add(name, DataType.Double, Number.NaN);
  let made = 0;
  const timeOf = (i: number) => START + i * 10;
  variable.setValueFromSource({ dataType: DataType.Double, value: -1 }, undefined, new Date(START - 10));
  if (keeps > 0) plant.server.engine.addressSpace!.installHistoricalDataNode(variable, { maxOnlineValues: keeps });
  return {
    made: () => made,
    timeOf,
    tick: (count: number) => {
      for (let i = 0; i < count; i++, made++) plant.set(name, made, { at: new Date(timeOf(made)) });
    },
  };
}

function connect(
  url: string,
  name: string,
  stored: ReadonlyMap<number, Reading>,
  more: Parameters<typeof startRun>[2],
) {
  const newest = Math.max(...[...stored.values()].map(({ at }) => at));
  const lastStored = () => (stored.size === 0 ? null : newest);
  const run = startRun(url, { [name]: `nsu=${URI};s=${name}` }, more, { directory, lastStored });
  stops.push(run.stop);
  return run;
}

/**
 * Keeps what a run delivered, as the database does; how much was read back that was there already. (The first live value
 * of a connection may well be known: it is the present one.)
 */
function take(readings: readonly Reading[], stored: Map<number, Reading>): number {
  let doubled = 0;
  for (const reading of readings.toSorted((a, b) => Number(a.historical ?? false) - Number(b.historical ?? false))) {
    if (reading.historical && stored.has(reading.at)) doubled++;
    stored.set(reading.at, reading);
  }
  return doubled;
}

async function kept(): Promise<{ without: Record<string, number> }> {
  return JSON.parse(await readFile(join(directory, 'history.json'), 'utf8')) as { without: Record<string, number> };
}
