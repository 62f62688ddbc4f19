import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type {
  ClientSecureChannelLayer,
  ClientSession,
  ClientSessionPublishService,
  ClientSessionRawSubscriptionService,
  OPCUAClient,
  UserIdentityInfo,
} from 'node-opcua';
import { AdapterError } from '../adapter.ts';
import { explain } from './explain.ts';
import type { Library } from './library.ts';
import type { Config } from './settings.ts';

/** How long a server may take to say goodbye before it is cut off, and how long the library to notice the cut. */
const GOODBYE_MS = 600;
const CUT_MS = 300;
const MIN_SESSION_MS = 60_000;
const APPLICATION_URI = 'urn:millwright:client';

/** What the library's sessions can do; its type of a session leaves the plain services out. */
export type Session = ClientSession & ClientSessionRawSubscriptionService & ClientSessionPublishService;

/** A session on a server. */
export interface Connection {
  readonly session: Session;
  /** Rejects when the connection breaks or the signal aborts; never resolves. */
  readonly lost: Promise<never>;
  /** Ends session and connection; done within a second, also when the server is gone. */
  close(): Promise<void>;
}

/**
 * Connects and logs in within `config.timeout`; throws `AdapterError`, and leaves nothing open, when it cannot. The
 * library never repairs a connection by itself: it is lost once and for all, and the supervisor builds a new one.
 */
export async function openConnection(library: Library, config: Config, signal: AbortSignal): Promise<Connection> {
  const identity = await identityOf(library, config);
  const client = await createClient(library, config);
  let channel: ClientSecureChannelLayer | null = null;
  client.on('secure_channel_created', (created) => {
    channel = created;
  });
  let breakDown = (): void => undefined;
  const lost = new Promise<never>((_, reject) => {
    breakDown = () => reject(new AdapterError('connection_lost', `lost the connection to ${config.url}`));
  });
  lost.catch(() => undefined); // whoever waits for it sees it; nobody may be waiting yet
  client.on('connection_lost', breakDown);
  client.on('close', breakDown);
  signal.addEventListener('abort', breakDown, { once: true });
  if (signal.aborted) breakDown();
  const close = async () => {
    signal.removeEventListener('abort', breakDown);
    await closeClient(client, () => channel);
  };
  const opening = openSession(client, config.url, identity);
  try {
    const session = await within(config.timeout, config.url, Promise.race([opening, lost]));
    return { session, lost, close };
  } catch (error) {
    opening.catch(() => undefined); // it may still fail, in its own time
    await close();
    throw explain(error, config, 'connecting');
  }
}

async function openSession(client: OPCUAClient, url: string, identity: UserIdentityInfo): Promise<Session> {
  await client.connect(url);
  return (await client.createSession(identity)) as Session; // see Session
}

async function createClient(library: Library, config: Config): Promise<OPCUAClient> {
  // Kept in memory: without it the library makes keys and a certificate in folders of its own choice.
  const certificate = new library.InMemoryCertificateKeyPairProvider();
  await certificate.ensureCertificateExists({
    applicationUri: APPLICATION_URI,
    subject: 'CN=Millwright',
    dns: [hostname()],
  });
  return library.OPCUAClient.create({
    applicationName: 'Millwright',
    applicationUri: APPLICATION_URI,
    clientName: 'Millwright',
    certificateKeyPairProvider: certificate,
    securityMode: library.MessageSecurityMode.None,
    securityPolicy: library.SecurityPolicy.None,
    // Servers give host names that only they can resolve.
    endpointMustExist: false,
    connectionStrategy: { maxRetry: 0 },
    keepSessionAlive: false, // publish requests do that
    requestedSessionTimeout: Math.max(MIN_SESSION_MS, config.publish * 20),
    transportTimeout: config.timeout,
    defaultTransactionTimeout: config.timeout,
  });
}

async function identityOf(library: Library, config: Config): Promise<UserIdentityInfo> {
  if (config.username === undefined) return { type: library.UserTokenType.Anonymous };
  const password = config.passwordFile === undefined ? (config.password ?? '') : await readSecret(config.passwordFile);
  return { type: library.UserTokenType.UserName, userName: config.username, password };
}

async function readSecret(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (cause) {
    throw new AdapterError('secret_unreadable', `cannot read the password file ${path}`, { cause });
  }
}

async function closeClient(client: OPCUAClient, channelOf: () => ClientSecureChannelLayer | null): Promise<void> {
  let isClosed = false;
  const leaving = client.disconnect().then(
    () => {
      isClosed = true;
    },
    () => undefined, // a server that is gone cannot be left politely
  );
  await waitFor(leaving, GOODBYE_MS);
  if (isClosed) return;
  // The server does not answer: give up every request in flight, which lets the library go on, then the socket.
  channelOf()?.cancelPendingTransactions(() => undefined);
  await waitFor(leaving, CUT_MS);
  if (!isClosed) channelOf()?.dispose();
}

async function waitFor(promise: Promise<unknown>, ms: number): Promise<void> {
  const timer = new AbortController();
  const expired = delay(ms, undefined, { signal: timer.signal }).catch(() => undefined);
  await Promise.race([promise, expired]);
  timer.abort();
}

async function within<T>(ms: number, url: string, promise: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const expired = delay(ms, undefined, { signal: timer.signal }).then(
    (): never => {
      throw new AdapterError('connection_timeout', `cannot reach ${url}: no answer within ${ms} ms`);
    },
    (): Promise<never> => new Promise(() => undefined), // the timer was stopped
  );
  try {
    return await Promise.race([promise, expired]);
  } finally {
    timer.abort();
  }
}
