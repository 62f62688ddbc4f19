import type { AddressInfo, Server } from 'node:net';
import { ServerTCP } from 'modbus-serial';
import { Value } from 'typebox/value';
import { systemClock } from '../../src/model/clock.ts';
import { parseDuration } from '../../src/model/duration.ts';
import type { AdapterContext, Clock, Reading } from '../adapter.ts';
import { modbus } from './index.ts';
import { Address, Config } from './settings.ts';

/** What lies in a device from one register (or bit) of a unit's table on. For tests. */
export interface Stretch {
  readonly unitId?: number;
  readonly table: Address['table'];
  readonly register: number;
  /** Bytes in hex as they go over the wire, blanks allowed. */
  readonly words?: string;
  /** Ones and noughts, the lowest place first. */
  readonly bits?: string;
}

/** Starts a device on the protocol library's own server, which answers exception 02 where the image has nothing. For tests. */
export async function startImageDevice(image: readonly Stretch[]): Promise<{ port: number } & AsyncDisposable> {
  const cells = new Map(image.flatMap(cellsOf));
  const read = (table: Address['table'], register: number, unitId: number): number => {
    const value = cells.get(`${unitId}:${table}:${register}`);
    if (value === undefined) throw Object.assign(new Error('illegal address'), { modbusErrorCode: 2 });
    return value;
  };
  const server = new ServerTCP(
    {
      getHoldingRegister: (register: number, unitId: number) => read('holding', register, unitId),
      getInputRegister: (register: number, unitId: number) => read('input', register, unitId),
      getCoil: (register: number, unitId: number) => read('coil', register, unitId) === 1,
      getDiscreteInput: (register: number, unitId: number) => read('discrete', register, unitId) === 1,
    },
    // The library takes the number 0 for "not given" and uses 502; the text '0' reaches net.listen as a free port.
    { host: '127.0.0.1', port: '0' as unknown as number },
  );
  server.on('socketError', () => undefined);
  await new Promise<void>((resolve, reject) => {
    server.on('initialized', () => resolve());
    server.on('serverError', reject);
  });
  // The library keeps its server to itself; only there is the port that was taken.
  const { port } = (server as unknown as { readonly _server: Server })._server.address() as AddressInfo;
  return { port, [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())) };
}

/** Settings with the defaults filled in and durations in ms, as the loader would. For tests. */
export function configOf(settings: Readonly<Record<string, unknown>>): Config {
  const filled = Value.Default(Config, { ...settings }) as Record<string, unknown>; // a schema of an object gives one
  const ms = ([key, value]: [string, unknown]) => [key, (typeof value === 'string' && parseDuration(value)) || value];
  return Object.fromEntries(Object.entries(filled).map(ms)) as Config; // Config types durations as their ms
}

/** An address with the defaults filled in; throws when it is none. For tests. */
export function addressOf(address: unknown): Address {
  return Value.Parse(Address, Value.Default(Address, address));
}

/** What a run delivered: whole scans, and each request's outcome with the number of the scan it belongs to. For tests. */
export interface Recording extends AsyncDisposable {
  readonly scans: (readonly Reading[])[];
  readonly outcomes: { readonly unit?: string; readonly code?: string; readonly ms: number; readonly scan: number }[];
  readonly running: Promise<void>;
  connections(): number;
  stop(): Promise<void>;
}

/** Runs the adapter until it is disposed of. For tests. */
export function record(
  config: Config,
  tags: Readonly<Record<string, Address>>,
  options: { readonly clock?: Clock; readonly adapter?: typeof modbus } = {},
): Recording {
  const controller = new AbortController();
  const scans: (readonly Reading[])[] = [];
  const outcomes: { unit?: string; code?: string; ms: number; scan: number }[] = [];
  let connections = 0;
  const ctx: AdapterContext = {
    clock: options.clock ?? systemClock,
    signal: controller.signal,
    directory: 'unused',
    sink: async (batch) => {
      scans.push(batch);
      return { accepted: batch.length, rejected: [] };
    },
    connected: () => connections++,
    discard: () => undefined,
    observe: (outcome) => outcomes.push({ ...outcome, scan: scans.length }),
    lastStored: () => null,
    waveform: async () => null,
    frame: async () => null,
    event: async () => undefined,
  };
  const bindings = Object.entries(tags).map(([tag, address]) => ({ tag, address }));
  const running = (options.adapter ?? modbus).run(config, bindings, ctx);
  running.catch(() => undefined); // whoever expects a failure awaits it
  const stop = async () => {
    controller.abort();
    await running.catch(() => undefined);
  };
  return { scans, outcomes, running, connections: () => connections, stop, [Symbol.asyncDispose]: stop };
}

function cellsOf({ unitId = 1, table, register, words, bits }: Stretch): [string, number][] {
  const values = bits
    ? [...bits].map(Number)
    : (words?.replaceAll(' ', '').match(/.{4}/g) ?? []).map((word) => Number.parseInt(word, 16));
  return values.map((value, i) => [`${unitId}:${table}:${register + i}`, value]);
}
