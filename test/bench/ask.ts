import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import type { BenchService } from './service.ts';
import { quantile } from './statistics.ts';

const WARM_UP = 100;
/** What takes so long that this does not suffice for all questions is asked less often. */
const LONGEST_MS = 30_000;

/** How long answers took, ms. */
export interface Latencies {
  readonly p50: number;
  readonly p95: number;
  readonly count: number;
}

/** Asks one after the other, the first ones uncounted, until both sides have run their code warm; `question` gets a number that is another each time. */
export async function latencies(count: number, question: (i: number) => Promise<unknown>): Promise<Latencies> {
  const tookMs: number[] = [];
  const deadline = performance.now() + LONGEST_MS;
  for (let i = 0; i < count + WARM_UP; i++) {
    const startedAt = performance.now();
    await question(i);
    const now = performance.now();
    if (i >= WARM_UP) tookMs.push(now - startedAt);
    if (tookMs.length > 0 && now > deadline) break;
  }
  return { p50: quantile(tookMs, 0.5), p95: quantile(tookMs, 0.95), count: tookMs.length };
}

/** Connections are kept, as those of a dashboard are. */
const agent = new Agent({ keepAlive: true });

/**
 * What the API answered; fails unless that is a 200 or a 503, which says that it could not in time. By node:http: what the
 * asker itself needs is part of the figure, and for 800 KiB fetch needs 17 ms more.
 */
export async function ask(
  service: BenchService,
  path: string,
): Promise<{ readonly status: number; readonly text: string }> {
  const request = get(`${service.url}${path}`, { agent, headers: { authorization: service.authorization } });
  const [response] = (await once(request, 'response')) as [IncomingMessage]; // as node:http says
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer); // no encoding was set
  const text = Buffer.concat(chunks).toString();
  const status = response.statusCode ?? 0;
  if (status !== 200 && status !== 503) throw new Error(`${path} answered ${status}: ${text.slice(0, 300)}`);
  return { status, text };
}
