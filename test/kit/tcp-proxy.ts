import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { freePort } from './free-port.ts';

/**
 * What the proxy does to the bytes: let them pass; refuse, as when the server is stopped; hold all of them and keep the
 * connections, as a cut cable does; or watch for a COMMIT and cut there, before the server sees it or after it has answered what nobody gets to read.
 */
export type ProxyMode = 'pass' | 'refuse' | 'freeze' | 'cut-before-commit' | 'cut-after-commit';

/** A place between a client and a server where a network fails. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** Connections made so far. */
  readonly connections: () => number;
  /** Connections cut at a COMMIT so far. */
  readonly cuts: () => number;
  become(mode: ProxyMode): Promise<void>;
}

/** A simple query message of the PostgreSQL protocol with nothing but `commit` in it. */
const COMMIT = Buffer.from('Q\0\0\0\x0bcommit\0', 'latin1');

/** Starts a proxy in front of a server of this machine; passes at first. */
export async function startTcpProxy(serverPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const thaws = new Set<() => void>();
  let mode: ProxyMode = 'pass';
  let connections = 0;
  let cuts = 0;

  const forward = (from: Socket, to: Socket, watch: (bytes: Buffer) => 'forward' | 'swallow') => {
    sockets.add(from);
    from.on('error', () => to.destroy());
    from.on('close', () => {
      sockets.delete(from);
      if (mode !== 'freeze') to.destroy();
    });
    from.on('data', (bytes: Buffer) => {
      if (watch(bytes) === 'swallow') return;
      if (mode !== 'freeze') {
        to.write(bytes);
        return;
      }
      from.pause();
      thaws.add(() => {
        to.write(bytes);
        from.resume();
      });
    });
  };
  const server = createServer((client) => {
    connections++;
    const upstream = connect(serverPort, '127.0.0.1');
    let isCommitting = false;
    const cut = (): 'swallow' => {
      cuts++;
      client.destroy();
      upstream.destroy();
      return 'swallow';
    };
    forward(client, upstream, (bytes) => {
      if (!bytes.includes(COMMIT)) return 'forward';
      if (mode === 'cut-before-commit') return cut();
      isCommitting = mode === 'cut-after-commit';
      return 'forward';
    });
    forward(upstream, client, () => (isCommitting ? cut() : 'forward'));
  });
  const port = await freePort(); // it is given back while the proxy refuses
  await once(server.listen(port, '127.0.0.1'), 'listening');
  const stop = async () => {
    for (const socket of sockets) socket.destroy();
    if (!server.listening) return;
    server.close();
    await once(server, 'close');
  };

  return {
    port,
    connections: () => connections,
    cuts: () => cuts,
    become: async (next) => {
      mode = next;
      if (mode === 'refuse') return stop();
      if (!server.listening) await once(server.listen(port, '127.0.0.1'), 'listening');
      if (mode === 'freeze') return;
      for (const thaw of thaws) thaw();
      thaws.clear();
    },
    [Symbol.asyncDispose]: stop,
  };
}
