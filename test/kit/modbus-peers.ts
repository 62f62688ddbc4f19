import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { server as jsmodbus } from 'jsmodbus';
import { freePort } from './free-port.ts';
import { type Peer, startPeer } from './peer.ts';
import { findTool, required } from './tool.ts';
import { waitFor } from './wait.ts';

const PYTHON = '/usr/bin/python3'; // Debian's own, which sees Debian's packages
const PACKAGES = '/usr/lib/python3/dist-packages';

/** Debian's Python when pymodbus and a serial port are installed for it, or `null`. */
export const PYMODBUS = ['pymodbus', 'serial', 'serial_asyncio', ''].every((name) => existsSync(join(PACKAGES, name)))
  ? PYTHON
  : null;

/** What ties two pseudo-terminals together, or `null`. */
export const SOCAT = findTool('socat');

/** Registers and bits of each table of a peer. */
export const PEER_REGISTERS = 300;
/** Units a peer has. On a serial line every other one is silent. */
export const PEER_UNITS = [1, 2];
const TABLE_NUMBERS = { coil: 1, discrete: 2, holding: 3, input: 4 } as const;

/** What lies in a register or bit of a peer: a number made of its place. */
export function peerValue(unitId: number, table: keyof typeof TABLE_NUMBERS, register: number): number {
  const number = TABLE_NUMBERS[table];
  if (number < 3) return Number((register * 5 + unitId + number) % 3 === 0);
  return (unitId * 10_000 + number * 1_000 + register * 7) % 65_536;
}

/** A device that is not ours, and the settings by which it is reached. */
export interface ModbusPeer extends AsyncDisposable {
  readonly settings: Readonly<Record<string, unknown>>;
  /** Units that answer. */
  readonly units: readonly number[];
  /** Pulls the plug of a serial line: the port is gone. */
  unplug?(): Promise<void>;
}

/** Starts pymodbus over TCP. */
export async function startPymodbusTcp(): Promise<ModbusPeer> {
  const port = await freePort();
  const peer = startPymodbus('tcp', String(port));
  await peer.untilListening(port);
  const settings = { host: '127.0.0.1', port };
  return { settings, units: PEER_UNITS, [Symbol.asyncDispose]: () => peer[Symbol.asyncDispose]() };
}

/** Starts pymodbus at the other end of a serial line. */
export async function startPymodbusSerial(transport: 'rtu' | 'ascii'): Promise<ModbusPeer> {
  const folder = mkdtempSync(join(tmpdir(), 'modbus-line-'));
  const [theirs, ours] = [join(folder, 'device'), join(folder, 'master')];
  const ends = [theirs, ours].map((link) => `pty,raw,echo=0,link=${link}`);
  const line = startPeer(required(SOCAT, 'socat (apt-get install socat)'), ends);
  const opened: Peer[] = [line];
  const dispose = async () => {
    for (const one of opened.reverse()) await one[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await waitFor('both ends of the line', () => existsSync(theirs) && existsSync(ours));
    const device = startPymodbus(transport, theirs);
    opened.push(device);
    await waitFor('pymodbus on the line', () => device.output().includes('ready'));
  } catch (error) {
    await dispose();
    throw error;
  }
  const unplug = async () => line[Symbol.asyncDispose]();
  return { settings: { transport, path: ours }, units: PEER_UNITS, unplug, [Symbol.asyncDispose]: dispose };
}

/** Starts jsmodbus over TCP. It has one set of tables, whatever the unit. */
export async function startJsmodbus(): Promise<ModbusPeer> {
  const words = (table: 'holding' | 'input') => {
    const bytes = Buffer.alloc(2 * PEER_REGISTERS);
    for (let r = 0; r < PEER_REGISTERS; r++) bytes.writeUInt16BE(peerValue(1, table, r), 2 * r);
    return bytes;
  };
  const bits = (table: 'coil' | 'discrete') => {
    const bytes = Buffer.alloc(Math.ceil(PEER_REGISTERS / 8));
    for (let r = 0; r < PEER_REGISTERS; r++) bytes[r >> 3]! |= peerValue(1, table, r) << (r & 7);
    return bytes;
  };
  const listener = createServer();
  const tables = { holding: words('holding'), input: words('input'), coils: bits('coil'), discrete: bits('discrete') };
  new jsmodbus.TCP(listener, tables);
  const port = await freePort();
  await new Promise<void>((resolve) => listener.listen(port, '127.0.0.1', resolve));
  const close = () => new Promise<void>((resolve) => listener.close(() => resolve()));
  return { settings: { host: '127.0.0.1', port }, units: [1], [Symbol.asyncDispose]: close };
}

function startPymodbus(transport: string, place: string): Peer {
  const python = required(
    PYMODBUS,
    'pymodbus (apt-get install python3-pymodbus python3-serial python3-serial-asyncio)',
  );
  return startPeer(python, ['-u', join(import.meta.dirname, 'pymodbus-device.py'), transport, place]);
}
