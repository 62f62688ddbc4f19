import { type Agent, request } from 'undici';
import { systemClock } from '../../src/model/clock.ts';
import { scrapeConservation } from './conservation.ts';
import type { TestService } from './service.ts';
import { spoil } from './spoil.ts';

/** How many payloads of a kind there are: `usually`, or as `MILLWRIGHT_GARBAGE_PAYLOADS` says; 100000 take some minutes. */
export function payloadsOfAKind(usually: number): number {
  return Number(process.env.MILLWRIGHT_GARBAGE_PAYLOADS ?? usually);
}

/** One payload of so many is good. */
export const GOOD_EVERY = 100;
/** Calls that are under way together. */
export const CALLS_AT_ONCE = 16;
const SCRAPE_EVERY_MS = 50;

/** Whether the i-th payload is good. Good ones are told from garbage by their tag: garbage may happen to be readable. */
export function isGood(i: number): boolean {
  return i % GOOD_EVERY === 0;
}

/** The payload itself when it is a good one, else garbage made of it. */
export function payloadOf(i: number, payload: Buffer, random: () => number): Buffer {
  return isGood(i) ? payload : spoil(payload, random);
}

/** Calls `work` for 0 to `count` - 1, `atOnce` at once; the order in which they begin is always the same. */
export async function each(count: number, work: (i: number) => Promise<void>, atOnce = CALLS_AT_ONCE): Promise<void> {
  let next = 0;
  const one = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, one));
}

/** Posts a body; fails unless the service answers with something else than a failure of its own. */
export async function post(
  service: TestService,
  agent: Agent,
  message: { readonly path: string; readonly type: string; readonly body: Buffer },
): Promise<number> {
  const { path, type, body } = message;
  const answer = await request(`${service.url}${path}`, {
    method: 'POST',
    dispatcher: agent,
    headers: { authorization: `Bearer ${service.adminKey}`, 'content-type': type },
    body,
  });
  const text = await answer.body.text();
  if (answer.statusCode >= 500)
    throw new Error(`${path} answered ${answer.statusCode} to ${body.toString('latin1')}: ${text}`);
  return answer.statusCode;
}

/** Looks at the conservation equation again and again, until it is told to stop: every complaint there was. */
export function watchConservation(service: TestService): { stop(): Promise<readonly string[]> } {
  const complaints: string[] = [];
  const watching = new AbortController();
  const watch = async () => {
    while (!watching.signal.aborted) {
      complaints.push(...(await scrapeConservation(service.url)).complaints);
      await systemClock.sleep(SCRAPE_EVERY_MS, watching.signal);
    }
  };
  const watched = watch();
  watched.catch(() => undefined); // it fails when the service is gone; whoever stops it is told
  return {
    stop: async () => {
      watching.abort();
      await watched;
      return complaints;
    },
  };
}
