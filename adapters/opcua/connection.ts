import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type {
  ClientSecureChannelLayer,
  ClientSession,
  ClientSessionPublishService,
  ClientSessionRawSubscriptionService,
  OPCUAClient,
  UserIdentityInfo,
} from 'node-opcua';
import { AdapterError, type AskContext } from '../adapter.ts';
import { chooseEndpoint, type Policy, type ServerIdentity } from './endpoint.ts';
import { explain } from './explain.ts';
import { identityOf } from './identity.ts';
import type { Library } from './library.ts';
import { type OwnCertificate, ownCertificate } from './own-certificate.ts';
import { type PasswordOnItsWay, passwordOnItsWay, receiverOfPassword, requireUnreadable } from './password.ts';
import { type PublicationTap, tapPublications } from './publication-tap.ts';
import { describeCertificate, faultOf } from './server-certificate.ts';
import type { Config } from './settings.ts';
import { isTrusted, thumbprintOf, trust } from './trust.ts';

/** How long a server may take to say goodbye before it is cut off, and how long the library to notice the cut. */
const GOODBYE_MS = 600;
const CUT_MS = 300;
const MIN_SESSION_MS = 60_000;

/** What the library's sessions can do; its type of a session leaves the plain services out. */
export type Session = ClientSession & ClientSessionRawSubscriptionService & ClientSessionPublishService;

/** A session on a server. */
export interface Connection {
  readonly session: Session;
  /** What its publications bring. */
  readonly tap: PublicationTap;
  /** Rejects when the connection breaks or the signal aborts; never resolves. */
  readonly lost: Promise<never>;
  /** What the server identified itself with; `null` without security. */
  readonly certificate: Buffer | null;
  readonly password: PasswordOnItsWay;
  /** Ends session and connection; done within a second, also when the server is gone. */
  close(): Promise<void>;
}

/** A client that is open to a server, not yet logged in. */
interface Dialled {
  readonly client: OPCUAClient;
  /** `null` before it is made. */
  readonly channel: () => ClientSecureChannelLayer | null;
  readonly lost: Promise<never>;
  close(): Promise<void>;
}

/** What `openConnection` needs. `trust`: the thumbprint a person said to trust from now on. */
export interface ConnectionOptions {
  readonly library: Library;
  readonly config: Config;
  readonly ctx: AskContext;
  readonly trust?: string;
}

/**
 * Connects and logs in within `config.timeout`; throws `AdapterError`, and leaves nothing open, when it cannot. The
 * library never repairs a connection by itself: it is lost once and for all, and the supervisor builds a new one.
 */
export async function openConnection(options: ConnectionOptions): Promise<Connection> {
  const { library, config, ctx } = options;
  const identity = await identityOf(library, config);
  const own = await ownCertificate(library, ctx.directory);
  const deadline = ctx.clock.now() + config.timeout;
  const isVerified = config.security !== 'none' || config.username !== undefined;
  const server = isVerified ? await verifyServer(options, own, deadline) : null;
  const dialled = dial(createClient(options, own, server), config, ctx.signal);
  const opening = openSession(dialled.client, { config, identity, server });
  const { session, password } = await finish(dialled, opening, options, deadline);
  const tap = tapPublications(dialled.channel());
  return {
    session,
    tap,
    password,
    lost: dialled.lost,
    certificate: config.security === 'none' ? null : (server?.certificate ?? null),
    close: dialled.close,
  };
}

/** A server whose certificate is sound and trusted by a person. `policy`: `null` without security. */
interface VerifiedServer extends ServerIdentity {
  readonly policy: Policy | null;
}

/** The server as it is to be spoken to; `null`: it needs to prove nothing, for it gets nothing that is secret. */
async function verifyServer(
  options: ConnectionOptions,
  own: OwnCertificate,
  deadline: number,
): Promise<VerifiedServer | null> {
  const { config, ctx } = options;
  // Endpoints are asked for without security (OPC UA Part 4 §5.5.4); what they say is believed only as far as trust goes.
  const dialled = dial(createClient(options, own, null), config, ctx.signal);
  const asking = dialled.client.connect(config.url).then(() => dialled.client.getEndpoints());
  const offered = await finish(dialled, asking, options, deadline);
  await dialled.close();
  if (config.security !== 'none') {
    const chosen = chooseEndpoint(offered, config);
    await requireTrust(chosen, options);
    return chosen;
  }
  const receiver = receiverOfPassword(offered, config);
  if (receiver === null) return null;
  await requireTrust(receiver, options);
  return { ...receiver, policy: null };
}

async function requireTrust(
  { certificate, applicationUri }: ServerIdentity,
  { config: { url, hostCheck, security, username }, ctx, trust: wanted }: ConnectionOptions,
): Promise<void> {
  const fault = faultOf(certificate, { url, hostCheck, applicationUri, now: ctx.clock.now() });
  if (fault !== null) throw new AdapterError('certificate_refused', `${url}: ${fault}`);
  const thumbprint = thumbprintOf(certificate);
  const isWanted = wanted?.replace(/[^0-9a-f]/gi, '').toUpperCase() === thumbprint;
  if (isWanted) await trust(ctx.directory, certificate);
  else if (!(await isTrusted(ctx.directory, certificate))) {
    const command = `millwright probe --plant plant.yaml --source ${basename(ctx.directory)} --trust ${thumbprint}`;
    const message = `${url} shows ${describeCertificate(certificate)}, which nobody has trusted yet`;
    const purpose = security === 'none' ? `, so the password of user ${username} is not encrypted for it` : '';
    throw new AdapterError(
      'certificate_refused',
      `${message}${purpose}: compare the thumbprint with the one at the server, then run: ${command}`,
    );
  }
}

/** Watches a client that is about to connect. */
function dial(client: OPCUAClient, { url }: Config, signal: AbortSignal): Dialled {
  let channel: ClientSecureChannelLayer | null = null;
  client.on('secure_channel_created', (created) => {
    channel = created;
  });
  let breakDown = (): void => undefined;
  const lost = new Promise<never>((_, reject) => {
    breakDown = () => reject(new AdapterError('connection_lost', `lost the connection to ${url}`));
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
  return { client, channel: () => channel, lost, close };
}

/** Waits for what a client was asked first; closes it when that fails or takes too long. */
async function finish<T>(
  { lost, close }: Dialled,
  asking: Promise<T>,
  { config, ctx }: ConnectionOptions,
  deadline: number,
): Promise<T> {
  try {
    return await within(Math.max(0, deadline - ctx.clock.now()), config, Promise.race([asking, lost]));
  } catch (error) {
    asking.catch(() => undefined); // it may still fail, in its own time
    await close();
    throw explain(error, config, 'connecting');
  }
}

async function openSession(
  client: OPCUAClient,
  {
    config,
    identity,
    server,
  }: { readonly config: Config; readonly identity: UserIdentityInfo; readonly server: VerifiedServer | null },
): Promise<{ readonly session: Session; readonly password: PasswordOnItsWay }> {
  await client.connect(config.url);
  const isSafe = config.username === undefined || config.security === 'encrypt';
  const password = passwordOnItsWay(isSafe ? [] : await client.getEndpoints(), config);
  requireUnreadable(password, config);
  if (password === 'encrypted' && server === null && config.security !== 'encrypt') {
    const message = `${config.url} has changed how it wants the password of user ${config.username} between two questions`;
    throw new AdapterError('certificate_refused', message);
  }
  const session = (await client.createSession(identity)) as Session; // see Session
  return { session, password };
}

function createClient(
  { library, config }: ConnectionOptions,
  own: OwnCertificate,
  server: VerifiedServer | null,
): OPCUAClient {
  const { MessageSecurityMode, OPCUAClient, SecurityPolicy } = library;
  const secured = {
    securityMode: config.security === 'sign' ? MessageSecurityMode.Sign : MessageSecurityMode.SignAndEncrypt,
    ...(server?.policy ? { securityPolicy: SecurityPolicy[server.policy] } : {}),
  };
  const unsecured = { securityMode: MessageSecurityMode.None, securityPolicy: SecurityPolicy.None };
  return OPCUAClient.create({
    applicationName: 'Millwright',
    applicationUri: own.applicationUri,
    clientName: 'Millwright',
    certificateKeyPairProvider: own.pair,
    ...(server?.policy ? secured : unsecured),
    // Without security too: the library encrypts the password for this one, whatever the answer to CreateSession shows.
    ...(server ? { serverCertificate: server.certificate } : {}),
    // Servers give host names that only they can resolve.
    endpointMustExist: false,
    connectionStrategy: { maxRetry: 0 },
    keepSessionAlive: false, // publish requests do that
    requestedSessionTimeout: Math.max(MIN_SESSION_MS, config.publish * 20),
    transportTimeout: config.timeout,
    defaultTransactionTimeout: config.timeout,
  });
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

async function within<T>(ms: number, { url, timeout }: Config, promise: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const expired = delay(ms, undefined, { signal: timer.signal }).then(
    (): never => {
      throw new AdapterError('connection_timeout', `cannot reach ${url}: no answer within ${timeout} ms`);
    },
    (): Promise<never> => new Promise(() => undefined), // the timer was stopped
  );
  try {
    return await Promise.race([promise, expired]);
  } finally {
    timer.abort();
  }
}
