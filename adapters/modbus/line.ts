import { isBit } from './registers.ts';
import type { Limits, Request } from './requests.ts';
import type { Config } from './settings.ts';

/** Where a bus is, and how its frames are packed. */
export type Endpoint =
  | { readonly kind: 'tcp'; readonly framing: 'mbap' | 'rtu'; readonly host: string; readonly port: number }
  | ({ readonly kind: 'serial'; readonly framing: 'rtu' | 'ascii'; readonly path: string } & SerialLine);

/** How a serial line is set. */
export interface SerialLine {
  readonly baudRate: number;
  readonly dataBits: 7 | 8;
  readonly parity: 'none' | 'even' | 'odd';
  readonly stopBits: 1 | 2;
}

/** What reading costs on a bus. */
export interface LineTiming {
  /** A request that brings nothing, ms: frames, silences, and the time a device takes to answer. */
  readonly requestMs: number;
  /** Each register more, ms. */
  readonly registerMs: number;
  /** Each coil more, ms. */
  readonly bitMs: number;
  /** The silence that ends a frame, ms; 0 where frames have a length. */
  readonly silenceMs: number;
}

/** The line as the specification wants it where nothing else is said (MODBUS over Serial Line V1.02, §2.5.1). */
const SPECIFIED: SerialLine = { baudRate: 19_200, dataBits: 8, parity: 'even', stopBits: 1 };
/** What devices take to begin an answer: 5 to 50 ms. The least, so that a plan does not read too much along. */
const TURNAROUND_MS = 5;
/** 10 Mbit/s: the slowest network that devices have. */
const NETWORK_BYTE_MS = 8 / 10_000;
/** Ethernet, IP, TCP and MBAP of a question and its answer. */
const NETWORK_FRAME_BYTES = 160;
/** Above 19,200 baud the silences no longer shrink (MODBUS over Serial Line V1.02, §2.5.1.1). */
const LEAST_SILENCE_MS = 1.75;
const SILENT_CHARS = 3.5;
/** Question and empty answer: 8 + 5 characters as RTU, 17 + 11 as ASCII. */
const RTU_REQUEST_CHARS = 13;
const ASCII_REQUEST_CHARS = 28;
const MAX_GAP = 125;

/** The bus of a source; what is not said is as the specification has it. */
export function endpointOf(config: Config): Endpoint {
  const { transport = 'tcp', host = '', port, path = '' } = config;
  switch (transport) {
    case 'tcp':
      return { kind: 'tcp', framing: 'mbap', host, port };
    case 'rtu-over-tcp':
      return { kind: 'tcp', framing: 'rtu', host, port };
    case 'rtu':
    case 'ascii':
      return { kind: 'serial', framing: transport, path, ...lineOf(config) };
  }
}

/** Names a bus in messages; two sources that name it alike share it. */
export function sayEndpoint(endpoint: Endpoint): string {
  return endpoint.kind === 'tcp' ? `${endpoint.host}:${endpoint.port}` : endpoint.path;
}

/** What reading costs. Behind a gateway a serial line counts when its speed is given. */
export function timingOf(config: Config): LineTiming {
  const { framing, kind } = endpointOf(config);
  const network = { requestMs: TURNAROUND_MS + NETWORK_FRAME_BYTES * NETWORK_BYTE_MS, registerMs: 2 * NETWORK_BYTE_MS };
  if (kind === 'tcp' && config.baudRate === undefined)
    return {
      ...network,
      bitMs: network.registerMs / 16,
      silenceMs: kind === 'tcp' && framing === 'rtu' ? LEAST_SILENCE_MS : 0,
    };
  const line = lineOf(config);
  const charBits = 1 + line.dataBits + (line.parity === 'none' ? 0 : 1) + line.stopBits;
  const charMs = (charBits * 1_000) / line.baudRate;
  const isAscii = framing === 'ascii';
  const silenceMs = isAscii ? 0 : Math.max(LEAST_SILENCE_MS, SILENT_CHARS * charMs);
  const registerMs = (isAscii ? 4 : 2) * charMs;
  return {
    requestMs: TURNAROUND_MS + (isAscii ? ASCII_REQUEST_CHARS : RTU_REQUEST_CHARS) * charMs + 2 * silenceMs,
    registerMs,
    bitMs: registerMs / 16,
    silenceMs,
  };
}

/** How many unused registers in a row cost less than one more request. */
export function gapOf(timing: LineTiming): number {
  return Math.min(MAX_GAP, Math.floor(timing.requestMs / timing.registerMs));
}

/** What may be read at once on the bus of a source. */
export function limitsOf(config: Config): Limits {
  const { maxRegisters, gap = gapOf(timingOf(config)), forbidden = [], units = [] } = config;
  return { maxRegisters, gap, forbidden, units };
}

/** How long a request takes, ms. */
export function busMs(request: Pick<Request, 'table' | 'count'>, timing: LineTiming): number {
  return timing.requestMs + request.count * (isBit(request) ? timing.bitMs : timing.registerMs);
}

/** Why the settings of a source do not go together; `null` when they do. */
export function complaintAboutConfig(config: Config): string | null {
  const { transport = 'tcp', host, path, forbidden = [] } = config;
  const isSerial = transport === 'rtu' || transport === 'ascii';
  if (isSerial && path === undefined) return `missing "path": transport ${transport} is a serial line`;
  if (isSerial && host !== undefined) return `host is for a network; transport ${transport} is a serial line`;
  if (!isSerial && host === undefined) return 'missing "host"';
  if (!isSerial && path !== undefined) return `path is for a serial line: say transport: rtu or ascii`;
  const addressed = complaintAboutHost(host);
  if (addressed !== null) return addressed;
  const reversed = forbidden.find(({ from, to }) => from > to);
  return reversed ? `forbidden must go from low to high, not from ${reversed.from} to ${reversed.to}` : null;
}

/** People write the port behind the address, and `tcp://` before it. More than one colon is an IPv6 address. */
function complaintAboutHost(host = ''): string | null {
  const [, scheme = '', address, port] = /^([a-z+]+:\/\/)?(\[[^\]]+\]|[^:/]+)(?::(\d+))?\/?$/i.exec(host) ?? [];
  if (address === undefined || (scheme === '' && port === undefined && !address.startsWith('['))) return null;
  const bare = address.replace(/^\[|\]$/g, '');
  return `host is the address alone, not "${host}": write host: ${bare.includes(':') ? `"${bare}"` : bare}${port === undefined ? '' : ` and port: ${port}`}`;
}

function lineOf({ baudRate, dataBits, parity, stopBits }: Config): SerialLine {
  return {
    baudRate: baudRate ?? SPECIFIED.baudRate,
    dataBits: dataBits ?? SPECIFIED.dataBits,
    parity: parity ?? SPECIFIED.parity,
    stopBits: stopBits ?? SPECIFIED.stopBits,
  };
}
