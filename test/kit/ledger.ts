import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { waitFor } from './wait.ts';

const PUSHERS = 4;
const BATCH = 50;
const TAGS = 7;

/** Readings that may be in the readings log without an answer when the service is killed: they are sent again. */
export const MOST_UNANSWERED = PUSHERS * BATCH;

/** Gateways that push readings and write down what was answered 200: what the database has to hold in the end. */
export interface Ledger extends Disposable {
  /** Batches answered 200 so far. */
  readonly answered: () => number;
  /** Answers by status; 0 = no answer at all. */
  readonly statuses: ReadonlyMap<number, number>;
  /** Lets every gateway finish its batch. */
  stop(): Promise<void>;
  /** Waits for the rows and compares: nothing lost, nothing twice, nothing invented. Returns how many readings it was. */
  verify(): Promise<number>;
}

/** Starts four gateways that send each batch again until it is answered 200. */
export function startPushers(
  url: string,
  key: string,
  options: { readonly name?: string; readonly pauseMs?: number } = {},
): Ledger {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const name = options.name ?? 'gateway';
  const expected = new Map<string, number>();
  const statuses = new Map<number, number>();
  const beginAt = Date.now() - 24 * 60 * 60_000;
  const stopping = new AbortController();
  let isAbandoned = false; // a failed test leaves nobody behind who could answer
  let answered = 0;

  const send = async (readings: unknown): Promise<number> => {
    const status = await fetch(`${url}/api/v1/readings`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ readings }),
    })
      .then(async (response) => {
        await response.arrayBuffer();
        return response.status;
      })
      .catch(() => 0);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    return status;
  };
  const push = async (id: number): Promise<void> => {
    for (let sequence = 0; !stopping.signal.aborted; sequence++) {
      const readings = Array.from({ length: BATCH }, (_, i) => {
        const n = sequence * BATCH + i;
        return { tag: `${name}-${id}.t${n % TAGS}`, at: beginAt + n, value: id * 1_000_000 + n + 0.25 };
      });
      while ((await send(readings)) !== 200) {
        if (isAbandoned) return;
        await sleep(20);
      }
      answered++;
      for (const { tag, at, value } of readings) expected.set(`${tag} ${at}`, value);
      if (options.pauseMs !== undefined) await sleep(options.pauseMs);
    }
  };
  const pushers = Array.from({ length: PUSHERS }, (_, id) => push(id));

  return {
    answered: () => answered,
    statuses,
    [Symbol.dispose]: () => {
      isAbandoned = true;
      stopping.abort();
    },
    stop: async () => {
      stopping.abort();
      await Promise.all(pushers);
    },
    verify: async () => {
      const stored = await waitFor(`${expected.size} rows`, async () => {
        const rows = await readAll({ url, headers, name, from: beginAt });
        return rows.length >= expected.size && rows;
      });
      expect(expected.size).toBe(answered * BATCH);
      expectExactly(stored, expected);
      return stored.length;
    },
  };
}

/** A reading as it came out of the service. */
export interface Stored {
  readonly tag: string;
  readonly at: number;
  readonly value: number | null;
}

/** The oracle: what is stored is what was acknowledged (`tag at` → value): nothing lost, nothing twice, nothing invented. */
export function expectExactly(stored: readonly Stored[], acknowledged: ReadonlyMap<string, number>): void {
  expect(new Set(stored.map(({ tag, at }) => `${tag} ${at}`)).size).toBe(stored.length); // each once
  const invented = stored.filter(({ tag, at, value }) => acknowledged.get(`${tag} ${at}`) !== value);
  expect(invented.slice(0, 10)).toEqual([]);
  const found = new Set(stored.map(({ tag, at }) => `${tag} ${at}`));
  const lost = [...acknowledged.keys()].filter((key) => !found.has(key));
  expect({ lost: lost.length, first: lost.slice(0, 10) }).toEqual({ lost: 0, first: [] });
}

/** All readings of all gateways, through the API, page by page. */
async function readAll(options: {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly name: string;
  readonly from: number;
}): Promise<{ tag: string; at: number; value: number }[]> {
  const { url, headers, name, from } = options;
  const rows: { tag: string; at: number; value: number }[] = [];
  for (let id = 0; id < PUSHERS; id++) {
    for (let t = 0; t < TAGS; t++) {
      const tag = `${name}-${id}.t${t}`;
      let cursor = '';
      do {
        const path = `/api/v1/tags/${tag}/readings?from=${from}&to=${Date.now()}&limit=10000&cursor=${cursor}`;
        const response = await fetch(`${url}${path}`, { headers });
        if (response.status !== 200) throw new Error(`${path} answered ${response.status}`);
        const page = (await response.json()) as { items: { at: string; value: number }[]; next: string | null };
        rows.push(...page.items.map(({ at, value }) => ({ tag, at: Date.parse(at), value })));
        cursor = page.next ?? '';
      } while (cursor !== '');
    }
  }
  return rows;
}
