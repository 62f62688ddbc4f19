import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import modbusSerial from 'modbus-serial';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { type Clock, systemClock } from '../../src/model/clock.ts';
import type { EpochMs } from '../../src/model/reading.ts';
import type { GroundTruth } from './model/ground-truth.ts';
import { createPlantModel } from './model/plant-model.ts';
import { type SimulatedPlant, startSimulatedPlant } from './plant.ts';

const SEED = 12; // its dropped link is the PLC, see the first assertion of the link test

interface Answer {
  readonly begunAt: EpochMs;
  readonly items: GroundTruth;
  readonly linksDown: readonly string[];
}

/** A clock that can be put forward; sleepers wake up to look at it every few milliseconds. */
function movableClock() {
  let offset = 0;
  const clock: Clock = {
    now: () => Date.now() + offset,
    sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 20), signal),
  };
  return {
    clock,
    forward: (ms: number) => {
      offset += ms;
    },
  };
}

describe('the simulated plant on sockets', () => {
  const { clock, forward } = movableClock();
  const ending = new AbortController();
  let directory: string;
  let plant: SimulatedPlant;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'simulated-plant-'));
    plant = await startSimulatedPlant({ seed: SEED, directory, clock, signal: ending.signal });
  });
  afterAll(async () => {
    await plant.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const control = async (request: string, method = 'GET'): Promise<Answer> => {
    const response = await fetch(`http://127.0.0.1:${plant.controlPort}${request}`, { method });
    return (await response.json()) as Answer; // each test looks at the part its request answers with
  };

  it('writes a plant file that names the ports, the tags and the limits', async () => {
    const file = parse(plant.plantFile);
    expect(Object.keys(file)).toEqual([
      'plant',
      'timezone',
      'adapters',
      'assets',
      'waveforms',
      'frames',
      'rules',
      'notify',
      'allowPrivateWebhookTargets',
      'retention',
    ]);
    expect(file.adapters['hall-plc']).toMatchObject({ kind: 'modbus', port: plant.ports.modbus, poll: '500ms' });
    expect(file.adapters['line-ua'].url).toBe(`opc.tcp://127.0.0.1:${plant.ports.opcua}/plant`);
    expect(file.adapters.sensors.url).toBe(`mqtt://127.0.0.1:${plant.ports.mqtt}`);
    expect(file.assets['pump-1'].tags.vibration).toEqual({
      unit: 'mm/s',
      range: [0, 50],
      from: 'hall-plc',
      address: { unitId: 1, table: 'holding', register: 100, type: 'float32', order: 'ABCD' },
    });
    expect(file.rules['pump-1-vibration-high']).toEqual({
      on: 'pump-1.vibration',
      detect: 'limit',
      with: { high: 4.5, highHigh: 7.1, deadband: 0.3 },
      when: 'tag("pump-1.speed") > 100.0',
      onDelay: '5s',
      offDelay: '10s',
      priority: 'high',
      workOrder: { failureMode: 'VIB' },
    });
    const tags = Object.entries<{ tags?: object }>(file.assets).flatMap(([asset, { tags = {} }]) =>
      Object.keys(tags).map((tag) => `${asset}.${tag}`),
    );
    const watched = Object.values<{ on: string | string[] }>(file.rules).flatMap(({ on }) => on);
    const isKnown = (tag: string) => tags.some((each) => tag === each || tag.startsWith(`${each}.`)); // or made of its pictures
    expect(watched.filter((tag) => !isKnown(tag))).toEqual([]);
    for (const { rule } of plant.groundTruth()) if (rule !== null) expect(Object.keys(file.rules)).toContain(rule);
  });

  it('keeps the secret of the webhook in a file that only its owner can read', async () => {
    const file = parse(plant.plantFile).notify.cmms.secretFile;
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readFile(file, 'utf8')).toMatch(/^whsec_[A-Za-z0-9+/]{43}=\n$/);
  });

  it('runs healthily until it is told to begin, and serves what the model says from then on', async () => {
    const before = await control('/ground-truth');
    expect(before).toMatchObject({ begunAt: null });
    expect(before.items).toEqual(createPlantModel(SEED).groundTruth());
    forward(700_000); // however long it takes
    expect((await readPump())[0]).toBeLessThan(3);

    const { begunAt } = await control('/begin', 'POST');
    expect(plant.begunAt()).toBe(begunAt);
    plant.begin();
    expect(plant.begunAt()).toBe(begunAt);
    expect(plant.groundTruth()[0]?.startsAt).toBe(begunAt + (before.items[0]?.startsAt ?? 0));

    forward(60_000);
    const from = clock.now() - begunAt;
    const [vibration] = await readPump();
    const to = clock.now() - begunAt;
    const model = createPlantModel(SEED);
    const times = Array.from({ length: Math.ceil(to - from) + 1 }, (_, ms) => Math.min(from + ms, to));
    const possible = times.map((at) => Math.fround(model.measure('pump-1.vibration', at) ?? 0));
    expect(possible).toContain(vibration);
    expect(vibration).toBeGreaterThan(4.5);
  });

  it('drops a link when the script says so, and brings it back', async () => {
    const loss = plant.groundTruth().find(({ kind }) => kind === 'link loss');
    if (loss?.source !== 'hall-plc' || loss.endsAt === null) throw new Error('take a seed that drops the PLC');
    forward(loss.startsAt - clock.now() + 1);
    await vi.waitFor(async () => expect(await dials(plant.ports.modbus)).toBe(false), 20_000);
    expect((await control('/state')).linksDown).toEqual(['hall-plc']);
    expect(await dials(plant.ports.mqtt)).toBe(true);
    forward(loss.endsAt - clock.now() + 1);
    await vi.waitFor(async () => expect(await dials(plant.ports.modbus)).toBe(true), 20_000);
    expect((await control('/state')).linksDown).toEqual([]);
  });

  it('closes every port when its signal aborts', async () => {
    ending.abort();
    await plant.stop();
    const ports = [...Object.values(plant.ports), plant.controlPort];
    expect(await Promise.all(ports.map(dials))).toEqual(ports.map(() => false));
  });

  async function readPump(): Promise<number[]> {
    const client = new modbusSerial.default();
    await client.connectTCP('127.0.0.1', { port: plant.ports.modbus });
    client.setID(1);
    client.setTimeout(20_000);
    const { buffer } = await client.readHoldingRegisters(100, 10);
    await new Promise<void>((resolve) => {
      client.destroy(() => resolve());
    });
    return [0, 1, 2, 3, 4].map((i) => buffer.readFloatBE(4 * i));
  }
});

function dials(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
