import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, TLSSocket } from 'node:tls';
import type { IClientOptions } from 'mqtt';
import { AdapterError } from '../adapter.ts';
import type { UsedCertificate } from './certificate-expiry.ts';
import type { MqttConfig } from './settings.ts';
import { readTls, type TlsMaterial } from './tls.ts';

/** How a broker is reached, and who we are to it. */
export interface Session {
  /** Opens the socket; TLS always verifies. The library's own way would take a proxy from the environment. */
  readonly dial: () => Socket;
  readonly client: IClientOptions;
  /** Ours, and that of the broker once it has been dialled; none without TLS. */
  readonly certificates: () => readonly UsedCertificate[];
}

/**
 * Translates the settings into a session, and reads the secret files. `instance` tells services apart that subscribe to
 * the same on purpose; without it they have the same default `clientId`.
 * @throws AdapterError `secret_unreadable`, `plant_invalid`
 */
export async function prepareSession(
  config: MqttConfig,
  filters: readonly string[],
  instance?: string,
): Promise<Session> {
  const { passwordFile, username } = config;
  const password = passwordFile === undefined ? config.password : (await readSecret(passwordFile)).trim();
  const tls = await readTls(config);
  let socket: Socket | null = null;
  return {
    dial: () => {
      socket = dial(new URL(config.url), tls);
      return socket;
    },
    certificates: () => [
      ...(tls.own === null ? [] : [{ whose: `our certificate (certFile ${config.certFile})`, certificate: tls.own }]),
      ...certificateOf(socket, config.url),
    ],
    client: {
      protocolVersion: config.protocol,
      clientId: config.clientId ?? stableClientId(config, filters, instance),
      clean: config.cleanSession,
      writeCache: false, // 65,536 buffers, 6 MB, so that none is made for the few packets that the library writes
      keepalive: Math.max(1, Math.round(config.keepalive / 1_000)),
      connectTimeout: config.timeout + 1_000, // the adapter's own deadline comes first and says more
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      ...(config.protocol === 5 ? { properties: limits(config) } : {}),
    },
  };
}

/**
 * The session name of a service that was given none: the same after every start, so that the broker's session is found
 * again; another one when the subscriptions change, so that no forgotten subscription goes on filling a queue.
 * 23 characters, which every broker must accept (MQTT-3.1.3-5).
 */
export function stableClientId(
  { url, username }: Pick<MqttConfig, 'url' | 'username'>,
  filters: readonly string[],
  instance?: string,
): string {
  const identity = JSON.stringify([url, username ?? null, filters, ...(instance === undefined ? [] : [instance])]);
  return `millwright-${createHash('sha256').update(identity).digest('hex').slice(0, 12)}`;
}

/**
 * A host that drops packets is asked anew by the kernel after 1, 3, 7 and 15 s. Who is being dialled when it comes back
 * would wait for the next of these: it is given up soon after the third, and dialled again.
 */
const DIAL_MS = 3_500;

function dial(url: URL, tls: TlsMaterial): Socket {
  const socket = open(url, tls);
  const giveUp = () =>
    socket.destroy(Object.assign(new Error('the host does not take the connection'), { code: 'ETIMEDOUT' }));
  socket.setTimeout(DIAL_MS, giveUp);
  socket.once('connect', () => socket.setTimeout(0).off('timeout', giveUp));
  return socket;
}

function open({ protocol, hostname, port }: URL, { own: _, ...material }: TlsMaterial): Socket {
  const host = hostname.replace(/^\[|\]$/g, ''); // IPv6 is written in brackets
  if (protocol === 'mqtt:') return connectTcp({ host, port: port === '' ? 1883 : Number(port), noDelay: true });
  return connectTls({
    host,
    port: port === '' ? 8883 : Number(port),
    rejectUnauthorized: true,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...material,
  });
}

function certificateOf(socket: Socket | null, url: string): UsedCertificate[] {
  const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
  return certificate === undefined ? [] : [{ whose: `the certificate of ${url}`, certificate }];
}

/** MQTT 5 ends a session with its connection unless told otherwise, and lets the client bound what it holds. */
function limits(config: MqttConfig): NonNullable<IClientOptions['properties']> {
  return {
    receiveMaximum: config.inFlight,
    ...(config.cleanSession ? {} : { sessionExpiryInterval: Math.round(config.sessionExpiry / 1_000) }),
  };
}

async function readSecret(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new AdapterError('secret_unreadable', `cannot read ${path}`, { cause });
  }
}
