import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { queryDatabase } from '../kit/database.ts';
import { startTestService, type TestService } from '../kit/service.ts';
import { waitFor } from '../kit/wait.ts';

const PLANT = `
plant: bad-input
timezone: UTC
adapters:
  push: { kind: http }
assets:
  pump-1: { tags: { vibration: { unit: mm/s, from: push } } }
`;

let test: TestService;
/** What a request is answered whose body stops after one byte. It takes 20 s: asked first, looked at last. */
let stalled: Promise<{ readonly answer: string; readonly tookMs: number }>;
beforeAll(async () => {
  test = await startTestService(PLANT);
  stalled = sendStalledBody(Number(new URL(test.url).port));
});
afterAll(() => test[Symbol.asyncDispose]());

const send = (body: string, headers: Record<string, string> = {}) =>
  fetch(`${test.url}/api/v1/readings`, {
    method: 'POST',
    headers: { authorization: `Bearer ${test.adminKey}`, 'content-type': 'application/json', ...headers },
    body,
  });

const rows = async () =>
  (await queryDatabase<{ n: number }>(test.databaseUrl, 'select count(*)::int as n from reading'))[0]!.n;

const now = () => Date.now();

describe('a malformed body is refused whole', () => {
  it.each([
    ['no JSON', '{"readings":['],
    ['NaN', `{"readings":[{"tag":"pump-1.vibration","at":${Date.now()},"value":NaN}]}`],
    ['null', 'null'],
    ['a text', '"12"'],
    ['a number', '12'],
    ['a list', '[]'],
    ['an empty object', '{}'],
    ['readings that are no list', '{"readings":{}}'],
    ['a field nobody knows', '{"readings":[],"x":1}'],
    ['nothing', ''],
    ['a forbidden key', '{"readings":[],"__proto__":{"x":1}}'],
    ['an escaped forbidden key', '{"readings":[],"\\u005f_proto__":{"x":1}}'],
    ['a constructor', '{"readings":[],"constructor":{"prototype":{"x":1}}}'],
    ['bytes that are no UTF-8', '\u0000\u0001'],
  ])('%s: 400', async (_name, body) => {
    const before = await rows();
    const response = await send(body);
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(await response.json()).toMatchObject({ status: 400, code: 'body_invalid' });
    expect(await rows()).toBe(before);
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  it('no body at all: 400, and more readings than a document may have: refused', async () => {
    for (const headers of [{}, { 'content-type': 'application/json' }]) {
      const response = await fetch(`${test.url}/api/v1/readings`, {
        method: 'POST',
        headers: { authorization: `Bearer ${test.adminKey}`, ...headers },
      });
      expect(response.status).toBe(400);
    }
    expect((await send(`{"readings":[${'1,'.repeat(20_000)}1]}`)).status).toBe(400);
  });

  it('20 MB: 413, and the connection of others lives on', async () => {
    const status = await new Promise<number | string>((resolve) => {
      const request = httpRequest(
        `${test.url}/api/v1/readings`,
        { method: 'POST', headers: { authorization: `Bearer ${test.adminKey}`, 'content-type': 'application/json' } },
        (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        },
      );
      // The server answers and closes before it has read all: writing on then fails, which is right.
      request.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'));
      request.end(`{"readings":["${'x'.repeat(20_000_000)}"]}`);
    });
    expect(status).toBe(413);
    expect((await fetch(`${test.url}/health/live`)).status).toBe(200);
  });

  it('100,000 nested lists: answered at once', async () => {
    const startedAt = performance.now();
    const response = await send(`{"readings":${'['.repeat(100_000)}${']'.repeat(100_000)}}`);
    expect([400, 422]).toContain(response.status);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  it('another content type: 415', async () => {
    expect((await send('a=b', { 'content-type': 'application/x-www-form-urlencoded' })).status).toBe(415);
  });
});

describe('a bad reading is listed and harms no other', () => {
  it.each([
    ['an unknown tag', { tag: 'pump-9.vibration', at: now(), value: 1 }, 'unknown_tag'],
    ['a tag without asset', { tag: 'vibration', at: now(), value: 1 }, 'invalid_tag'],
    ['no tag', { at: now(), value: 1 }, 'invalid_tag'],
    ['value null', { tag: 'pump-1.vibration', at: now(), value: null }, 'not_a_number'],
    ['value "12"', { tag: 'pump-1.vibration', at: now(), value: '12' }, 'not_a_number'],
    ['value true', { tag: 'pump-1.vibration', at: now(), value: true }, 'not_a_number'],
    ['value [1]', { tag: 'pump-1.vibration', at: now(), value: [1] }, 'not_a_number'],
    ['no value', { tag: 'pump-1.vibration', at: now() }, 'not_a_number'],
    ['1970 in ms', { tag: 'pump-1.vibration', at: 0, value: 1 }, 'too_old'],
    ['1970 as text', { tag: 'pump-1.vibration', at: '1970-01-01T00:00:00Z', value: 1 }, 'too_old'],
    ['seconds instead of ms', { tag: 'pump-1.vibration', at: Math.floor(Date.now() / 1000), value: 1 }, 'too_old'],
    ['2100', { tag: 'pump-1.vibration', at: '2100-01-01T00:00:00Z', value: 1 }, 'too_new'],
    ['no time', { tag: 'pump-1.vibration', value: 1 }, 'invalid_time'],
    ['a time that is none', { tag: 'pump-1.vibration', at: 'yesterday', value: 1 }, 'invalid_time'],
    ['the 30th of February', { tag: 'pump-1.vibration', at: '2026-02-30T00:00:00Z', value: 1 }, 'invalid_time'],
    ['an unknown quality', { tag: 'pump-1.vibration', at: now(), value: 1, quality: 'great' }, 'invalid_quality'],
    ['a field nobody knows', { tag: 'pump-1.vibration', at: now(), value: 1, unit: 'g' }, 'invalid_item'],
    ['no object', 12, 'invalid_item'],
    ['null', null, 'invalid_item'],
  ])('%s', async (_name, item, code) => {
    const alone = await test.call('POST', '/api/v1/readings', { readings: [item] });
    expect(alone.status).toBe(422);
    expect(alone.body).toMatchObject({ accepted: 0, code: 'nothing_accepted', rejected: [{ index: 0, code }] });

    const good = { tag: 'pump-1.vibration', at: now(), value: 1.5 };
    const mixed = await test.call('POST', '/api/v1/readings', { readings: [good, item, { ...good, at: good.at + 1 }] });
    expect(mixed.status).toBe(200);
    expect(mixed.body.accepted).toBe(2);
    expect(mixed.body.rejected).toEqual([{ index: 1, code, reason: expect.stringMatching(/\w+ \w+/) }]);
  });

  it('1e400 is not finite', async () => {
    const response = await send(`{"readings":[{"tag":"pump-1.vibration","at":${now()},"value":1e400}]}`);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ rejected: [{ code: 'not_finite' }] });
  });

  it('an empty list is nothing to complain about', async () => {
    expect(await test.call('POST', '/api/v1/readings', { readings: [] })).toEqual({
      status: 200,
      body: { accepted: 0, rejected: [] },
    });
  });

  it('a missing value with quality bad is kept', async () => {
    const at = now();
    expect(
      (
        await test.call('POST', '/api/v1/readings', {
          readings: [{ tag: 'pump-1.vibration', at, value: null, quality: 'bad' }],
        })
      ).status,
    ).toBe(200);
    const { items } = await waitFor('the reading', async () => {
      const { body } = await test.call('GET', `/api/v1/tags/pump-1.vibration/readings?from=${at}&to=${at + 1}`);
      return body.items.length > 0 && body;
    });
    expect(items).toEqual([{ at: new Date(at).toISOString(), value: null, quality: 'bad' }]);
  });

  it('a time 5 minutes ahead is kept as uncertain', async () => {
    const at = now() + 5 * 60_000;
    await test.call('POST', '/api/v1/readings', { readings: [{ tag: 'pump-1.vibration', at, value: 3 }] });
    const { items } = await waitFor('the reading', async () => {
      const { body } = await test.call('GET', `/api/v1/tags/pump-1.vibration/readings?from=${at}&to=${at + 1}`);
      return body.items.length > 0 && body;
    });
    expect(items[0].quality).toBe('uncertain');
  });
});

describe('who may not', () => {
  it.each([
    ['no key', {}],
    ['a wrong key', { authorization: 'Bearer wrong' }],
    ['an empty key', { authorization: 'Bearer ' }],
    ['another scheme', { authorization: 'Basic dGVzdDp0ZXN0' }],
    ['a wrong cookie', { cookie: 'millwright_session=nonsense' }],
  ] as const)('%s: 401 everywhere, nothing stored', async (_name, headers) => {
    const before = await rows();
    for (const [method, path] of [
      ['POST', '/api/v1/readings'],
      ['GET', '/api/v1/tags'],
      ['GET', '/api/v1/events'],
      ['POST', '/api/v1/webhooks'],
      ['GET', '/api/v1/session'],
    ] as const) {
      const response = await fetch(`${test.url}${path}`, {
        method,
        headers: { ...headers, ...(method === 'POST' ? { 'content-type': 'application/json' } : {}) },
        ...(method === 'POST' ? { body: `{"readings":[{"tag":"pump-1.vibration","at":${now()},"value":1}]}` } : {}),
      });
      expect({ path, status: response.status }).toEqual({ path, status: 401 });
      expect(await response.json()).toMatchObject({ code: 'unauthorized' });
    }
    expect(await rows()).toBe(before);
  });

  it('a session cookie changes nothing without its CSRF token, nor from another site', async () => {
    const opened = await fetch(`${test.url}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ key: test.adminKey }),
    });
    const cookie = opened.headers.get('set-cookie')!;
    expect(cookie).toMatch(/HttpOnly/);
    expect(cookie).toMatch(/SameSite=Strict/);
    const { csrfToken } = (await opened.json()) as { csrfToken: string };
    const post = (headers: Record<string, string>) =>
      fetch(`${test.url}/api/v1/keys`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', cookie: cookie.split(';')[0]!, ...headers },
        body: '{"name":"made by a session","scopes":["read"]}',
      });
    expect((await post({})).status).toBe(403);
    expect((await post({ 'x-csrf-token': 'x'.repeat(csrfToken.length) })).status).toBe(403);
    expect((await post({ 'x-csrf-token': csrfToken, origin: 'https://evil.example' })).status).toBe(403);
    expect((await post({ 'x-csrf-token': csrfToken })).status).toBe(201);
  });

  it('a login link signs in once', async () => {
    const link = test.service.loginLink();
    const first = await fetch(link, { redirect: 'manual' });
    expect(first.status).toBe(303);
    const cookie = first.headers.get('set-cookie')!.split(';')[0]!;
    expect((await fetch(`${test.url}/api/v1/session`, { headers: { cookie } })).status).toBe(200);
    const second = await fetch(link, { redirect: 'manual' });
    expect(second.headers.get('set-cookie')).toBeNull();
    expect(second.headers.get('location')).toBe('/?link=used');
  });
});

it('conflicting lengths and half a request do not bring it down', async () => {
  const { port } = new URL(test.url);
  const answer = await new Promise<string>((resolve) => {
    const socket = connect(Number(port), '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString();
    });
    socket.on('close', () => resolve(text));
    socket.on('error', () => resolve(text));
    socket.end(
      'POST /api/v1/readings HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    );
  });
  expect(answer).toMatch(/^HTTP\/1.1 400/);
  expect((await fetch(`${test.url}/health/ready`)).status).toBe(200);
});

it('a body that does not come is not waited for', async () => {
  const { answer, tookMs } = await stalled;
  expect(answer).toMatch(/^HTTP\/1.1 408/);
  expect(tookMs).toBeLessThan(30_000);
});

async function sendStalledBody(port: number): Promise<{ answer: string; tookMs: number }> {
  const startedAt = Date.now();
  const answer = await new Promise<string>((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString();
    });
    socket.on('close', () => resolve(text));
    socket.write(
      'POST /api/v1/session HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{',
    );
  });
  return { answer, tookMs: Date.now() - startedAt };
}

describe('a query that an address does not know is refused', () => {
  it.each([
    ['alerts?sate=active', 'there is no query parameter "sate": did you mean "state"?'],
    ['alerts?state=open', 'querystring/state must be one of active, all'],
    ['tags/pump-1.vibration/readings?form=2026-01-01T00:00:00Z', 'did you mean "from"?'],
    ['assets?state=active', 'there are limit, cursor'],
    ['plant?verbose=1', 'this address takes none'],
    ['latest?tags=pump-1.vibration', 'did you mean "tag"?'],
  ])('%s', async (path, said) => {
    const { status, body } = await test.call('GET', `/api/v1/${path}`);
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'body_invalid', detail: expect.stringContaining(said) });
  });

  it('and a pusher may add what it likes', async () => {
    const readings = [{ tag: 'pump-1.vibration', at: now(), value: 1 }];
    expect((await test.call('POST', '/api/v1/readings?agent=telegraf', { readings })).status).toBe(200);
  });
});

describe('a body', () => {
  it.each([
    ['alerts/00000000-0000-0000-0000-000000000000/acknowledge', 404, 'there is no alert'],
    ['webhooks', 400, 'body must be object'],
  ])('that is empty is none, whatever its type: %s', async (path, status, said) => {
    const headers = { authorization: `Bearer ${test.adminKey}`, 'content-type': 'application/json' };
    const response = await fetch(`${test.url}/api/v1/${path}`, { method: 'POST', headers });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ detail: expect.stringContaining(said) });
  });

  it('with a key that nobody knows is refused with those there are', async () => {
    const { status, body } = await test.call('POST', '/api/v1/webhooks', { url: 'https://x.example', priorites: [] });
    expect({ status, detail: body.detail }).toEqual({
      status: 400,
      detail: 'there is no key "priorites" in body: did you mean "priorities"? there are url, priorities',
    });
  });

  it('is described as needing only what it may not leave out', async () => {
    // As docs/openapi.json says.
    const { paths } = (await (await fetch(`${test.url}/openapi.json`)).json()) as { paths: Record<string, any> };
    const needed = (path: string) => paths[path].post.requestBody.content['application/json'].schema.required;
    expect(needed('/api/v1/webhooks')).toEqual(['url']);
    expect(needed('/api/v1/backtests')).toEqual(['from', 'to']);
  });
});
