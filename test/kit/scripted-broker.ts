import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import mqttPacket, { type Packet } from 'mqtt-packet';

/** What a scripted broker sees of one client connection, and can do to it. */
export interface ScriptedConnection {
  /** Counts connections, from 1. */
  readonly number: number;
  readonly send: (packet: Packet) => void;
  /** Cuts the connection without a word. */
  readonly cut: () => void;
}

/** A broker that does what a test says and nothing else; speaks MQTT 3.1.1, or 5.0 when asked to. */
export interface ScriptedBroker extends AsyncDisposable {
  readonly url: string;
  /** Connections made so far. */
  readonly connections: () => number;
}

/** Starts it; `on` is called with every packet of every connection. */
export async function startScriptedBroker(
  on: (packet: Packet, connection: ScriptedConnection) => void,
  protocolVersion: 4 | 5 = 4,
): Promise<ScriptedBroker> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    const parser = mqttPacket.parser({ protocolVersion });
    const connection: ScriptedConnection = {
      number: connections,
      send: (packet) => {
        if (!socket.destroyed) socket.write(mqttPacket.generate(packet, { protocolVersion }));
      },
      cut: () => socket.destroy(),
    };
    parser.on('packet', (packet) => on(packet, connection));
    socket.on('data', (bytes) => parser.parse(bytes));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => connections,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
