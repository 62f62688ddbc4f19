import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Program, startProgram } from '../kit/child.ts';
import { createDatabase, queryDatabase } from '../kit/database.ts';
import { freePort } from '../kit/free-port.ts';
import { waitFor } from '../kit/wait.ts';

const KEY = 'idempotency-test-key';
const directory = mkdtempSync(join(tmpdir(), 'millwright-idempotency-'));
const plantFile = join(directory, 'plant.yaml');
writeFileSync(
  plantFile,
  'plant: twice\ntimezone: UTC\nadapters:\n  push: { kind: http, adopt: auto, adoptLimit: 20000 }\n',
);

let program: Program;
let url: string;
let databaseUrl: string;
let port: number;
const start = async () => {
  program = startProgram(['run', '--plant', plantFile], {
    MILLWRIGHT_DATA: join(directory, 'data'),
    MILLWRIGHT_PORT: String(port),
    MILLWRIGHT_ADMIN_KEY: KEY,
    DATABASE_URL: databaseUrl,
    LOG_LEVEL: 'warn',
  });
  await program.until(/Plant twice is at/);
};
beforeAll(async () => {
  databaseUrl = await createDatabase();
  port = await freePort();
  url = `http://127.0.0.1:${port}`;
  await start();
});
afterAll(async () => {
  await program.end('SIGTERM');
  rmSync(directory, { recursive: true, force: true });
});

const post = (path: string, type: string, body: string, key: string) =>
  fetch(`${url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': type, 'idempotency-key': key },
    body,
  });
const write = (body: string, key: string) => post('/api/v2/write', 'text/plain', body, key);
const push = (readings: readonly unknown[], key: string) =>
  post('/api/v1/readings', 'application/json', JSON.stringify({ readings }), key);
const rowsOf = async (tag: string) => {
  const rows = await queryDatabase<{ n: number }>(
    databaseUrl,
    'select count(*)::int as n from reading join tag on tag.id = tag_id where name = $1',
    [tag],
  );
  return rows[0]!.n;
};
/** What was written before this has come to the database when this has. */
const settle = async (tag: string) => {
  expect((await write(`m,asset=settled,point=${tag} value=1`, `settle ${tag}`)).status).toBe(204);
  await waitFor('the writer', async () => (await rowsOf(`settled.${tag}`)) === 1);
};

it('the same request is stored once and answered the same, at once, after a restart, and after kill -9', async () => {
  const line = 'm,asset=edge,point=timeless value=1'; // its time is that of its arrival: it would double
  expect((await write(line, 'one')).status).toBe(204);
  expect((await write(line, 'one')).status).toBe(204);
  const readings = [{ tag: 'edge.a', at: Date.now(), value: 1 }, { tag: 'edge.b' }];
  const answer = await (await push(readings, 'one')).text(); // the same key on another route is another
  expect(JSON.parse(answer)).toMatchObject({ accepted: 1, rejected: [{ index: 1 }] });

  await program.end('SIGKILL');
  await start();
  expect((await write(line, 'one')).status).toBe(204);
  expect(await (await push(readings, 'one')).text()).toBe(answer);

  await program.end('SIGTERM'); // writes the receipts into the database
  await start();
  expect((await write(line, 'one')).status).toBe(204);
  expect(await (await push(readings, 'one')).text()).toBe(answer);

  await settle('a');
  expect(await rowsOf('edge.timeless')).toBe(1);
  expect((await write(line, 'another')).status).toBe(204);
  await settle('b');
  expect(await rowsOf('edge.timeless')).toBe(2);
});

it('the same key with another body is refused, and stores nothing', async () => {
  expect((await write('m,asset=edge,point=first value=1', 'two')).status).toBe(204);
  const refused = await write('m,asset=edge,point=second value=1', 'two');
  expect(refused.status).toBe(422);
  expect(await refused.json()).toMatchObject({ code: 'idempotency_key_reused' });
  await settle('c');
  expect(await rowsOf('edge.second')).toBe(0);
});

it('two at once are one, and a request that failed may be sent again', async () => {
  const line = 'm,asset=edge,point=twice value=1';
  const statuses = await Promise.all(Array.from({ length: 8 }, async () => (await write(line, 'three')).status));
  expect(statuses.every((status) => status === 204 || status === 409)).toBe(true);
  expect(statuses).toContain(204);
  await settle('d');
  expect(await rowsOf('edge.twice')).toBe(1);
  expect((await push([{ tag: 'edge.c' }], 'four')).status).toBe(422);
  expect((await push([{ tag: 'edge.c', at: Date.now(), value: 1 }], 'four')).status).toBe(200);
  expect((await push([], 'x'.repeat(300))).status).toBe(400);
});

it('an attempt that was killed on its way stores nothing twice when it is repeated', async () => {
  for (let round = 0; round < 3; round++) {
    const lines = Array.from({ length: 5_000 }, (_, i) => `m,asset=killed-${round},point=p${i} value=${i}`).join('\n');
    const first = write(lines, `killed ${round}`).then(
      ({ status }) => status,
      () => 0,
    );
    await new Promise((resolve) => setTimeout(resolve, 15 + 25 * round)); // anywhere between receipt and answer
    await program.end('SIGKILL');
    await first;
    await start();
    expect((await write(lines, `killed ${round}`)).status).toBe(204);
  }
  await settle('e');
  const rows = await queryDatabase<{ n: number; tags: number }>(
    databaseUrl,
    `select count(*)::int as n, count(distinct tag_id)::int as tags from reading join tag on tag.id = tag_id where asset like 'killed-%'`,
  );
  expect(rows[0]).toEqual({ n: 15_000, tags: 15_000 });
});
