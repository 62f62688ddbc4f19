import { type ConnectOpts, Socket, type SocketConstructorOpts } from 'node:net';

/** What is taken off the connection at once: some thousand rows. */
const BUFFER_BYTES = 128 * 1_024;

/** Emitted instead of `data` while somebody listens to it, with bytes that are there only until it returns. */
export const SHORT_LIVED = 'shortLived';

/**
 * A socket for much that is only passed through: everything comes into one buffer. Otherwise each piece is a new one, outside the
 * heap, and the collector of the garbage runs for these alone. `connection`: as pg asks for one.
 */
export function copySocket(connection?: { readonly ssl?: unknown }): Socket {
  if (connection?.ssl) return new Socket(); // what is read is TLS's, which has buffers of its own
  // Documented for `createConnection`, which hands its options to the constructor; pg connects by itself.
  const options: SocketConstructorOpts & ConnectOpts = {
    onread: {
      buffer: Buffer.allocUnsafe(BUFFER_BYTES),
      callback: (length, { buffer, byteOffset }) => {
        const bytes = Buffer.from(buffer, byteOffset, length);
        if (!socket.emit(SHORT_LIVED, bytes)) socket.emit('data', Buffer.from(bytes));
        return true;
      },
    },
  };
  const socket = new Socket(options);
  return socket;
}
