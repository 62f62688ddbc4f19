import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scrapeConservation } from '../kit/conservation.ts';
import { queryDatabase } from '../kit/database.ts';
import { metricOf } from '../kit/metric.ts';
import { startTestService, type TestService } from '../kit/service.ts';
import { streamRequest } from '../kit/stream-request.ts';
import { waitFor } from '../kit/wait.ts';

const PLANT = `
plant: quota-test
adapters:
  push: { kind: http, adopt: auto }
`;

let test: TestService;
const logged: string[] = [];
beforeAll(async () => {
  const logger = pino({ level: 'info' }, { write: (line) => void logged.push(line) });
  test = await startTestService(PLANT, { logger });
});
afterAll(() => test[Symbol.asyncDispose]());

async function keyWith(settings: object): Promise<{ id: string; key: string }> {
  const { status, body } = await test.call('POST', '/api/v1/keys', {
    name: 'gateway',
    scopes: ['ingest'],
    ...settings,
  });
  expect(status).toBe(201);
  return body;
}

let times = Date.now() - 3_600_000;
/** Readings that no other push has. */
const some = (n: number) => Array.from({ length: n }, () => ({ tag: 'a.x', at: ++times, value: 1 }));
async function call(key: string, path: string, contentType: string, body: string) {
  const headers = { authorization: `Bearer ${key}`, 'content-type': contentType };
  const response = await fetch(`${test.url}${path}`, { method: 'POST', headers, body });
  return {
    status: response.status,
    retryAfter: Number(response.headers.get('retry-after')),
    body: (await response.json()) as any,
  };
}
const push = (key: string, n: number) =>
  call(key, '/api/v1/readings', 'application/json', JSON.stringify({ readings: some(n) }));
const rows = async () =>
  (await queryDatabase<{ n: number }>(test.databaseUrl, 'select count(*)::int as n from reading'))[0]!.n;

describe('a key with a quota', () => {
  let accepted = 0;

  it('is let in while it owes nothing, then answered 429 with the time to wait, and loses nothing', async () => {
    const { key } = await keyWith({ readingsPerSecond: 100 });
    const refusedBefore = await metricOf(test.url, 'http_quota_refusals_total').catch(() => 0);
    expect((await push(key, 2_500)).body).toEqual({ accepted: 2_500, rejected: [] });
    accepted += 2_500;
    const refused = await push(key, 10);
    expect(refused).toMatchObject({
      status: 429,
      body: { code: 'rate_limited', detail: 'this key has pushed more than its 100 readings a second' },
    });
    expect(refused.retryAfter).toBeGreaterThanOrEqual(1);
    expect(refused.retryAfter).toBeLessThanOrEqual(26);
    const faster = await keyWith({ readingsPerSecond: 1_000 });
    expect((await push(faster.key, 2_500)).status).toBe(200);
    await waitFor('the debt to be paid off', async () => (await push(faster.key, 10)).status === 200);
    accepted += 2_510;
    expect(await metricOf(test.url, 'http_quota_refusals_total')).toBeGreaterThan(refusedBefore);
    expect((await push(test.adminKey, 10)).status).toBe(200);
    accepted += 10;
  });

  it('has a long body read at its rate, and all of it taken', async () => {
    const { key } = await keyWith({ readingsPerSecond: 10_000 });
    const lines = some(15_000).map((reading) => JSON.stringify(reading));
    const beganAt = Date.now();
    const { body } = await call(key, '/api/v1/readings', 'application/x-ndjson', lines.join('\n'));
    expect(body).toEqual({ accepted: 15_000, rejected: [] });
    expect(Date.now() - beganAt).toBeGreaterThan(900); // 10,000 of them were waited for
    accepted += 15_000;
  });

  const ndjson = (n: number) =>
    some(n)
      .map((reading) => `${JSON.stringify(reading)}\n`)
      .join('');
  /** Begins a push whose first part is stored; what comes next has to wait until its key has paid for that. */
  async function beginPush(readings: number, readingsPerSecond: number) {
    const { key } = await keyWith({ readingsPerSecond });
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/x-ndjson' };
    const stream = streamRequest(`${test.url}/api/v1/readings`, headers);
    await stream.write(ndjson(readings));
    accepted += readings;
    await waitFor('the first part', async () => (await rows()) === accepted);
    return stream;
  }

  it('has a long body that would wait for minutes answered in the middle, with what was stored and when to go on', async () => {
    const stream = await beginPush(1_000, 10);
    await stream.write(ndjson(1));
    const { status, headers, body } = await stream.answer();
    expect({ status, body }).toMatchObject({ status: 429, body: { code: 'rate_limited', accepted: 1_000 } });
    expect(body.detail).toContain('too much for the 10 readings a second of its key: send shorter ones');
    expect(Number(headers['retry-after'])).toBeGreaterThan(60);
  });

  it('is not waited for after its client went away', async () => {
    const cutOff = () => metricOf(test.url, 'ingest_readings_discarded_total');
    const before = await cutOff().catch(() => 0);
    const stream = await beginPush(1_000, 20);
    await stream.write(ndjson(1));
    stream.request.destroy();
    // Its debt is one of 50 s.
    await waitFor('the wait to end', async () => (await cutOff().catch(() => 0)) > before);
  });

  it('pays one reading at least for whatever it sends, and for what cannot be read', async () => {
    const empty = await keyWith({ readingsPerSecond: 1 });
    const nothing = () => call(empty.key, '/api/v1/readings', 'application/json', '{"readings":[]}');
    expect((await nothing()).status).toBe(200);
    await waitFor('one that comes within a second', async () => (await nothing()).status === 429);
    const noise = await keyWith({ readingsPerSecond: 10 });
    const body = 'no reading\n'.repeat(100);
    expect((await call(noise.key, '/api/v1/readings', 'application/x-ndjson', body)).status).toBe(422);
    const refused = await call(noise.key, '/api/v1/readings', 'application/x-ndjson', body);
    expect(refused.status).toBe(429);
    expect(refused.retryAfter).toBeGreaterThan(5);
    const capture = await keyWith({ readingsPerSecond: 1 });
    const wave = { tag: 'a.wave', at: times, rateHz: 1, unit: 'g', samples: [1, 2] };
    const upload = () => call(capture.key, '/api/v1/waveforms', 'application/json', JSON.stringify(wave));
    expect((await upload()).status).not.toBe(429);
    await waitFor('one that comes within a second', async () => (await upload()).status === 429);
  });

  it('may push its bytes of a day, and is told when the next one begins', async () => {
    const { key } = await keyWith({ bytesPerDay: 1_000 });
    await waitFor('a day that does not end meanwhile', () => Date.now() % 86_400_000 < 86_370_000);
    expect((await push(key, 30)).status).toBe(200);
    accepted += 30;
    const refused = await push(key, 1);
    expect(refused).toMatchObject({
      status: 429,
      body: { detail: 'this key has pushed its 1000 bytes of today (UTC)' },
    });
    expect(refused.retryAfter).toBeLessThanOrEqual(86_400);
  });

  it('has all of what was accepted in the database, and what was refused for its quota was never counted as received', async () => {
    await waitFor('all rows', async () => (await rows()) === accepted);
    const { sources, complaints } = await scrapeConservation(test.url);
    expect(complaints).toEqual([]);
    expect(sources.get('push')!.accepted).toBe(accepted);
  });
});

describe('keys', () => {
  it('are listed without their secret, and open nothing once they are revoked', async () => {
    const { id, key } = await keyWith({ readingsPerSecond: 5, bytesPerDay: 1e12 });
    const { body } = await test.call('GET', '/api/v1/keys?limit=1000');
    const listed = body.items.find((each: { id: string }) => each.id === id);
    expect(listed).toEqual({
      id,
      name: 'gateway',
      scopes: ['ingest'],
      createdAt: expect.any(String),
      readingsPerSecond: 5,
      bytesPerDay: 1e12,
    });
    expect((await push(key, 1)).status).toBe(200);
    expect((await test.call('DELETE', `/api/v1/keys/${id}`)).status).toBe(204);
    expect((await test.call('DELETE', `/api/v1/keys/${id}`)).status).toBe(404);
    await waitFor('the key to open nothing', async () => (await push(key, 1)).status === 401);
  });

  it('leave a line in the log when they are made and when they are revoked, and never themselves', async () => {
    const { id, key } = await keyWith({ name: 'line 4' });
    expect((await test.call('DELETE', `/api/v1/keys/${id}`)).status).toBe(204);
    const lines = logged.filter((line) => line.includes(id)).map((line) => JSON.parse(line));
    const told = { keyId: id, name: 'line 4', scopes: ['ingest'], by: 'administrator (MILLWRIGHT_ADMIN_KEY)' };
    expect(lines).toMatchObject([
      { change: 'made', ...told },
      { change: 'revoked', ...told },
    ]);
    expect(logged.join('')).not.toContain(key.split('.')[1]);
  });

  it('make no key that may do more than they', async () => {
    const { key } = await keyWith({ scopes: ['keys', 'read'] });
    const make = (scopes: readonly string[]) =>
      call(key, '/api/v1/keys', 'application/json', JSON.stringify({ name: 'x', scopes }));
    expect((await make(['read'])).status).toBe(201);
    for (const scopes of [['*'], ['ingest'], ['read', 'operate']]) expect((await make(scopes)).status).toBe(403);
  });
});

describe('what a key may not do', () => {
  const session = async (key: string) => {
    const response = await fetch(`${test.url}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ key }),
    });
    const body = (await response.json()) as { csrfToken: string };
    const cookie = response.headers.get('set-cookie')?.split(';')[0] ?? '';
    return { status: response.status, headers: { cookie, 'x-csrf-token': body.csrfToken } };
  };
  const withSession = async (headers: Record<string, string>, method: string, path: string, body?: object) => {
    const json = body === undefined ? {} : { 'content-type': 'application/json' };
    const init = { method, headers: { ...headers, ...json }, ...(body && { body: JSON.stringify(body) }) };
    return (await fetch(`${test.url}${path}`, init)).status;
  };

  it('leave its quota behind: neither in a session nor in another key', async () => {
    const { key } = await keyWith({ scopes: ['ingest', 'keys'], readingsPerSecond: 10 });
    expect((await session(key)).status).toBe(403);
    const made = await call(key, '/api/v1/keys', 'application/json', JSON.stringify({ name: 'x', scopes: ['ingest'] }));
    expect(made).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    const { headers } = await session(test.adminKey);
    expect(await withSession(headers, 'POST', '/api/v1/readings', { readings: some(1) })).toBe(403);
  });

  it('outlive its revocation in a session', async () => {
    const { id, key } = await keyWith({ scopes: ['read'] });
    const { headers } = await session(key);
    expect(await withSession(headers, 'GET', '/api/v1/tags')).toBe(200);
    expect((await test.call('DELETE', `/api/v1/keys/${id}`)).status).toBe(204);
    expect(await withSession(headers, 'GET', '/api/v1/tags')).toBe(401);
  });

  it('revoke a key that may do more', async () => {
    const { key } = await keyWith({ scopes: ['keys'] });
    const { id } = await keyWith({ scopes: ['ingest'] });
    const refused = await fetch(`${test.url}/api/v1/keys/${id}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${key}` },
    });
    expect(refused.status).toBe(403);
  });

  it('push a text where a document is meant', async () => {
    for (const path of ['/api/v1/readings', '/api/v1/waveforms', '/api/v1/frames', '/api/v1/webhooks', '/api/v1/keys'])
      expect(await call(test.adminKey, path, 'text/plain', 'x'.repeat(1_000))).toMatchObject({ status: 415 });
  });
});
