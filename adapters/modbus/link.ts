import { connect } from 'node:net';
import type { SerialPort } from 'serialport';
import { AdapterError } from '../adapter.ts';
import { type Endpoint, sayEndpoint } from './line.ts';

/** Bytes to and from a bus: a socket or a serial port that is open. */
export interface Link {
  write(bytes: Buffer): void;
  /** Closes at once; resolves when it may be opened again. Never rejects. */
  close(): Promise<void>;
}

/** What happens on a link. `lost` comes once, and not after `close`. */
export interface LinkEvents {
  data(chunk: Buffer): void;
  lost(cause?: Error): void;
}

/** Opens within `deadlineMs`; throws `connection_refused` or `connection_timeout`, and leaves nothing behind then. */
export function openLink(
  endpoint: Endpoint,
  within: { readonly deadlineMs: number; readonly signal: AbortSignal },
  events: LinkEvents,
): Promise<Link> {
  return endpoint.kind === 'tcp' ? openSocket(endpoint, within, events) : openPort(endpoint, within, events);
}

function openSocket(
  endpoint: Endpoint & { kind: 'tcp' },
  { deadlineMs, signal }: { readonly deadlineMs: number; readonly signal: AbortSignal },
  events: LinkEvents,
): Promise<Link> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: endpoint.host, port: endpoint.port, noDelay: true });
    const settle = () => {
      clearTimeout(deadline);
      signal.removeEventListener('abort', onAbort);
      socket.off('connect', onConnect);
    };
    const fail = (code: 'connection_refused' | 'connection_timeout', cause?: Error) => {
      settle();
      socket.destroy();
      reject(new AdapterError(code, `cannot reach ${sayEndpoint(endpoint)}`, { cause }));
    };
    const onAbort = () => fail('connection_refused');
    const onError = (cause: Error) => fail('connection_refused', cause);
    const onConnect = () => {
      settle();
      const lost = once(events.lost);
      socket.off('error', onError);
      socket.on('error', lost);
      socket.on('end', () => lost());
      socket.on('close', () => lost());
      socket.on('data', events.data);
      resolve({
        write: (bytes) => socket.write(bytes),
        close: () => {
          socket.off('data', events.data);
          socket.destroy();
          return Promise.resolve();
        },
      });
    };
    const deadline = setTimeout(() => fail('connection_timeout'), deadlineMs);
    socket.on('error', onError); // stays after a failure: what a socket says when it was given up has no reader
    socket.on('connect', onConnect);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}

/** The operating system opens a serial port at once or never: there is nothing to wait for. */
async function openPort(
  endpoint: Endpoint & { kind: 'serial' },
  { signal }: { readonly signal: AbortSignal },
  events: LinkEvents,
): Promise<Link> {
  const { path, baudRate, dataBits, parity, stopBits } = endpoint;
  const cannot = (cause?: Error) =>
    new AdapterError('connection_refused', `cannot open ${path}${cause ? `: ${cause.message}` : ''}`, { cause });
  // Native code: loaded only by those who have a serial line, and absent where it could not be installed.
  const { SerialPort } = await import('serialport').catch((cause: Error) => Promise.reject(cannot(cause)));
  const port = new SerialPort({ path, baudRate, dataBits, parity, stopBits, autoOpen: false });
  const lost = once(events.lost);
  port.on('error', lost);
  await new Promise<void>((resolve, reject) => port.open((error) => (error ? reject(cannot(error)) : resolve())));
  port.on('close', () => lost());
  port.on('data', events.data);
  const link: Link = {
    write: (bytes) => port.write(bytes),
    close: () => {
      port.off('data', events.data);
      return closePort(port);
    },
  };
  if (!signal.aborted) return link;
  await link.close();
  throw cannot();
}

function closePort(port: SerialPort): Promise<void> {
  return new Promise((resolve) => {
    if (!port.isOpen) return resolve();
    // What it says while it closes has no reader: it is gone either way.
    port.close(() => resolve());
  });
}

function once(tell: (cause?: Error) => void): (cause?: Error) => void {
  let isTold = false;
  return (cause) => {
    if (isTold) return;
    isTold = true;
    tell(cause);
  };
}
