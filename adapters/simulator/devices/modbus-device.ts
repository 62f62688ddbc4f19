import type { Server } from 'node:net';
import { ServerTCP } from 'modbus-serial';
import { type DroppableDevice, LOOPBACK, type Measure } from './device.ts';
import { patiently, portError } from './loopback.ts';

/** Unit id under which the simulated PLC answers; it is silent for every other. */
export const MODBUS_UNIT = 1;

const FIRST_REGISTER = 100;

/** Where a tag lies: the first of its two holding registers, float32, most significant word first (ABCD). */
export function registerOf(tags: readonly string[], tag: string): number {
  return FIRST_REGISTER + 2 * tags.indexOf(tag);
}

/**
 * Starts a PLC on Modbus TCP. It serves `tags`, in their order, as float32 from holding register 100 on, and answers
 * exception 02 for every other register. All registers of one request are from the same instant.
 */
export async function startModbusDevice(options: {
  readonly tags: readonly string[];
  readonly measure: Measure;
  readonly port?: number;
}): Promise<DroppableDevice> {
  const stopping = new AbortController();
  let server: ServerTCP | null = await open(options, options.port ?? 0);
  const port = portOf(server);

  const drop = async (): Promise<void> => {
    const open = server;
    server = null;
    if (open !== null) await close(open);
  };
  return {
    port,
    drop,
    restore: async () => {
      server ??= await patiently(() => open(options, port), stopping.signal);
      if (stopping.signal.aborted) await drop();
    },
    stop: async () => {
      stopping.abort();
      await drop();
    },
  };
}

function open(options: { readonly tags: readonly string[]; readonly measure: Measure }, port: number) {
  return new Promise<ServerTCP>((resolve, reject) => {
    const registers = (from: number, count: number) => readRegisters(options, from, count);
    const register = (at: number) => registers(at, 1)[0] ?? 0;
    const noBits = (): boolean => {
      throw illegalAddress();
    };
    const server = new ServerTCP(
      {
        getHoldingRegister: register,
        getMultipleHoldingRegisters: registers,
        getInputRegister: register,
        getMultipleInputRegisters: registers,
        getCoil: noBits,
        getDiscreteInput: noBits,
      },
      // The library takes the number 0 for "not given" and uses 502; the text '0' reaches net.listen as a free port.
      { host: LOOPBACK, port: port === 0 ? ('0' as unknown as number) : port, unitID: MODBUS_UNIT },
    );
    server.on('initialized', () => resolve(server));
    server.on('serverError', (error) => reject(portError(error, port)));
  });
}

/** The words of `count` registers from `from` on; throws exception 02 when one of them does not exist. */
function readRegisters(
  { tags, measure }: { readonly tags: readonly string[]; readonly measure: Measure },
  from: number,
  count: number,
): number[] {
  const image = Buffer.alloc(4 * tags.length);
  tags.forEach((tag, i) => {
    image.writeFloatBE(measure(tag) ?? Number.NaN, 4 * i);
  });
  const first = from - FIRST_REGISTER;
  if (first < 0 || first + count > 2 * tags.length) throw illegalAddress();
  return Array.from({ length: count }, (_, i) => image.readUInt16BE(2 * (first + i)));
}

function illegalAddress(): Error {
  return Object.assign(new Error('no such register'), { modbusErrorCode: 2 });
}

/** The library keeps its server to itself; only there is the port that was taken. */
function netServerOf(server: ServerTCP): Server {
  return (server as unknown as { readonly _server: Server })._server;
}

function portOf(server: ServerTCP): number {
  const address = netServerOf(server).address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Stops listening and destroys the connections, which the library does in one call. */
function close(server: ServerTCP): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
