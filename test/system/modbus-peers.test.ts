import { describe, expect, it } from 'vitest';
import { createModbus } from '../../adapters/modbus/index.ts';
import type { Address } from '../../adapters/modbus/settings.ts';
import { addressOf, configOf, record } from '../../adapters/modbus/testbench.ts';
import {
  type ModbusPeer,
  PEER_REGISTERS,
  PYMODBUS,
  peerValue,
  SOCAT,
  startJsmodbus,
  startPymodbusSerial,
  startPymodbusTcp,
} from '../kit/modbus-peers.ts';
import { mustRun } from '../kit/tool.ts';
import { waitFor } from '../kit/wait.ts';

const SCANS = 5;
const TABLES = ['holding', 'input', 'coil', 'discrete'] as const;
const WIDE = [
  { type: 'uint32', order: 'ABCD' },
  { type: 'uint32', order: 'CDAB' },
  { type: 'int16', order: 'BADC' },
  { type: 'int32', order: 'DCBA' },
] as const;

const isPymodbusThere = mustRun(PYMODBUS, 'pymodbus over TCP (apt-get install python3-pymodbus)');
const isLineThere = mustRun(
  PYMODBUS === null ? null : SOCAT,
  'pymodbus over a serial line (apt-get install python3-pymodbus python3-serial python3-serial-asyncio socat)',
);

describe('every value of a device that is not ours is read', () => {
  it('of jsmodbus over TCP', () => readAll(startJsmodbus));
  it.runIf(isPymodbusThere)('of pymodbus over TCP', () => readAll(startPymodbusTcp));
  it.runIf(isLineThere)('of pymodbus over a serial line, as RTU', () => readAll(() => startPymodbusSerial('rtu')));
  it.runIf(isLineThere)('of pymodbus over a serial line, as ASCII', () => readAll(() => startPymodbusSerial('ascii')));

  it.runIf(isLineThere)('of pymodbus over a serial line on which another unit is silent', async () => {
    await using peer = await startPymodbusSerial('rtu');
    const config = configOf({ ...peer.settings, poll: '100ms', timeout: '1s' });
    const tags = { there: addressOf({ register: 7 }), silent: addressOf({ unitId: 3, register: 7 }) };
    await using run = record(config, tags, { adapter: createModbus() });
    await waitFor('twenty scans', () => run.scans.length > 20);
    const of = (tag: string) => run.scans.flat().filter((reading) => reading.tag === tag);
    expect(of('there').every(({ value, quality }) => value === peerValue(1, 'holding', 7) && quality === 'good')).toBe(
      true,
    );
    expect(of('silent').every(({ value, quality }) => value === null && quality === 'bad')).toBe(true);
  });
});

it.runIf(isLineThere)('a serial port that is unplugged ends the run, and nothing is made up meanwhile', async () => {
  await using peer = await startPymodbusSerial('rtu');
  const config = configOf({ ...peer.settings, poll: '100ms', timeout: '1s' });
  await using run = record(config, { there: addressOf({ register: 7 }) }, { adapter: createModbus() });
  await waitFor('some scans', () => run.scans.length > 3);
  await peer.unplug?.();
  await expect(run.running).rejects.toMatchObject({ name: 'AdapterError' });
  const readings = run.scans.flat();
  expect(readings.every(({ value, quality }) => value === peerValue(1, 'holding', 7) && quality === 'good')).toBe(true);
  await using again = record(config, { there: addressOf({ register: 7 }) }, { adapter: createModbus() });
  await expect(again.running).rejects.toMatchObject({ code: 'connection_refused' });
});

/** Reads registers and bits of all tables and units, single and as wide numbers, several times. */
async function readAll(start: () => Promise<ModbusPeer>): Promise<void> {
  await using peer = await start();
  const expected = new Map<string, number>();
  const tags: Record<string, Address> = {};
  for (const unitId of peer.units) {
    for (const table of TABLES) {
      for (let register = 0; register < PEER_REGISTERS; register++) {
        const tag = `u${unitId}.${table}-${register}`;
        tags[tag] = addressOf({ unitId, table, register });
        expected.set(tag, peerValue(unitId, table, register));
      }
    }
    for (const { type, order } of WIDE) {
      for (let register = 0; register < PEER_REGISTERS - 4; register += 31) {
        const tag = `u${unitId}.${type}-${order}-${register}`;
        tags[tag] = addressOf({ unitId, register, type, order });
        expected.set(tag, wideValue(unitId, register, type, order));
      }
    }
  }
  const config = configOf({ ...peer.settings, poll: '200ms', timeout: '10s' });
  await using run = record(config, tags, { adapter: createModbus() });
  await waitFor(`${SCANS} scans`, () => run.scans.length >= SCANS);
  for (const scan of run.scans.slice(0, SCANS)) {
    expect(scan).toHaveLength(expected.size);
    const wrong = scan.filter(({ tag, value, quality }) => value !== expected.get(tag) || quality !== 'good');
    expect(wrong).toEqual([]);
  }
  expect(run.outcomes.filter(({ code }) => code !== undefined)).toEqual([]);
  expect(run.connections()).toBe(1);
}

/** What several registers are together, put together without the adapter. */
function wideValue(
  unitId: number,
  register: number,
  type: (typeof WIDE)[number]['type'],
  order: (typeof WIDE)[number]['order'],
): number {
  const count = { uint32: 2, int16: 1, int32: 2 }[type];
  const words = Array.from({ length: count }, (_, i) => peerValue(unitId, 'holding', register + i));
  const inOrder = order === 'CDAB' || order === 'DCBA' ? words.reverse() : words;
  const swap = (word: number) => ((word & 255) << 8) | (word >> 8);
  const bytes = order === 'BADC' || order === 'DCBA' ? inOrder.map(swap) : inOrder;
  const number = bytes.reduce((sum, word) => sum * 65_536n + BigInt(word), 0n);
  return Number(type === 'uint32' ? number : BigInt.asIntN(16 * count, number));
}
