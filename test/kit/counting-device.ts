import type { AddressInfo, Server } from 'node:net';
import { ServerTCP } from 'modbus-serial';
import { expect } from 'vitest';
import { storedRows } from './stored-rows.ts';

const REGISTERS = 4;
const WORD = 0x1_0000;

/** A Modbus device whose every answer is one of its kind: a counter and a number made of it, both in one request. */
export interface CountingDevice extends AsyncDisposable {
  readonly port: number;
  /** Requests answered so far. */
  readonly served: () => number;
  /**
   * Every stored scan is one that was served, whole and in the order of serving. Returns how many are stored, and how
   * many were served and are not: a poll that nobody could acknowledge.
   */
  verify(databaseUrl: string): Promise<{ readonly stored: number; readonly missing: number }>;
}

/** The assets of the plant file that read it from `source`, as YAML. */
export function countingAsset(source: string): string {
  const tag = (name: string, register: number) =>
    `      ${name}: { from: ${source}, address: { unitId: 1, table: holding, register: ${register}, type: uint32 } }`;
  return `  counting:\n    tags:\n${tag('counter', 0)}\n${tag('check', 2)}`;
}

/** Starts it on a free port. */
export async function startCountingDevice(): Promise<CountingDevice> {
  let served = 0;
  const answer = (first: number, count: number): number[] => {
    if (first !== 0 || count !== REGISTERS) throw Object.assign(new Error('no such register'), { modbusErrorCode: 2 });
    served++;
    return [served, checkOf(served)].flatMap((value) => [Math.floor(value / WORD), value % WORD]);
  };
  const server = new ServerTCP(
    { getMultipleHoldingRegisters: answer },
    // The library takes the number 0 for "not given" and uses 502; the text '0' reaches net.listen as a free port.
    { host: '127.0.0.1', port: '0' as unknown as number, unitID: 1 },
  );
  await new Promise<void>((resolve, reject) => {
    server.on('initialized', () => resolve());
    server.on('serverError', reject);
  });
  // The library keeps its server to itself; only there is the port that was taken.
  const { port } = (server as unknown as { readonly _server: Server })._server.address() as AddressInfo;
  return {
    port,
    served: () => served,
    verify: async (databaseUrl) => {
      const rows = await storedRows(databaseUrl, 'counting.');
      const checks = new Map(rows.filter(({ tag }) => tag === 'counting.check').map(({ at, value }) => [at, value]));
      const counters = rows.filter(({ tag }) => tag === 'counting.counter');
      const wrong = rows.filter(({ quality, value }) => quality !== 0 || value === null);
      const torn = counters.filter(({ at, value }) => checks.get(at) !== checkOf(value ?? 0));
      const swapped = counters.filter(({ value }, i) => i > 0 && value! <= counters[i - 1]!.value!);
      const invented = counters.filter(({ value }) => value! > served);
      expect({ wrong, torn, swapped, invented }).toEqual({ wrong: [], torn: [], swapped: [], invented: [] });
      expect(checks.size).toBe(counters.length);
      return { stored: counters.length, missing: served - counters.length };
    },
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** Another number for every counter, so that halves of two scans don't fit together. */
function checkOf(counter: number): number {
  return (counter * 7 + 3) % (WORD * WORD);
}
