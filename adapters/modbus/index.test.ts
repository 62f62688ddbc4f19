import { createServer } from 'node:net';
import { ServerTCP } from 'modbus-serial';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/model/clock.ts';
import { type AdapterContext, type Clock, type Reading, StatusCode } from '../adapter.ts';
import { modbus } from './index.ts';
import type { Address } from './settings.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

describe('modbus', () => {
  test('delivers holding and input registers, coils and discrete inputs of two units in one batch', async () => {
    const port = await plc();
    const adapter = start(port, {
      speed: at({ register: 10 }),
      level: at({ register: 12, type: 'int32', table: 'input', unitId: 2 }),
      pump: at({ register: 3, table: 'coil' }),
      door: at({ register: 4, table: 'discrete' }),
      power: at({ register: 11, scale: 0.5, offset: 1 }),
    });
    await vi.waitFor(() => expect(adapter.batches.length).toBeGreaterThan(1), 20_000);
    const values = Object.fromEntries(adapter.batches[0]!.map(({ tag, value, quality }) => [tag, [value, quality]]));
    expect(values).toEqual({
      speed: [1_010, 'good'],
      level: [2_012 * 65_536 + 2_013, 'good'],
      pump: [1, 'good'],
      door: [0, 'good'],
      power: [506.5, 'good'],
    });
    expect(adapter.connections()).toBe(1);
    expect(adapter.outcomes.slice(0, 4).map(({ code }) => code)).toEqual([undefined, undefined, undefined, undefined]);
    await adapter.stop();
  });

  test('a reading carries the time its request was sent', async () => {
    const port = await plc();
    let now = 5_000;
    const clock: Clock = { now: () => now++, sleep: systemClock.sleep };
    const adapter = start(port, { a: at({ register: 1 }) }, { clock });
    await vi.waitFor(() => expect(adapter.batches).not.toHaveLength(0), 20_000);
    expect(adapter.batches[0]![0]!.at).toBeGreaterThan(5_000);
    expect(adapter.batches[0]![0]!.at).toBeLessThan(5_006);
    await adapter.stop();
  });

  test('polls on an absolute schedule: the work does not add up to a drift, and missed slots are skipped', async () => {
    const port = await plc();
    let now = 0;
    const clock: Clock = {
      now: () => now,
      sleep: async (ms) => {
        now += ms;
      },
    };
    const workMs = [30, 250, 99, 0, 0, 0];
    const adapter = start(port, { a: at({ register: 1 }) }, { clock, onBatch: () => (now += workMs.shift() ?? 0) });
    await vi.waitFor(() => expect(adapter.batches.length).toBeGreaterThan(5), 20_000);
    await adapter.stop();
    expect(adapter.batches.slice(0, 5).map(([reading]) => reading!.at)).toEqual([0, 100, 400, 500, 600]);
  });

  test('one refused register makes one tag bad, and is asked apart from then on', async () => {
    const port = await plc({ missing: [105] });
    const tags = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`r${100 + i}`, at({ register: 100 + i })]));
    const adapter = start(port, tags);
    await vi.waitFor(() => expect(adapter.batches.length).toBeGreaterThan(2), 20_000);
    await adapter.stop();
    for (const batch of adapter.batches) {
      expect(batch).toHaveLength(20);
      const bad = batch.filter(({ quality }) => quality === 'bad');
      expect(bad).toMatchObject([{ tag: 'r105', value: null, code: StatusCode.badConfigurationError }]);
    }
    const perScan = adapter.outcomesPerBatch();
    expect(perScan[0]).toBeGreaterThan(3);
    // The block left of it and the block right of it; the refused one waits its turn.
    expect(perScan[1]).toBe(2);
  });

  test('a hole the device will not be read across is not bridged again, and no tag is bad', async () => {
    const port = await plc({ missing: [102] });
    const adapter = start(port, { a: at({ register: 100 }), b: at({ register: 104 }) });
    await vi.waitFor(() => expect(adapter.batches.length).toBeGreaterThan(2), 20_000);
    await adapter.stop();
    expect(adapter.batches.flat().every(({ quality }) => quality === 'good')).toBe(true);
    expect(adapter.outcomesPerBatch().slice(0, 2)).toEqual([3, 2]);
  });

  test('a value beyond the last register is bad without being asked for', async () => {
    const port = await plc();
    const adapter = start(port, { a: at({ register: 1 }), b: at({ register: 65_535, type: 'float64' }) });
    await vi.waitFor(() => expect(adapter.batches).not.toHaveLength(0), 20_000);
    await adapter.stop();
    expect(adapter.batches[0]).toMatchObject([
      { tag: 'a', quality: 'good' },
      { tag: 'b', value: null, quality: 'bad', code: StatusCode.badConfigurationError },
    ]);
  });
});

/** Register r of unit u holds 1000 u + r; odd coils are on; nothing answers at `missing`. */
async function plc(options: { missing?: readonly number[] } = {}): Promise<number> {
  const port = await freePort();
  const register = (address: number, unitId: number): number => {
    if (options.missing?.includes(address)) {
      throw Object.assign(new Error('illegal address'), { modbusErrorCode: 2 });
    }
    return 1_000 * unitId + address;
  };
  const server = new ServerTCP(
    {
      getHoldingRegister: register,
      getInputRegister: register,
      getCoil: (address: number) => address % 2 === 1,
      getDiscreteInput: (address: number) => address % 2 === 1,
    },
    { host: '127.0.0.1', port },
  );
  server.on('socketError', () => undefined);
  await new Promise<void>((resolve) => server.on('initialized', () => resolve()));
  stops.push(() => new Promise((resolve) => server.close(() => resolve())));
  return port;
}

/** The library's server takes no port 0. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

function at(address: Partial<Address> & { register: number }): Address {
  return { unitId: 1, table: 'holding', type: 'uint16', order: 'ABCD', scale: 1, offset: 0, ...address };
}

function start(port: number, tags: Record<string, Address>, options: { clock?: Clock; onBatch?: () => void } = {}) {
  const controller = new AbortController();
  const batches: (readonly Reading[])[] = [];
  const outcomes: { unit?: string; code?: string; batch: number }[] = [];
  let connections = 0;
  const ctx: AdapterContext = {
    clock: options.clock ?? systemClock,
    signal: controller.signal,
    sink: async (batch) => {
      batches.push(batch);
      options.onBatch?.();
      return { accepted: batch.length, rejected: [] };
    },
    connected: () => connections++,
    discard: () => undefined,
    observe: (outcome) => outcomes.push({ ...outcome, batch: batches.length }),
    directory: 'unused',
    lastStored: () => null,
    waveform: async () => null,
    frame: async () => null,
    event: async () => undefined,
  };
  const config = { host: '127.0.0.1', port, poll: 100, timeout: 1_000, maxRegisters: 125, gap: 8 };
  const bindings = Object.entries(tags).map(([tag, address]) => ({ tag, address }));
  const running = modbus.run(config, bindings, ctx);
  const stop = async () => {
    controller.abort();
    await running;
  };
  stops.push(stop);
  return {
    batches,
    outcomes,
    connections: () => connections,
    stop,
    outcomesPerBatch: () => batches.map((_, batch) => outcomes.filter((outcome) => outcome.batch === batch).length),
  };
}
