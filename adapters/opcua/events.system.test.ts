import { DataType, LogLevel, StatusCodes, setLogLevel } from 'node-opcua';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { SourceCondition } from '../adapter.ts';
import { acknowledge, addAlarms } from './alarms-testbench.ts';
import * as testbench from './testbench.ts';

const { startPlant, URI } = testbench;
const LEVEL = `nsu=${URI};s=Level`;
const WITHIN = { timeout: 20_000 };

let plant: testbench.Plant;
let alarms: ReturnType<typeof addAlarms>;
const stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  setLogLevel(LogLevel.Emergency);
  plant = await startPlant();
  alarms = addAlarms(plant);
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
  alarms.calm();
});
afterAll(async () => {
  await plant.stop();
});

describe('alarms of a server', () => {
  test('are told with their words, their level and the tag that is read from their variable', async () => {
    const adapter = start();
    await untilKnown(adapter);
    alarms.setLevel(85);
    await vi.waitFor(() => expect(last(adapter, 'TankLevel')).toMatchObject({ state: 'active' }), WITHIN);
    expect(last(adapter, 'TankLevel')).toMatchObject({
      key: `nsu=${URI};s=TankLevel`,
      level: 'H',
      acknowledged: null,
      from: expect.stringMatching(/Tank 3$/),
      name: 'TankLevel',
      message: expect.stringMatching(/\S/),
      severity: expect.any(Number),
      subject: { tag: 'tank.level' },
    });
    expect(Math.abs(last(adapter, 'TankLevel')!.at - Date.now())).toBeLessThan(60_000);
    alarms.setLevel(95);
    await vi.waitFor(() => expect(last(adapter, 'TankLevel')).toMatchObject({ state: 'active', level: 'HH' }), WITHIN);
    alarms.setLevel(50);
    await vi.waitFor(() => expect(last(adapter, 'TankLevel')).toMatchObject({ state: 'inactive' }), WITHIN);
  });

  test('that began or ended while nobody listened are right again after a connect', async () => {
    alarms.door('active');
    const adapter = start();
    await untilKnown(adapter);
    expect(last(adapter, 'Door')).toMatchObject({ state: 'active', severity: 300, priority: 'low', message: 'open' });
    expect(standing(adapter)).toEqual([`nsu=${URI};s=Door`]);
    await adapter.stop();
    alarms.door('inactive');
    alarms.setLevel(85);
    const again = start();
    await untilKnown(again);
    expect(standing(again)).toEqual([`nsu=${URI};s=TankLevel`]);
  });

  test('are acknowledged by who acknowledges them at the server', async () => {
    const adapter = start();
    await untilKnown(adapter);
    alarms.door('active');
    await vi.waitFor(
      () => expect(last(adapter, 'Door')).toMatchObject({ state: 'active', acknowledged: null }),
      WITHIN,
    );
    await acknowledge(plant, alarms.doorAlarm, 'seen by Anna');
    await vi.waitFor(
      () => expect(last(adapter, 'Door')).toMatchObject({ state: 'active', acknowledged: { note: 'seen by Anna' } }),
      WITHIN,
    );
  });

  test('that ended unacknowledged are not taken for acknowledged until their branch is', async () => {
    const adapter = start();
    await untilKnown(adapter);
    alarms.setLevel(85);
    await vi.waitFor(() => expect(last(adapter, 'TankLevel')).toMatchObject({ state: 'active' }), WITHIN);
    alarms.setLevel(50);
    await vi.waitFor(() => expect(last(adapter, 'TankLevel')).toMatchObject({ state: 'inactive' }), WITHIN);
    expect(alarms.tank.getBranchCount()).toBe(1);
    expect(told(adapter, 'TankLevel').map(({ state, acknowledged }) => [state, acknowledged])).toEqual([
      ['active', null],
      ['inactive', null],
    ]);
    await acknowledge(plant, alarms.tank, 'late');
    await vi.waitFor(() => expect(last(adapter, 'TankLevel')?.acknowledged).toMatchObject({ note: 'late' }), WITHIN);
    expect(last(adapter, 'TankLevel')).toMatchObject({ state: 'inactive' });
  });

  test('belong where a person said, and are as urgent as a person said', async () => {
    const map = [
      { source: '*Tank*', condition: 'Do?r', to: 'gate' },
      { source: `nsu=${URI};s=Tank3`, to: 'tank.pressure' },
    ];
    const adapter = start({ events: { minSeverity: 1, medium: 300, high: 1_001, critical: 1_001, map } });
    await untilKnown(adapter);
    alarms.door('active');
    alarms.setLevel(85);
    await vi.waitFor(
      () => expect(last(adapter, 'Door')).toMatchObject({ subject: { asset: 'gate' }, priority: 'medium' }),
      WITHIN,
    );
    await vi.waitFor(
      () => expect(last(adapter, 'TankLevel')).toMatchObject({ subject: { tag: 'tank.pressure' } }),
      WITHIN,
    );
  });

  test('of a low severity are left out', async () => {
    const adapter = start({ events: { minSeverity: 200, medium: 334, high: 667, critical: 901, map: [] } });
    await untilKnown(adapter);
    alarms.setLevel(85);
    alarms.setLevel(50);
    alarms.setLevel(85);
    alarms.door('active');
    await vi.waitFor(() => expect(last(adapter, 'Door')).toMatchObject({ state: 'active' }), WITHIN);
    expect(told(adapter, 'TankLevel')).toEqual([]);
  });

  test('whose value cannot be trusted, or that were shelved at the server, are unknown', async () => {
    const adapter = start();
    await untilKnown(adapter);
    alarms.door('active', { quality: StatusCodes.BadNoCommunication });
    await vi.waitFor(() => expect(last(adapter, 'Door')).toMatchObject({ state: 'unknown' }), WITHIN);
    alarms.door('active');
    await vi.waitFor(() => expect(last(adapter, 'Door')).toMatchObject({ state: 'active' }), WITHIN);
    alarms.doorAlarm.suppressedOrShelved.setValueFromSource({ dataType: DataType.Boolean, value: true });
    alarms.door('active', { message: 'shelved' });
    await vi.waitFor(() => expect(last(adapter, 'Door')).toMatchObject({ state: 'unknown' }), WITHIN);
  });

  test('of a server that cannot list them are not taken for ended', async () => {
    const other = await startPlant();
    stops.push(other.stop);
    const adapter = testbench.startRun(other.url, { 'tank.level': 'i=2258' }, { events: true });
    stops.push(adapter.stop);
    await vi.waitFor(() => expect(adapter.warnings).toHaveLength(1), WITHIN);
    expect(adapter.warnings[0]).toMatch(/does not say how its alarms stand \(BadInternalError\)/);
    expect(adapter.events).toEqual([]);
  });

  test('are not asked for by a source without events, which ends those of earlier', async () => {
    alarms.door('active');
    const adapter = start({ events: false });
    await vi.waitFor(() => expect(adapter.last('tank.level')).toBeDefined(), WITHIN);
    alarms.setLevel(85);
    await vi.waitFor(() => expect(adapter.last('tank.level')?.value).toBe(85), WITHIN);
    expect(adapter.events).toEqual([{ kind: 'standing', keys: [] }]);
  });
});

function start(more: Parameters<typeof testbench.startRun>[2] = {}) {
  const adapter = testbench.startRun(plant.url, { 'tank.level': LEVEL }, { events: true, sampling: 0, ...more });
  stops.push(adapter.stop);
  return adapter;
}

type Run = ReturnType<typeof start>;

/** The server has said how all its alarms stand. */
function untilKnown(adapter: Run): Promise<void> {
  return vi.waitFor(() => expect(standing(adapter)).not.toBeNull(), WITHIN);
}

function standing(adapter: Run): readonly string[] | null {
  const event = adapter.events.findLast(({ kind }) => kind === 'standing');
  return event?.kind === 'standing' ? event.keys : null;
}

function told(adapter: Run, name: string): SourceCondition[] {
  return adapter.events.filter((event) => event.kind === 'condition').filter((event) => event.name === name);
}

function last(adapter: Run, name: string): SourceCondition | undefined {
  return told(adapter, name).at(-1);
}
