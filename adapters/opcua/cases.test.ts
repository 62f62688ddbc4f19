import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataType, LogLevel, StatusCodes, setLogLevel } from 'node-opcua';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import type { Address } from './settings.ts';
import { type Plant, SOURCE_TIME, startPlant, startRun, URI } from './testbench.ts';

vi.setConfig({ testTimeout: 60_000 }); // servers make keys and subscriptions: seconds on a machine that is busy

interface Case {
  readonly variables: Readonly<
    Record<
      string,
      { readonly type: keyof typeof DataType; readonly value: unknown; readonly status?: string; readonly at?: string }
    >
  >;
  /** Of tags beside those that are named like their variable. */
  readonly addresses?: Readonly<Record<string, Address>>;
  readonly readings: Readonly<Record<string, { readonly at?: string; readonly [part: string]: unknown }>>;
}

const FOLDER = join(import.meta.dirname, 'cases');

let plant: Plant;
beforeAll(() => setLogLevel(LogLevel.Emergency));

describe('a server with these variables gives these readings', () => {
  test.each(readdirSync(FOLDER))('%s', async (file) => {
    const { variables, addresses = {}, readings } = parse(readFileSync(join(FOLDER, file), 'utf8')) as Case; // ours
    plant = await startPlant();
    for (const [name, { type, value, status = 'Good', at }] of Object.entries(variables)) {
      plant.add(name, DataType[type], value);
      const statusCode = StatusCodes[status as keyof typeof StatusCodes] as typeof StatusCodes.Good; // named in the file
      plant.set(name, value, { at: at === undefined ? SOURCE_TIME : new Date(at), statusCode });
    }
    const own = Object.fromEntries(Object.keys(variables).map((name) => [name, `nsu=${URI};s=${name}`]));
    const run = startRun(plant.url, { ...own, ...addresses });
    try {
      await vi.waitFor(() => expect(run.readings).toHaveLength(Object.keys(readings).length), 20_000);
      for (const [tag, { at, ...expected }] of Object.entries(readings)) {
        const time = at === undefined ? {} : { at: Date.parse(at) };
        expect(run.last(tag)).toMatchObject({ tag, ...time, ...expected });
        if (!('code' in expected)) expect(run.last(tag)).not.toHaveProperty('code');
      }
    } finally {
      await run.stop();
      await plant.stop();
    }
  });
});

describe('the sample', () => {
  beforeAll(async () => {
    plant = await startPlant();
    plant.add('Press1.Speed', DataType.Double, 1_480);
    plant.add('Running', DataType.Boolean, true, 'i=1001');
  });
  afterAll(() => plant.stop());

  test('is read as it stands', async () => {
    const { adapters, assets } = parse(readFileSync(join(import.meta.dirname, 'sample.yaml'), 'utf8'));
    const tags = Object.entries(assets['press-1'].tags as Record<string, { address: Address }>).map(
      ([name, { address }]) => [name, address] as const,
    );
    const run = startRun(plant.url, Object.fromEntries(tags), { security: adapters['press-ua'].security });
    await vi.waitFor(() => expect(run.readings).toHaveLength(2), 20_000);
    expect([run.last('speed')?.value, run.last('running')?.value]).toEqual([1_480, 1]);
    await run.stop();
  });
});
