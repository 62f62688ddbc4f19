import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { type Program, startProgram } from '../kit/child.ts';
import { freePort } from '../kit/free-port.ts';
import { waitFor } from '../kit/wait.ts';

const SEED = Number(process.env['CRASH_SEED'] ?? 20261121);
const KILLS = Number(process.env['CRASH_KILLS'] ?? 20);
const PUSHERS = 4;
const BATCH = 50;
const KEY = 'crash-test-key';

const directory = mkdtempSync(join(tmpdir(), 'millwright-crash-'));
const plantFile = join(directory, 'plant.yaml');
writeFileSync(plantFile, 'plant: crash\ntimezone: UTC\nadapters:\n  push: { kind: http, adopt: auto }\n');

let program: Program | null = null;
afterAll(async () => {
  await program?.end('SIGINT');
  rmSync(directory, { recursive: true, force: true });
});

it(`after kill -9 at ${KILLS} seeded moments, what was answered 200 is in the database, each reading once`, async () => {
  const random = seeded(SEED);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const start = async (): Promise<Program> => {
    const variables = {
      MILLWRIGHT_DATA: join(directory, 'data'),
      MILLWRIGHT_PORT: String(port),
      MILLWRIGHT_ADMIN_KEY: KEY,
      LOG_LEVEL: 'warn',
    };
    const started = startProgram(['run', '--plant', plantFile], variables);
    await started.until(/Plant crash is at/, 30_000);
    return started;
  };
  const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };

  // Every pusher sends a batch again until it is answered 200, as a gateway would; the ledger holds what was answered.
  const ledger = new Map<string, number>();
  const beginAt = Date.now() - 24 * 60 * 60_000;
  const stop = new AbortController();
  let answered = 0;
  const pusher = async (id: number): Promise<void> => {
    for (let sequence = 0; !stop.signal.aborted; sequence++) {
      const readings = Array.from({ length: BATCH }, (_, i) => {
        const n = sequence * BATCH + i;
        return { tag: `gateway-${id}.t${n % 7}`, at: beginAt + n, value: valueAt(id, n) };
      });
      for (;;) {
        const status = await fetch(`${url}/api/v1/readings`, {
          method: 'POST',
          headers,
          body: JSON.stringify({ readings }),
        })
          .then(async (response) => {
            await response.arrayBuffer();
            return response.status;
          })
          .catch(() => 0); // killed in between
        if (status === 200) break;
        await sleep(20);
      }
      answered++;
      for (const { tag, at, value } of readings) ledger.set(`${tag} ${at}`, value);
    }
  };

  program = await start();
  const pushers = Array.from({ length: PUSHERS }, (_, id) => pusher(id));
  for (let kill = 0; kill < KILLS; kill++) {
    const before = answered;
    await waitFor('something to be answered', () => answered > before, 15_000);
    await sleep(random() * 400);
    await program.end('SIGKILL');
    program = await start();
  }
  stop.abort();
  await Promise.all(pushers);

  const stored = await waitFor(
    'all rows',
    async () => {
      const rows = await readAll(url, headers, beginAt);
      return rows.length >= ledger.size && rows;
    },
    60_000,
  );
  expect(ledger.size).toBe(answered * BATCH);
  expect(ledger.size).toBeGreaterThan(KILLS * BATCH);
  const keys = new Set(stored.map(({ tag, at }) => `${tag} ${at}`));
  expect(keys.size).toBe(stored.length); // each once
  const wrong = stored.filter(({ tag, at, value }) => ledger.get(`${tag} ${at}`) !== value);
  expect(wrong).toEqual([]); // nothing invented, nothing swapped
  expect(stored.length).toBe(ledger.size); // nothing lost
}, 300_000);

function valueAt(pusher: number, n: number): number {
  return pusher * 1_000_000 + n + 0.25;
}

/** All readings of all gateways, through the API, page by page. */
async function readAll(
  url: string,
  headers: Record<string, string>,
  from: number,
): Promise<{ tag: string; at: number; value: number }[]> {
  const rows: { tag: string; at: number; value: number }[] = [];
  const tags = (await (await fetch(`${url}/api/v1/tags?limit=1000`, { headers })).json()) as {
    items: { name: string }[];
  };
  for (const { name } of tags.items) {
    let cursor = '';
    do {
      const path = `/api/v1/tags/${name}/readings?from=${from}&to=${Date.now()}&limit=10000&cursor=${cursor}`;
      const page = (await (await fetch(`${url}${path}`, { headers })).json()) as {
        items: { at: string; value: number }[];
        next: string | null;
      };
      rows.push(...page.items.map(({ at, value }) => ({ tag: name, at: Date.parse(at), value })));
      cursor = page.next ?? '';
    } while (cursor !== '');
  }
  return rows;
}

/** Numbers in [0, 1) from a seed (mulberry32, T. Ettinger). */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
