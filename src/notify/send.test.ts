import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { DueDelivery } from '../model/delivery.ts';
import { newWebhookSecret } from './secrets.ts';
import { createSender, type Sender } from './send.ts';
import { createTargetGuard, type ResolveAll, type TargetGuard } from './target-guard.ts';

const LOOPBACK = createTargetGuard({ allow: ['127.0.0.0/8'] });
const AT = Date.UTC(2025, 0, 15, 12);
const TIMEOUT_MS = 400;
/** For answers that come: no busy machine is so late. */
const PATIENT_MS = 60_000;

describe('the webhook sender', () => {
  const senders: Sender[] = [];
  const receivers: Receiver[] = [];

  afterEach(async () => {
    for (const sender of senders.splice(0)) await sender.close();
    for (const receiver of receivers.splice(0)) await receiver.close();
  });

  function sender(guard: TargetGuard = LOOPBACK, timeoutMs = PATIENT_MS): Sender {
    const made = createSender({ guard, timeoutMs, userAgent: 'millwright/test' });
    senders.push(made);
    return made;
  }

  async function receiver(answer: RequestListener): Promise<Receiver> {
    const made = await startReceiver(answer);
    receivers.push(made);
    return made;
  }

  it.each([200, 204, 299])('takes %i as delivered', async (status) => {
    const { url } = await receiver((_request, response) => respond(response, status));
    expect(await sender().send(delivery(url), AT)).toEqual({ kind: 'delivered', status });
  });

  it('sends exactly the body, signed with every secret so that a receiver with one of them can verify it', async () => {
    const secrets = [newWebhookSecret(), newWebhookSecret()];
    const got: { headers: IncomingMessage['headers']; body: string; method: string | undefined }[] = [];
    const { url } = await receiver(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer); // node's streams are not typed
      got.push({ headers: request.headers, body: Buffer.concat(chunks).toString(), method: request.method });
      respond(response, 200);
    });
    const body = '{"type":"alert.raised","asset":"Förderband ☃"}';
    await sender().send(delivery(url, { secrets, body }), AT);
    expect(got).toHaveLength(1);
    expect(got[0]).toMatchObject({
      body,
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'millwright/test', 'webhook-id': 'dlv_1' },
    });
    const timestamp = String(got[0]?.headers['webhook-timestamp']);
    expect(Number(timestamp)).toBe(AT / 1_000);
    const expected = secrets.map((secret) => {
      const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
      return `v1,${createHmac('sha256', key).update(`dlv_1.${timestamp}.${body}`).digest('base64')}`;
    });
    expect(got[0]?.headers['webhook-signature']).toBe(expected.join(' '));
  });

  it.each([400, 401, 404, 500, 502])('tries again after %i', async (status) => {
    const { url } = await receiver((_request, response) => respond(response, status, { 'retry-after': '60' }));
    expect(await sender().send(delivery(url), AT)).toEqual({
      kind: 'retry',
      status,
      reason: `answered ${status}`,
      retryAfterMs: null,
    });
  });

  it('reports a receiver that is gone for good', async () => {
    const { url } = await receiver((_request, response) => respond(response, 410));
    expect(await sender().send(delivery(url), AT)).toMatchObject({ kind: 'gone', status: 410 });
  });

  it.each([
    [429, '7', 7_000],
    [503, '120', 120_000],
    [503, new Date(AT + 90_000).toUTCString(), 90_000],
    [429, new Date(AT - 90_000).toUTCString(), 0],
    [429, '99999999', 86_400_000],
    [429, 'soon', null],
  ])('obeys %i with Retry-After %s', async (status, retryAfter, retryAfterMs) => {
    const { url } = await receiver((_request, response) => respond(response, status, { 'retry-after': retryAfter }));
    expect(await sender().send(delivery(url), AT)).toMatchObject({ kind: 'retry', status, retryAfterMs });
  });

  it.each([301, 302, 307, 308])('does not follow a %i', async (status) => {
    const elsewhere = await receiver((_request, response) => respond(response, 200));
    const { url, requests } = await receiver((_request, response) =>
      respond(response, status, { location: elsewhere.url }),
    );
    expect(await sender().send(delivery(url), AT)).toMatchObject({ kind: 'retry', status });
    expect(requests()).toBe(1);
    expect(elsewhere.connections()).toBe(0);
  });

  it('gives up on a receiver that never answers', async () => {
    const { url } = await receiver(() => undefined);
    const startedAt = performance.now();
    expect(await sender(LOOPBACK, TIMEOUT_MS).send(delivery(url), AT)).toMatchObject({
      kind: 'retry',
      status: null,
      reason: 'no answer within 400 ms',
    });
    expect(performance.now() - startedAt).toBeLessThan(TIMEOUT_MS + 10_000);
  });

  it('gives up on a head that comes byte by byte', async () => {
    const { url } = await receiver((request) =>
      drip(request.socket, `HTTP/1.1 200 OK\r\nx-slow: ${'x'.repeat(10_000)}`),
    );
    const startedAt = performance.now();
    expect(await sender(LOOPBACK, TIMEOUT_MS).send(delivery(url), AT)).toMatchObject({ kind: 'retry', status: null });
    expect(performance.now() - startedAt).toBeLessThan(TIMEOUT_MS + 10_000);
  });

  it('takes the status of an answer whose body comes byte by byte for ever, and lets go of it soon', async () => {
    const { url } = await receiver((request, response) => {
      response.writeHead(200).flushHeaders();
      drip(request.socket, '1\r\nx\r\n'.repeat(10_000));
    });
    const startedAt = performance.now();
    expect(await sender().send(delivery(url), AT)).toEqual({ kind: 'delivered', status: 200 });
    expect(performance.now() - startedAt).toBeLessThan(10_000); // it would drip for minutes
  });

  it('reads little of a body of 1 GB', async () => {
    let bytes = 0;
    const { url, open } = await receiver((_request, response) => {
      const chunk = Buffer.alloc(64 * 1_024);
      response.writeHead(200, { 'content-length': String(1_024 ** 3) });
      const pour = () => {
        while (!response.destroyed && bytes < 1_024 ** 3) {
          bytes += chunk.length;
          if (!response.write(chunk)) return void response.once('drain', pour);
        }
      };
      pour();
    });
    expect(await sender().send(delivery(url), AT)).toEqual({ kind: 'delivered', status: 200 });
    await until(() => open() === 0);
    expect(bytes).toBeLessThan(32 * 1_024 ** 2); // what the sockets' buffers on both sides hold
  });

  it('names a connection that is reset, refused, or speaks something else', async () => {
    const reset = await receiver((request) => request.socket.resetAndDestroy());
    expect(await sender().send(delivery(reset.url), AT)).toMatchObject({
      kind: 'retry',
      status: null,
      reason: 'connection reset',
    });
    await reset.close();
    expect(await sender().send(delivery(reset.url), AT)).toMatchObject({ kind: 'retry', reason: 'connection refused' });
    const garbage = await receiver((request) => request.socket.end('hello\r\n\r\n'));
    expect(await sender().send(delivery(garbage.url), AT)).toMatchObject({ kind: 'retry', status: null });
    const plain = await receiver((_request, response) => respond(response, 200));
    const asTls = plain.url.replace('http:', 'https:');
    expect(await sender().send(delivery(asTls), AT)).toMatchObject({
      kind: 'retry',
      reason: expect.stringMatching(/^no secure connection \([A-Z_]+\)$/),
    });
  });

  it('names a host that cannot be found', async () => {
    const resolve: ResolveAll = (_name, _options, callback) =>
      callback(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), []);
    const outcome = await sender(createTargetGuard({ allow: [], resolve })).send(
      delivery('https://hooks.example/'),
      AT,
    );
    expect(outcome).toEqual({ kind: 'retry', status: null, reason: 'host name not found', retryAfterMs: null });
  });

  it('gives a delivery up that cannot be signed', async () => {
    const { url, connections } = await receiver((_request, response) => respond(response, 200));
    expect(await sender().send(delivery(url, { secrets: [] }), AT)).toMatchObject({ kind: 'dead' });
    expect(connections()).toBe(0);
  });

  it('stops at once when it is told to, and leaves no connection', async () => {
    const { url, requests, open } = await receiver(() => undefined);
    const patient = createSender({ guard: LOOPBACK, userAgent: 'millwright/test' });
    senders.push(patient);
    const aborter = new AbortController();
    const aborted = patient.send(delivery(url), AT, aborter.signal);
    await until(() => requests() === 1);
    aborter.abort();
    expect(await aborted).toMatchObject({ kind: 'retry', status: null, reason: 'the service was stopped' });
    const closed = patient.send(delivery(url), AT);
    await until(() => requests() === 2);
    await patient.close();
    expect(await closed).toMatchObject({ kind: 'retry', status: null });
    expect(await patient.send(delivery(url), AT)).toMatchObject({ kind: 'retry', status: null });
    await until(() => open() === 0);
  });
});

describe('the webhook sender, pointed at this computer', () => {
  it.each([
    '127.0.0.1',
    '2130706433',
    '0x7f000001',
    '0x7f.1',
    '0177.0.0.1',
    '017700000001',
    '127.1',
    '127.0.1',
    '127.0.0.1.',
    '0',
    '0.0.0.0',
    '[::1]',
    '[::]',
    '[0:0:0:0:0:0:0:1]',
    '[::ffff:7f00:1]',
    '[::ffff:127.0.0.1]',
    '[::7f00:1]',
    '[64:ff9b::7f00:1]',
    '１２７.0.0.1',
    '127。0。0。1',
    'localhost',
    '0x7f.0.0.0x1',
  ])('never connects to %s', async (host) => {
    const { port, connections, close } = await startReceiver((_request, response) => respond(response, 200), '::');
    // The second guard lists another block, so that neither http nor the port is what stops it.
    for (const guard of [createTargetGuard({ allow: [] }), createTargetGuard({ allow: ['10.99.0.0/16'] })]) {
      const sender = createSender({ guard, timeoutMs: TIMEOUT_MS, userAgent: 'millwright/test' });
      for (const scheme of ['http', 'https']) {
        const outcome = await sender.send(delivery(`${scheme}://${host}:${port}/`), AT);
        expect(outcome).toEqual({ kind: 'dead', status: null, reason: 'blocked_address' });
      }
      await sender.close();
    }
    await close();
    expect(connections()).toBe(0);
  });

  it('is not fooled by a name that is public when asked first and private afterwards', async () => {
    const { port, connections, close } = await startReceiver((_request, response) => respond(response, 200));
    const answers = ['10.99.0.1', '127.0.0.1'];
    let asked = 0;
    const resolve: ResolveAll = (_name, _options, callback) => {
      const address = answers[Math.min(asked++, 1)] ?? '';
      callback(null, [{ address, family: 4 }]);
    };
    const guard = createTargetGuard({ allow: ['10.99.0.0/16'], resolve });
    guard.lookup('public')('hooks.example', { all: true }, () => undefined); // the check when the webhook was made
    const sender = createSender({ guard, timeoutMs: TIMEOUT_MS, userAgent: 'millwright/test' });
    expect(await sender.send(delivery(`http://hooks.example:${port}/`), AT)).toMatchObject({
      reason: 'blocked_address',
    });
    await sender.close();
    await close();
    expect(asked).toBe(2);
    expect(connections()).toBe(0);
  });

  it('checks what it is really connected to, should the lookup have been wrong', async () => {
    const { port, requests, close } = await startReceiver((_request, response) => respond(response, 200));
    const strict = createTargetGuard({ allow: ['10.99.0.0/16'] });
    const careless: TargetGuard = {
      ...strict,
      lookup: () => (_name, options, callback) =>
        options.all === true ? callback(null, [{ address: '127.0.0.1', family: 4 }]) : callback(null, '127.0.0.1', 4),
    };
    const sender = createSender({ guard: careless, timeoutMs: TIMEOUT_MS, userAgent: 'millwright/test' });
    expect(await sender.send(delivery(`http://hooks.example:${port}/`), AT)).toMatchObject({
      reason: 'blocked_address',
    });
    await sender.close();
    await close();
    expect(requests()).toBe(0);
  });
});

interface Receiver {
  readonly url: string;
  readonly port: number;
  requests(): number;
  connections(): number;
  /** Connections open now. */
  open(): number;
  close(): Promise<void>;
}

async function startReceiver(answer: RequestListener, host = '127.0.0.1'): Promise<Receiver> {
  let requests = 0;
  let connections = 0;
  const open = new Set<Socket>();
  const server: Server = createServer((request, response) => {
    requests++;
    request.resume();
    answer(request, response);
  });
  server.on('connection', (socket: Socket) => {
    connections++;
    open.add(socket);
    socket.on('error', () => undefined).once('close', () => open.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo; // a server on TCP
  return {
    url: `http://127.0.0.1:${port}/hooks`,
    port,
    requests: () => requests,
    connections: () => connections,
    open: () => open.size,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        for (const socket of open) socket.destroy();
      }),
  };
}

function respond(response: ServerResponse, status: number, headers: Record<string, string> = {}): void {
  response.writeHead(status, headers).end(status === 204 ? undefined : 'thank you');
}

/** Writes a text one byte every 20 ms, until the other side has enough. */
function drip(socket: Socket, text: string): void {
  let at = 0;
  const timer = setInterval(() => socket.write(text[at++] ?? 'x'), 20);
  socket.once('close', () => clearInterval(timer));
}

function delivery(url: string, changes: Partial<DueDelivery> = {}): DueDelivery {
  return {
    id: 'dlv_1',
    webhookId: 'whk_1',
    url,
    secrets: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLjSw'],
    body: '{"type":"alert.raised"}',
    attempts: 0,
    createdAt: AT,
    ...changes,
  };
}

async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error('the condition never held');
    await wait(2);
  }
}
