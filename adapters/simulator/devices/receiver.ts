import { createServer, type IncomingMessage } from 'node:http';
import { Webhook } from 'standardwebhooks';
import type { Clock } from '../../../src/model/clock.ts';
import type { EpochMs } from '../../../src/model/reading.ts';
import type { Device } from './device.ts';
import { openLoopback } from './loopback.ts';

/** Webhooks that are kept for looking at; older ones are forgotten. */
const KEPT = 100;
const MAX_BODY_BYTES = 262_144;

/** A webhook that arrived with a valid signature. */
export interface ReceivedWebhook {
  /** The `webhook-id` header: the same for every attempt of one delivery. */
  readonly id: string;
  readonly at: EpochMs;
  readonly body: unknown;
}

/**
 * Starts the plant's maintenance system (CMMS), as far as webhooks see it: `POST /hooks` checks the signature and
 * answers 204, or 401 when it is wrong; `GET /received` lists the last 100, newest first.
 */
export async function startReceiver(options: {
  /** `whsec_…` */
  readonly secret: string;
  readonly clock: Clock;
  readonly port?: number;
}): Promise<Device & { received(): readonly ReceivedWebhook[] }> {
  const webhook = new Webhook(options.secret);
  const received: ReceivedWebhook[] = [];

  const accept = async (request: IncomingMessage): Promise<number> => {
    const body = await readBody(request);
    if (body === null) return 413;
    const headers = Object.fromEntries(
      ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => [
        name,
        String(request.headers[name] ?? ''),
      ]),
    );
    const content = verify(webhook, body, headers);
    if (content === undefined) return 401;
    received.unshift({ id: headers['webhook-id'] ?? '', at: options.clock.now(), body: content });
    received.splice(KEPT);
    return 204;
  };
  const server = createServer((request, response) => {
    if (request.method === 'GET' && request.url === '/received') {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ items: received }));
    } else if (request.method === 'POST' && request.url === '/hooks') {
      accept(request).then(
        (status) => response.writeHead(status).end(),
        () => response.destroy(), // the sender went away while it was speaking
      );
    } else {
      response.writeHead(404).end();
    }
  });
  const link = await openLoopback(server, options.port ?? 0);
  return { port: link.port, stop: link.close, received: () => received };
}

function verify(webhook: Webhook, body: string, headers: Record<string, string>): unknown {
  try {
    return webhook.verify(body, headers) ?? null;
  } catch {
    return undefined; // wrong signature, too old, or no JSON: all are refused the same way
  }
}

async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
