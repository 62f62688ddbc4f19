import { httpPeer } from './http-peer.ts';
import { modbusPeer } from './modbus-peer.ts';
import { mqttPeer } from './mqtt-peer.ts';
import { opcuaPeer } from './opcua-peer.ts';
import type { PeerKind } from './peer.ts';
import { sparkplugPeer } from './sparkplug-peer.ts';

/** What `millwright simulate` can simulate, one line a protocol. */
export const PEERS = {
  modbus: modbusPeer,
  opcua: opcuaPeer,
  mqtt: mqttPeer,
  sparkplug: sparkplugPeer,
  http: httpPeer,
} as const satisfies Readonly<Record<string, PeerKind>>;

/** The word for one of them. */
export type PeerName = keyof typeof PEERS;
