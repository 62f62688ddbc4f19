import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DroppableDevice } from '../../adapters/simulator/devices/device.ts';
import { startModbusDevice } from '../../adapters/simulator/devices/modbus-device.ts';
import { queryDatabase } from '../kit/database.ts';
import { startTestService, type TestService } from '../kit/service.ts';
import { waitFor } from '../kit/wait.ts';

interface Gap {
  readonly id: string;
  readonly state: 'open' | 'closed';
  readonly source: string;
  readonly tag: string | null;
  readonly stream: string | null;
  readonly from: string;
  readonly to: string | null;
  readonly firstSequence: number | null;
  readonly lastSequence: number | null;
  readonly reason: string;
  readonly closedAt: string | null;
}

const plant = (port: number) => `
plant: gaps
timezone: UTC
adapters:
  push: { kind: http, adopt: auto }
  plc: { kind: modbus, host: 127.0.0.1, port: ${port}, poll: 100ms, timeout: 5s }
assets:
  press-1:
    tags:
      vibration: { from: plc, address: { unitId: 1, table: holding, register: 100, type: float32 } }
      current: { from: plc, address: { unitId: 1, table: holding, register: 102, type: float32 } }
`;
const TAGS = ['press-1.vibration', 'press-1.current'];

let device: DroppableDevice;
let test: TestService;
beforeAll(async () => {
  device = await startModbusDevice({ tags: ['vibration', 'current'], measure: () => 1.5 });
  test = await startTestService(plant(device.port));
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
  await device.stop();
});

const gaps = async (query: string): Promise<Gap[]> => (await test.call('GET', `/api/v1/gaps?${query}`)).body.items;
const push = (readings: readonly unknown[], headers: Record<string, string> = {}) =>
  fetch(`${test.url}/api/v1/readings`, {
    method: 'POST',
    headers: { authorization: `Bearer ${test.adminKey}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ readings }),
  });

it('a PLC that was away is one gap of just that time, and pushing what it recorded closes it', async () => {
  const isUp = async () => {
    const { items } = (await test.call('GET', '/api/v1/sources')).body;
    return items.find(({ id }: { id: string }) => id === 'plc').state === 'up';
  };
  const stored = async () => (await test.call('GET', `/api/v1/tags/${TAGS[0]}`)).body.latest?.value === 1.5;
  await waitFor('the PLC to be read', async () => (await isUp()) && (await stored()));
  const droppedAt = Date.now();
  await device.drop();
  const [lasting] = await waitFor('the gap', async () => {
    const found = await gaps('source=plc&state=open');
    return found.length > 0 && found;
  });
  expect(lasting).toMatchObject({ source: 'plc', tag: null, to: null, state: 'open', reason: 'link_down' });
  await device.restore();
  const restoredAt = Date.now();
  // A gap of the source is one of each of its tags. A machine that stands still for two seconds makes others, of its own time.
  const theGap = async (query: string) => (await gaps(query)).find(({ id }) => id === lasting!.id);
  const ended = await waitFor('the end of the gap', async () => {
    const found = await theGap(`tag=${TAGS[1]}`);
    return typeof found?.to === 'string' && found;
  });
  const from = Date.parse(ended.from);
  const to = Date.parse(ended.to!);
  const told = await gaps(`tag=${TAGS[1]}`);
  expect(told.filter((gap) => Date.parse(gap.from) < to && Date.parse(gap.to ?? '') > from)).toEqual([ended]);
  const [last] = await queryDatabase<{ at: Date }>(
    test.databaseUrl,
    `select max(at) as at from reading where value is not null and at < $1`,
    [new Date(to)],
  );
  expect(last!.at.getTime()).toBe(from); // the last reading before it
  expect(Math.abs(from - droppedAt)).toBeLessThan(10_000);
  expect(to).toBeGreaterThan(restoredAt - 100);

  // What the PLC recorded meanwhile comes by another way, a part first.
  const recorded = Array.from({ length: Math.floor((to - from) / 100) }, (_, i) => from + 50 + i * 100);
  const half = recorded.slice(0, recorded.length / 2);
  for (const tag of TAGS) expect((await push(half.map((at) => ({ tag, at, value: 2 })))).status).toBe(200);
  await waitFor('the gap to shrink', async () => {
    const gap = await theGap(`source=plc&state=open&from=${from}&to=${to}`);
    return gap && Date.parse(gap.from) === half.at(-1);
  });
  for (const tag of TAGS) {
    const rest = recorded.filter((at) => at > half.at(-1)!);
    expect((await push(rest.map((at) => ({ tag, at, value: 2 })))).status).toBe(200);
  }
  await waitFor('the gap to close', () => theGap('source=plc&state=closed'));
  expect(await theGap('source=plc&state=open')).toBeUndefined();
  // A machine that stands still opens and closes others meanwhile.
  const metrics = await waitFor('the metrics to count what is open', async () => {
    const text = await (await fetch(`${test.url}/metrics`)).text();
    const open = (await gaps('source=plc&state=open')).length;
    return new RegExp(`^ledger_gaps_open\\{source="plc"\\} ${open}$`, 'm').test(text) && text;
  });
  expect(metrics).toMatch(/^ledger_gaps_closed_total\{source="plc"\} [1-9]/m);
});

it('a batch number that a client leaves out is a gap until that batch comes', async () => {
  const at = Date.now() - 60_000;
  const send = async (sequence: number) => {
    const headers = { 'batch-stream': 'gateway-4', 'batch-sequence': String(sequence) };
    const status = (await push([{ tag: 'edge.x', at: at + sequence * 1_000, value: sequence }], headers)).status;
    expect(status).toBe(200);
  };
  for (const sequence of [1, 2, 5]) await send(sequence);
  const [hole] = await waitFor('the gap', async () => {
    const found = await gaps('source=push&state=open');
    return found.length > 0 && found;
  });
  expect(hole).toMatchObject({
    stream: 'gateway-4',
    firstSequence: 3,
    lastSequence: 4,
    reason: 'sequence',
    from: new Date(at + 2_000).toISOString(),
    to: new Date(at + 5_000).toISOString(),
  });
  await send(4);
  await send(3);
  await waitFor('the gap to close', async () => (await gaps('source=push&state=closed'))[0]?.id === hole!.id);
  expect((await push([], { 'batch-sequence': 'seventeen' })).status).toBe(400);
});
