import type { Socket } from 'node:net';
import { buildConnector } from 'undici';
import { BlockedAddress, portOf, type Reach, type TargetGuard } from './target-guard.ts';

/** Makes the only way the sender may open a connection: checked before, while and after the address is chosen. */
export function guardedConnector(guard: TargetGuard, connectTimeoutMs: number): buildConnector.connector {
  const connectors: Readonly<Record<Reach, buildConnector.connector>> = {
    public: buildConnector({ timeout: connectTimeoutMs, lookup: guard.lookup('public') }),
    listed: buildConnector({ timeout: connectTimeoutMs, lookup: guard.lookup('listed') }),
  };
  return (options, callback) => {
    const refusal = guard.refuse(`${options.protocol}//${options.host ?? options.hostname}`);
    if (refusal !== null) {
      callback(new BlockedAddress(refusal), null);
      return;
    }
    const reach = guard.reachOf(options.protocol, portOf(options.protocol, options.port));
    connectors[reach](options, (...[error, socket]) => {
      if (error) {
        callback(error, null);
        return;
      }
      const reason = refusePeer(guard, socket, reach);
      if (reason === null) callback(null, socket);
      else callback(new BlockedAddress(reason), null);
    });
  };
}

function refusePeer(guard: TargetGuard, socket: Socket, reach: Reach): string | null {
  const { remoteAddress } = socket;
  const reason = remoteAddress === undefined ? 'the connection has no peer' : guard.refuseAddress(remoteAddress, reach);
  if (reason !== null) socket.destroy();
  return reason;
}
