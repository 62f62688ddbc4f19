import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Program, startProgram } from '../kit/child.ts';
import { createDatabase, queryDatabase } from '../kit/database.ts';
import { freePort } from '../kit/free-port.ts';
import { streamRequest } from '../kit/stream-request.ts';
import { waitFor } from '../kit/wait.ts';

const KEY = 'stream-test-key';
const TAGS = 100;
const LINES_A_WRITE = 1_000;
const MOST_GROWTH_MIB = 64;

const directory = mkdtempSync(join(tmpdir(), 'millwright-stream-'));
const started: Program[] = [];
let program: Program;
let url: string;
let databaseUrl: string;
beforeAll(async () => {
  databaseUrl = await createDatabase();
  ({ program, url } = await start('stream', databaseUrl));
});
afterAll(async () => {
  await Promise.all(started.map((each) => each.end('SIGTERM')));
  rmSync(directory, { recursive: true, force: true });
});

/** A service with a folder of its own; `log`: the plant file's line of that name. */
async function start(name: string, database: string, log = ''): Promise<{ program: Program; url: string }> {
  const plantFile = join(directory, `${name}.yaml`);
  writeFileSync(plantFile, `plant: ${name}\ntimezone: UTC\nadapters:\n  push: { kind: http, adopt: auto }\n${log}\n`);
  const port = await freePort();
  const running = startProgram(['run', '--plant', plantFile], {
    MILLWRIGHT_DATA: join(directory, name),
    MILLWRIGHT_PORT: String(port),
    MILLWRIGHT_ADMIN_KEY: KEY,
    DATABASE_URL: database,
    LOG_LEVEL: 'warn',
  });
  started.push(running);
  await running.until(new RegExp(`Plant ${name} is at`));
  return { program: running, url: `http://127.0.0.1:${port}` };
}

const authorization = { authorization: `Bearer ${KEY}` };
const ndjson = { ...authorization, 'content-type': 'application/x-ndjson' };
const lineProtocol = { ...authorization, 'content-type': 'text/plain; charset=utf-8' };
const begin = Date.now() - 24 * 3_600_000;
const readingLine = (asset: string, i: number) =>
  `{"tag":"${asset}.t${i % TAGS}","at":${begin + Math.floor(i / TAGS) * 1_000},"value":${i}}\n`;
const protocolLine = (asset: string, i: number) =>
  `m,asset=${asset},point=t${i % TAGS} value=${i} ${begin + Math.floor(i / TAGS) * 1_000}000000\n`;

/** Parts of a body of `count` lines. */
function* parts(count: number, lineOf: (i: number) => string): Generator<string> {
  for (let i = 0; i < count; ) {
    let part = '';
    for (const end = Math.min(count, i + LINES_A_WRITE); i < end; i++) part += lineOf(i);
    yield part;
  }
}
/** Streams a body; `to`: path, or another service's URL with it. */
async function send(to: string, headers: Record<string, string>, body: Iterable<string>, packing?: 'gzip') {
  const stream = streamRequest(new URL(to, url).href, headers, packing);
  for (const part of body) await stream.write(part);
  return stream.answer();
}
const rowsOf = async (asset: string, database = databaseUrl) => {
  const text =
    'select count(*)::int as n, coalesce(sum(value), 0)::float8 as sum from reading join tag on tag.id = tag_id where asset = $1';
  return (await queryDatabase<{ n: number; sum: number }>(database, text, [asset]))[0]!;
};
const untilStored = (asset: string, n: number, database = databaseUrl) =>
  waitFor(`${n} rows of ${asset}`, async () => (await rowsOf(asset, database)).n === n);
const sumTo = (n: number) => (n * (n - 1)) / 2;
const residentMiB = () =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${program.child.pid}/status`, 'utf8'))![1]) / 1024;

it('a million readings in one request are stored with flat memory, and bad lines among them harm no other', async () => {
  const million = 1_000_000;
  await send(
    '/api/v1/readings',
    ndjson,
    parts(200_000, (i) => readingLine('warm', i)),
  );
  await untilStored('warm', 200_000);
  const warm = residentMiB();
  let most = 0;
  const watching = setInterval(() => {
    most = Math.max(most, residentMiB());
  }, 100);
  const bad = (i: number) => i % 500 === 250;
  const lineOf = (i: number) => (bad(i) ? 'nonsense\n' : '') + readingLine('million', i);
  const { status, body } = await send('/api/v1/readings', ndjson, parts(million, lineOf));
  await untilStored('million', million);
  clearInterval(watching);
  expect(status).toBe(200);
  expect(body).toMatchObject({ accepted: million, rejectedCount: 2_000 });
  expect(body.rejected).toHaveLength(1_000);
  expect(body.rejected[0]).toMatchObject({ index: 250, code: 'malformed' });
  expect(body.rejected[999]).toMatchObject({ index: 999 * 500 + 250 + 999, code: 'malformed' });
  expect((await rowsOf('million')).sum).toBe(sumTo(million));
  expect(most - warm, `warm ${warm} MiB, most ${most} MiB`).toBeLessThan(MOST_GROWTH_MIB);
});

it('packed line protocol of any length is stored', async () => {
  const body = parts(100_000, (i) => protocolLine('packed', i));
  expect((await send('/api/v2/write?org=o&bucket=b', lineProtocol, body, 'gzip')).status).toBe(204);
  await untilStored('packed', 100_000);
  expect((await rowsOf('packed')).sum).toBe(sumTo(100_000));
});

it('of a body that is cut in the middle the whole lines are kept, and half a line is none', async () => {
  const stream = streamRequest(`${url}/api/v2/write`, lineProtocol);
  stream.request.on('error', () => undefined); // cut by ourselves
  for (const part of parts(20_000, (i) => protocolLine('cut', i))) await stream.write(part);
  await stream.write(`m,asset=cut,point=half value=12`); // of 12345.6, and of a time
  await waitFor('the first of it', async () => (await rowsOf('cut')).n > 0);
  stream.request.destroy();
  await untilStored('cut', 20_000);
  expect((await fetch(`${url}/health/live`)).status).toBe(200);
});

it('packed bytes that break off are answered with what was stored before', async () => {
  const packed = gzipSync([...parts(50_000, (i) => readingLine('torn', i))].join(''));
  const response = await fetch(`${url}/api/v1/readings`, {
    method: 'POST',
    headers: { ...ndjson, 'content-encoding': 'gzip' },
    body: packed.subarray(0, packed.length / 2),
  });
  expect(response.status).toBe(400);
  const { accepted, code } = (await response.json()) as { accepted: number; code: string };
  expect(code).toBe('body_invalid');
  expect(accepted).toBeGreaterThan(10_000);
  await untilStored('torn', accepted);
});

it('a log that gets full in the middle is a 503 that says what was accepted, and it may be sent again', async () => {
  const count = 1_200_000;
  const database = await createDatabase();
  const small = await start('small', database, 'log: { maxBytes: 16MiB }');
  const push = (lines: number) =>
    send(
      `${small.url}/api/v1/readings`,
      ndjson,
      parts(lines, (i) => readingLine('full', i)),
    );
  const client = new pg.Client({ connectionString: database });
  await client.connect();
  await client.query('begin; lock table reading in access exclusive mode');
  const refused = await push(count);
  await client.query('rollback');
  await client.end();
  expect(refused.status).toBe(503);
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  expect(refused.body).toMatchObject({ code: 'log_full', action: expect.stringContaining('again') });
  const { accepted } = refused.body;
  expect(accepted).toBeGreaterThan(100_000);
  expect(accepted).toBeLessThan(count);
  await untilStored('full', accepted, database);
  expect((await rowsOf('full', database)).sum).toBe(sumTo(accepted)); // the first so many, and no other
  const more = 100_000;
  const again = await waitFor(
    'room in the log', // its segments go when the engine has passed them, too
    async () => {
      const answer = await push(more);
      return answer.status === 200 && answer;
    },
  );
  expect(again.body).toEqual({ accepted: more, rejected: [] });
  expect((await rowsOf('full', database)).n).toBe(accepted);
});

it('a long body with a key is stored once, also lines without a time, and another one under the key is refused', async () => {
  const count = 8_000;
  const timeless = (i: number) => `m,asset=once,point=p${i % 9}-${i} value=${i}\n`;
  const write = (lineOf: (i: number) => string) =>
    send('/api/v2/write', { ...lineProtocol, 'idempotency-key': 'long' }, parts(count, lineOf));
  expect((await write(timeless)).status).toBe(204);
  expect((await write(timeless)).status).toBe(204);
  const other = await write((i) => timeless(i + (i === count - 1 ? 1 : 0)));
  expect(other.status).toBe(422);
  expect(other.body.code).toBe('idempotency_key_reused');
  await untilStored('once', count);
});

it('who stalls gets 408 and keeps what was stored, who keeps sending may take longer', async () => {
  const [stalled, kept] = [
    streamRequest(`${url}/api/v1/readings`, ndjson),
    streamRequest(`${url}/api/v1/readings`, ndjson),
  ];
  let answeredAt = Number.POSITIVE_INFINITY;
  stalled.request.once('response', () => {
    answeredAt = Date.now();
  });
  for (const part of parts(3_000, (i) => readingLine('stalled', i))) await stalled.write(part);
  const stalledAt = Date.now();
  let sent = 0;
  for (; Date.now() < Math.min(answeredAt, stalledAt + 60_000) || Date.now() - stalledAt < 27_000; sent += 10) {
    await kept.write(Array.from({ length: 10 }, (_, i) => readingLine('kept', sent + i)).join(''));
    await sleep(500); // that is how this sender sends
  }
  expect(answeredAt).toBeLessThan(stalledAt + 60_000);
  const answer = await stalled.answer();
  expect(answer).toMatchObject({ status: 408, body: { code: 'request_timeout', accepted: 3_000 } });
  expect(answeredAt - stalledAt).toBeGreaterThan(15_000);
  await untilStored('stalled', 3_000);
  await waitFor('its first lines, before its end', async () => (await rowsOf('kept')).n > 0);
  expect(await kept.answer()).toMatchObject({ status: 200, body: { accepted: sent, rejected: [] } });
  await untilStored('kept', sent);
});

it('a small body that unpacks to gigabytes is given up, with flat memory', async () => {
  const bombs = { line: 0x20, lines: 0x0a } as const;
  for (const [name, byte] of Object.entries(bombs)) {
    const before = residentMiB();
    const response = await fetch(`${url}/api/v1/readings`, {
      method: 'POST',
      headers: { ...ndjson, 'content-encoding': 'gzip' },
      body: gzipSync(Buffer.alloc(200_000_000, byte), { level: 9 }),
    });
    expect(response.status, name).toBe(413);
    expect(residentMiB() - before, name).toBeLessThan(MOST_GROWTH_MIB);
  }
});
