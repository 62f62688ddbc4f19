import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestService, type TestService } from '../kit/service.ts';
import { waitFor } from '../kit/wait.ts';

const PLANT = `
plant: formats
timezone: UTC
adapters:
  push: { kind: http, adopt: auto }
`;

let test: TestService;
beforeAll(async () => {
  test = await startTestService(PLANT);
});
afterAll(() => test[Symbol.asyncDispose]());

const post = (path: string, body: string | Buffer, headers: Record<string, string>) =>
  fetch(`${test.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${test.adminKey}`, ...headers },
    body,
  });
const ndjson = { 'content-type': 'application/x-ndjson' };
const latest = (tag: string) =>
  waitFor(`a value of ${tag}`, async () => {
    const { status, body } = await test.call('GET', `/api/v1/tags/${encodeURIComponent(tag)}`);
    return status === 200 && body.latest;
  });

describe('NDJSON', () => {
  it('is one reading a line, and a bad line harms no other', async () => {
    const at = Date.now();
    const lines = [
      `{"tag":"nd.a","at":${at},"value":1}`,
      '{"tag":',
      '',
      `{"tag":"nd.b","at":${at},"value":"2"}`,
      `{"tag":"nd.c","at":${at},"value":3}`,
    ];
    const response = await post('/api/v1/readings', `${lines.join('\n')}\n`, ndjson);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      accepted: 2,
      rejected: [
        { index: 1, code: 'malformed', reason: expect.stringContaining('no JSON') },
        { index: 2, code: 'malformed', reason: expect.any(String) },
        { index: 3, code: 'not_a_number', reason: expect.any(String) },
      ],
    });
    expect((await latest('nd.c')).value).toBe(3);
  });

  it('of which nothing can be taken is answered 422', async () => {
    expect((await post('/api/v1/readings', 'x\ny\n', ndjson)).status).toBe(422);
  });

  it('may not reach into prototypes', async () => {
    const response = await post('/api/v1/readings', '{"__proto__":{"x":1},"tag":"nd.a","at":1,"value":1}', ndjson);
    expect(response.status).toBe(422);
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });
});

describe('gzip', () => {
  const body = (n: number) =>
    JSON.stringify({ readings: Array.from({ length: n }, (_, i) => ({ tag: 'gz.a', at: Date.now() - i, value: i })) });

  it('is unpacked', async () => {
    const response = await post('/api/v1/readings', gzipSync(body(100)), {
      'content-type': 'application/json',
      'content-encoding': 'gzip',
    });
    expect(await response.json()).toEqual({ accepted: 100, rejected: [] });
  });

  it('that unpacks to more than a body may have is refused, however small it came', async () => {
    const bomb = gzipSync(Buffer.alloc(200_000_000, 0x20), { level: 9 });
    expect(bomb.length).toBeLessThan(1_000_000);
    const before = process.memoryUsage().rss;
    const response = await post('/api/v1/readings', bomb, {
      'content-type': 'application/json',
      'content-encoding': 'gzip',
    });
    expect(response.status).toBe(413);
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
  });

  it('that is none, cut short, or another packing is refused', async () => {
    const json = { 'content-type': 'application/json' };
    expect((await post('/api/v1/readings', body(1), { ...json, 'content-encoding': 'gzip' })).status).toBe(400);
    const cut = gzipSync(body(50)).subarray(0, 100);
    expect((await post('/api/v1/readings', cut, { ...json, 'content-encoding': 'gzip' })).status).toBe(400);
    expect((await post('/api/v1/readings', body(1), { ...json, 'content-encoding': 'br' })).status).toBe(415);
    expect((await fetch(`${test.url}/health/live`)).status).toBe(200);
  });
});

describe('InfluxDB line protocol on /api/v2/write', () => {
  const write = (body: string | Buffer, query = '', headers: Record<string, string> = {}) =>
    post(`/api/v2/write${query}`, body, { 'content-type': 'text/plain; charset=utf-8', ...headers });

  it('takes what Telegraf sends, packed and with its own word for a key', async () => {
    const ns = `${Date.now()}123456`;
    const body = gzipSync(
      `cpu,cpu=cpu-total,host=edge-7 usage_idle=93.5,usage_user=2i ${ns}\nmem,host=edge-7 used_percent=41.25 ${ns}\n`,
    );
    const response = await write(body, '?org=plant&bucket=telegraf&precision=ns', {
      authorization: `Token ${test.adminKey}`,
      'content-encoding': 'gzip',
    });
    expect(response.status).toBe(204);
    expect(await latest('edge-7.mem.used_percent')).toMatchObject({
      value: 41.25,
      at: `${new Date(Number(ns.slice(0, 13))).toISOString().slice(0, -1)}123Z`,
    });
    expect((await latest('edge-7.cpu.usage_user')).value).toBe(2);
  });

  it('takes asset and signal from their tags', async () => {
    expect((await write(`plant,asset=press-2,point=load value=71.5 ${Date.now()}`, '?precision=ms')).status).toBe(204);
    expect((await latest('press-2.load')).value).toBe(71.5);
  });

  it('says which line is wrong when nothing can be taken, and counts what it drops beside good lines', async () => {
    const refused = await write('# nothing\nplant value=1\n');
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ code: 'body_invalid', message: expect.stringContaining('line 2') });
    expect((await write(`plant,asset=a,point=p value=1\nplant,asset=a,point=q value="71"\n`)).status).toBe(204);
    const { items } = (await test.call('GET', '/api/v1/sources')).body;
    expect(items.find(({ id }: { id: string }) => id === 'push').counts.discarded.not_a_number).toBeGreaterThan(0);
  });

  it('wants a key', async () => {
    expect((await write('m,asset=a value=1', '', { authorization: 'Token wrong' })).status).toBe(401);
    expect((await write('m,asset=a value=1', '?precision=h')).status).toBe(400);
  });
});
