import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fillPast } from '../kit/history.ts';
import { startTestService, type TestService } from '../kit/service.ts';
import { waitFor } from '../kit/wait.ts';

const PLANT = `
plant: contract
timezone: UTC
adapters:
  push: { kind: http, adopt: auto }
assets:
  pump-1: { class: pump, criticality: A, tags: { vibration: { unit: mm/s, from: push, range: [0, 50] } } }
rules:
  high: { on: pump-1.vibration, detect: limit, with: { high: 4.5 }, priority: high }
allowPrivateWebhookTargets: ["127.0.0.1/32"]
`;

const FRAME = { tag: 'pump-1.vibration', at: Date.now(), width: 2, height: 1, celsius: [20, 21.5] };

interface Operation {
  readonly security?: readonly unknown[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[];
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>
  >;
  readonly 'x-scope'?: string;
}

let test: TestService;
let paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);

beforeAll(async () => {
  test = await startTestService(PLANT);
  const document = (await (await fetch(`${test.url}/openapi.json`)).json()) as { openapi: string; paths: typeof paths };
  expect(document.openapi).toBe('3.1.0');
  ({ paths } = document);
  await fillPast(test.databaseUrl, []);
  // Something of everything, so that answers have content.
  await test.call('POST', '/api/v1/readings', { readings: [{ tag: 'pump-1.vibration', at: Date.now(), value: 9.1 }] });
  await waitFor('the alert', async () => (await test.call('GET', '/api/v1/alerts')).body.items.length > 0);
});
afterAll(() => test[Symbol.asyncDispose]());

/** Calls a route and checks the answer by what the document says about that route and status, extra fields included. */
async function checked(
  method: string,
  template: string,
  path: string,
  options: { body?: unknown; headers?: Record<string, string> } = {},
): Promise<{ status: number; body: any }> {
  const response = await fetch(`${test.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${test.adminKey}`,
      ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...options.headers,
    },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  });
  const operation = paths[template]?.[method.toLowerCase()];
  expect(operation, `${method} ${template} in the document`).toBeDefined();
  const documented = operation!.responses[String(response.status)];
  expect(documented, `${method} ${template} documents ${response.status}`).toBeDefined();
  const text = await response.text();
  const body: unknown =
    text === '' ? null : response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text;
  const type = response.headers.get('content-type')?.split(';')[0] ?? '';
  const schema = (documented!.content?.[type] ?? Object.values(documented!.content ?? {})[0])?.schema;
  if (schema && response.status !== 204) {
    const validate = ajv.compile(schema);
    expect(
      validate(body),
      `${method} ${template} ${response.status}: ${ajv.errorsText(validate.errors)} in ${text.slice(0, 500)}`,
    ).toBe(true);
  }
  return { status: response.status, body };
}

describe('the API and its description', () => {
  it('describes exactly the public routes', () => {
    const routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(routes.sort()).toEqual(
      [
        'DELETE /api/v1/backtests/{id}',
        'DELETE /api/v1/keys/{id}',
        'DELETE /api/v1/session',
        'DELETE /api/v1/webhooks/{id}',
        'GET /api/v1/alerts',
        'GET /api/v1/alerts/{id}',
        'GET /api/v1/alerts/{id}/picture',
        'GET /api/v1/assets',
        'GET /api/v1/assets/{asset}/frames',
        'GET /api/v1/assets/{asset}/health',
        'GET /api/v1/assets/{asset}/health/history',
        'GET /api/v1/assets/{asset}/waveforms',
        'GET /api/v1/backtests',
        'GET /api/v1/backtests/{id}',
        'GET /api/v1/deliveries',
        'GET /api/v1/events',
        'GET /api/v1/export',
        'GET /api/v1/gaps',
        'GET /api/v1/health',
        'GET /api/v1/health/changes',
        'GET /api/v1/keys',
        'GET /api/v1/latest',
        'GET /api/v1/plant',
        'GET /api/v1/quarantine',
        'GET /api/v1/readings',
        'GET /api/v1/session',
        'GET /api/v1/sources',
        'GET /api/v1/tags',
        'GET /api/v1/tags/{tag}',
        'GET /api/v1/tags/{tag}/aggregates',
        'GET /api/v1/tags/{tag}/frames',
        'GET /api/v1/tags/{tag}/frames/{at}',
        'GET /api/v1/tags/{tag}/frames/{at}/picture',
        'GET /api/v1/tags/{tag}/readings',
        'GET /api/v1/tags/{tag}/rules',
        'GET /api/v1/tags/{tag}/texts',
        'GET /api/v1/tags/{tag}/waterfall',
        'GET /api/v1/tags/{tag}/waveforms',
        'GET /api/v1/tags/{tag}/waveforms/{at}',
        'GET /api/v1/tags/{tag}/waveforms/{at}/spectrum',
        'GET /api/v1/unknown-tags',
        'GET /api/v1/webhooks',
        'GET /api/v1/work-orders',
        'GET /api/v1/work-orders/{id}',
        'GET /health/live',
        'GET /health/ready',
        'GET /metrics',
        'POST /api/v1/alerts/{id}/acknowledge',
        'POST /api/v1/alerts/{id}/reset',
        'POST /api/v1/assets/{asset}/learn-anew',
        'POST /api/v1/backtests',
        'POST /api/v1/events',
        'POST /api/v1/frames',
        'POST /api/v1/keys',
        'POST /api/v1/plant/reload',
        'POST /api/v1/readings',
        'POST /api/v1/rules/{rule}/learn-anew',
        'POST /api/v1/session',
        'POST /api/v1/unknown-tags/adopt',
        'POST /api/v1/waveforms',
        'POST /api/v1/webhooks',
        'POST /api/v1/work-orders/{id}/cancel',
        'POST /api/v1/work-orders/{id}/complete',
        'POST /api/v1/work-orders/{id}/start',
        'POST /api/v2/write',
      ].sort(),
    );
  });

  it('answers as described, list by list', async () => {
    for (const path of [
      '/api/v1/assets',
      '/api/v1/health',
      '/api/v1/tags',
      '/api/v1/alerts',
      '/api/v1/work-orders',
      '/api/v1/deliveries',
      '/api/v1/gaps',
      '/api/v1/sources',
      '/api/v1/unknown-tags',
      '/api/v1/webhooks',
      '/api/v1/keys',
      '/api/v1/latest',
    ]) {
      const { status, body } = await checked('GET', path, path);
      expect({ path, status }).toEqual({ path, status: 200 });
      expect(body).toHaveProperty('items');
      expect(body).toHaveProperty('next');
    }
    for (const path of ['/api/v1/plant', '/api/v1/session', '/health/live', '/health/ready', '/metrics']) {
      expect((await checked('GET', path, path)).status).toBe(200);
    }
  });

  it('answers as described, thing by thing', async () => {
    const alert = (await test.call('GET', '/api/v1/alerts')).body.items[0];
    const detail = (await checked('GET', '/api/v1/alerts/{id}', `/api/v1/alerts/${alert.id}`)).body;
    expect(detail).toMatchObject({ events: [{ effect: 'raised' }], picture: null });
    expect((await checked('GET', '/api/v1/alerts/{id}/picture', `/api/v1/alerts/${alert.id}/picture`)).status).toBe(
      404,
    );
    expect(
      (await checked('GET', '/api/v1/work-orders/{id}', `/api/v1/work-orders/${alert.workOrder}`)).body.alerts,
    ).toEqual([alert.id]);
    const started = await checked(
      'POST',
      '/api/v1/work-orders/{id}/start',
      `/api/v1/work-orders/${alert.workOrder}/start`,
    );
    expect(started).toMatchObject({ status: 200, body: { state: 'in progress', alerts: [alert.id] } });
    const health = (await checked('GET', '/api/v1/assets/{asset}/health', '/api/v1/assets/pump-1/health')).body;
    await checked('GET', '/api/v1/assets/{asset}/health/history', '/api/v1/assets/pump-1/health/history');
    await checked('GET', '/api/v1/health/changes', '/api/v1/health/changes?limit=5');
    expect(health.pulls).toMatchObject([{ alert: alert.id, tag: alert.tag }]);
    await checked('GET', '/api/v1/tags/{tag}', '/api/v1/tags/pump-1.vibration');
    await checked('GET', '/api/v1/tags/{tag}/readings', '/api/v1/tags/pump-1.vibration/readings');
    await checked('GET', '/api/v1/tags/{tag}/readings', '/api/v1/tags/pump-1.vibration/readings?maxPoints=2');
    const tag = 'pump-1.vibration';
    const functions = 'avg,min,max,stddev,percentiles,timeInState&limits=4.5';
    for (const [template, path] of [
      ['/api/v1/tags/{tag}/aggregates', `/api/v1/tags/${tag}/aggregates?functions=${functions}`],
      ['/api/v1/readings', `/api/v1/readings?tag=${tag}`],
      ['/api/v1/tags/{tag}/rules', `/api/v1/tags/${tag}/rules`],
      ['/api/v1/export', `/api/v1/export?tag=${tag}&format=csv`],
    ] as const)
      expect({ path, status: (await checked('GET', template, path)).status }).toEqual({ path, status: 200 });
    const closed = `/api/v1/tags/${tag}/readings?from=1000&to=2000`;
    const etag = (
      await fetch(`${test.url}${closed}`, { headers: { authorization: `Bearer ${test.adminKey}` } })
    ).headers.get('etag');
    const kept = await checked('GET', '/api/v1/tags/{tag}/readings', closed, { headers: { 'if-none-match': etag! } });
    expect(kept).toEqual({ status: 304, body: null });
    expect(
      (await checked('POST', '/api/v1/alerts/{id}/acknowledge', `/api/v1/alerts/${alert.id}/acknowledge`)).status,
    ).toBe(200);
    expect(
      (await checked('POST', '/api/v1/alerts/{id}/acknowledge', `/api/v1/alerts/${alert.id}/acknowledge`)).status,
    ).toBe(409);
    const webhook = await checked('POST', '/api/v1/webhooks', '/api/v1/webhooks', {
      body: { url: 'http://127.0.0.1:9/x', priorities: ['low'] },
    });
    expect(webhook.status).toBe(201);
    expect(
      (await checked('POST', '/api/v1/webhooks', '/api/v1/webhooks', { body: { url: 'http://10.0.0.1/x' } })).status,
    ).toBe(422);
    expect((await checked('DELETE', '/api/v1/webhooks/{id}', `/api/v1/webhooks/${webhook.body.id}`)).status).toBe(204);
    expect((await checked('DELETE', '/api/v1/webhooks/{id}', `/api/v1/webhooks/${webhook.body.id}`)).status).toBe(404);
  });

  it('answers as described about back-tests', async () => {
    const range = { from: new Date(Date.now() - 3_600_000).toISOString(), to: new Date().toISOString() };
    const labels = [{ tag: 'pump-1.vibration', ...range }];
    const path = '/api/v1/backtests';
    const asked = await checked('POST', path, path, { body: { ...range, labels } });
    expect(asked.status).toBe(202);
    const one = `${path}/${asked.body.id}`;
    const done = await waitFor(
      'its report',
      async () => {
        const { body } = await checked('GET', `${path}/{id}`, one);
        return body.report !== null && body;
      },
      150_000,
    ); // its thread compiles the sources that it loads
    expect(done.report).toMatchObject({ rules: [{ rule: 'high', now: 1 }], judgement: { hits: [{}], misses: [] } });
    expect((await checked('GET', path, path)).body.items).toHaveLength(1);
    expect((await checked('POST', path, path, { body: { ...range, rules: ['none'] } })).status).toBe(400);
    expect((await checked('DELETE', `${path}/{id}`, one)).status).toBe(204);
    expect((await checked('DELETE', `${path}/{id}`, one)).status).toBe(404);
  });

  it('answers as described about waveforms and thermal frames', async () => {
    const tag = '/api/v1/tags/pump-1.vibration';
    const waveform = { tag: 'pump-1.vibration', at: FRAME.at, rateHz: 25_600, unit: 'm/s2', samples: [1, -0.5] };
    expect((await checked('POST', '/api/v1/waveforms', '/api/v1/waveforms', { body: waveform })).status).toBe(200);
    expect((await checked('POST', '/api/v1/frames', '/api/v1/frames', { body: FRAME })).status).toBe(200);
    const own = await checked('GET', '/api/v1/assets/{asset}/waveforms', '/api/v1/assets/pump-1/waveforms');
    expect(own.status).toBe(200);
    const long = { ...waveform, at: FRAME.at + 1_000, samples: Array.from({ length: 512 }, (_, i) => Math.sin(i)) };
    expect((await checked('POST', '/api/v1/waveforms', '/api/v1/waveforms', { body: long })).status).toBe(200);
    const spectrum = '/api/v1/tags/{tag}/waveforms/{at}/spectrum';
    const ofLong = `${tag}/waveforms/${long.at}/spectrum`;
    await waitFor('its spectrum', async () => (await checked('GET', spectrum, ofLong)).status === 200);
    expect((await checked('GET', spectrum, `${ofLong}?format=svg`)).body).toMatch(/^<svg /);
    expect((await checked('GET', spectrum, `${tag}/waveforms/1/spectrum`)).status).toBe(404);
    const waterfall = '/api/v1/tags/{tag}/waterfall';
    expect((await checked('GET', spectrum, `${ofLong}?format=svg&toHz=5e-324`)).status).toBe(400);
    expect((await checked('GET', waterfall, `${tag}/waterfall?toHz=5e-324`)).status).toBe(400);
    expect((await checked('GET', waterfall, `${tag}/waterfall?toHz=0.001`)).body).not.toMatch(/NaN|Infinity/);
    for (const kind of ['waveforms', 'frames'] as const) {
      const list = await waitFor(`the ${kind}`, async () => {
        const { body } = await checked('GET', `/api/v1/tags/{tag}/${kind}`, `${tag}/${kind}`);
        return body.items.length > 0 && body;
      });
      const one = `${tag}/${kind}/${list.items[0].at}`;
      const { status, body } = await checked('GET', `/api/v1/tags/{tag}/${kind}/{at}`, one);
      expect({ status, tag: body.tag, at: body.at }).toEqual({
        status: 200,
        tag: waveform.tag,
        at: new Date(FRAME.at).toISOString(),
      });
    }
    const frames = await checked('GET', '/api/v1/assets/{asset}/frames', '/api/v1/assets/pump-1/frames');
    expect(frames.body.items).toMatchObject([{ tag: FRAME.tag, width: 2, height: 1 }]);
    const picture = '/api/v1/tags/{tag}/frames/{at}/picture';
    expect((await checked('GET', picture, `${tag}/frames/newest/picture`)).body).toMatch(/^<svg .*at least 3 × 3/s);
    expect((await checked('GET', picture, `${tag}/frames/1/picture`)).status).toBe(404);
  });

  it('answers mistakes as described', async () => {
    const nowhere = '00000000-0000-0000-0000-000000000000';
    const mistakes: [string, string, string, { body?: unknown }?][] = [
      ['GET', '/api/v1/alerts/{id}', `/api/v1/alerts/${nowhere}`],
      ['GET', '/api/v1/alerts/{id}', '/api/v1/alerts/x'],
      ['GET', '/api/v1/alerts/{id}/picture', `/api/v1/alerts/${nowhere}/picture`],
      ['POST', '/api/v1/alerts/{id}/acknowledge', `/api/v1/alerts/${nowhere}/acknowledge`],
      ['POST', '/api/v1/alerts/{id}/acknowledge', `/api/v1/alerts/${nowhere}/acknowledge`, { body: { note: 5 } }],
      ['GET', '/api/v1/work-orders/{id}', '/api/v1/work-orders/WO-1999-000001'],
      ['POST', '/api/v1/work-orders/{id}/start', '/api/v1/work-orders/%00/start'],
      ['POST', '/api/v1/work-orders/{id}/cancel', `/api/v1/work-orders/${nowhere}/cancel`],
      ['POST', '/api/v1/work-orders/{id}/complete', '/api/v1/work-orders/x/complete', { body: { found: 'it' } }],
      ['POST', '/api/v1/rules/{rule}/learn-anew', '/api/v1/rules/none/learn-anew'],
      ['POST', '/api/v1/rules/{rule}/learn-anew', '/api/v1/rules/high/learn-anew'],
      ['POST', '/api/v1/assets/{asset}/learn-anew', '/api/v1/assets/none/learn-anew', { body: { note: 5 } }],
      ['GET', '/api/v1/tags/{tag}', '/api/v1/tags/a.b'],
      ['GET', '/api/v1/assets/{asset}/health', '/api/v1/assets/none/health'],
      ['GET', '/api/v1/tags/{tag}/readings', '/api/v1/tags/a.%00/readings'],
      ['GET', '/api/v1/tags/{tag}/readings', '/api/v1/tags/pump-1.vibration/readings?from=yesterday'],
      ['GET', '/api/v1/tags/{tag}/readings', '/api/v1/tags/pump-1.vibration/readings?from=2&to=1'],
      ['GET', '/api/v1/tags/{tag}/readings', '/api/v1/tags/pump-1.vibration/readings?maxPoints=1e9'],
      ['GET', '/api/v1/tags/{tag}/aggregates', '/api/v1/tags/pump-1.vibration/aggregates?functions=mode'],
      ['GET', '/api/v1/tags/{tag}/rules', '/api/v1/tags/a.b/rules'],
      ['GET', '/api/v1/readings', '/api/v1/readings?tag=pump-1.vibration&from=0&to=9e9&step=1ms'],
      ['GET', '/api/v1/readings', '/api/v1/readings?tag=pump-1.vibration&from=0&to=9000000000&step=1ms'],
      ['GET', '/api/v1/export', '/api/v1/export?tag=a.b'],
      ['GET', '/api/v1/latest', '/api/v1/latest?limit=0'],
      ['GET', '/api/v1/tags', '/api/v1/tags?cursor=nonsense'],
      ['GET', '/api/v1/tags', '/api/v1/tags?limit=0'],
      ['GET', '/api/v1/alerts', `/api/v1/alerts?cursor=${Buffer.from('[1e300,"x"]').toString('base64url')}`],
      ['GET', '/api/v1/deliveries', '/api/v1/deliveries?alert=1;drop'],
      ['POST', '/api/v1/session', '/api/v1/session', { body: { key: 'wrong' } }],
      ['POST', '/api/v1/session', '/api/v1/session', { body: {} }],
      ['POST', '/api/v1/readings', '/api/v1/readings', { body: { readings: [{}] } }],
      ['POST', '/api/v1/webhooks', '/api/v1/webhooks', { body: { url: 'x', secret: 'mine' } }],
      ['POST', '/api/v1/keys', '/api/v1/keys', { body: { name: 'x', scopes: ['all'] } }],
      ['DELETE', '/api/v1/keys/{id}', '/api/v1/keys/x'],
      ['GET', '/api/v1/unknown-tags', '/api/v1/unknown-tags?cursor=nonsense'],
      ['POST', '/api/v1/unknown-tags/adopt', '/api/v1/unknown-tags/adopt', { body: { source: 'push', tags: [] } }],
      ['POST', '/api/v1/unknown-tags/adopt', '/api/v1/unknown-tags/adopt', { body: { source: 'x', tags: ['a.b'] } }],
      ['POST', '/api/v1/waveforms', '/api/v1/waveforms', { body: { tag: 'a.b' } }],
      ['POST', '/api/v1/frames', '/api/v1/frames', { body: { ...FRAME, celsius: [1] } }],
      ['GET', '/api/v1/tags/{tag}/waveforms', '/api/v1/tags/a.b/waveforms'],
      ['GET', '/api/v1/tags/{tag}/waveforms', '/api/v1/tags/pump-1.vibration/waveforms?limit=0'],
      ['GET', '/api/v1/tags/{tag}/waveforms/{at}', '/api/v1/tags/pump-1.vibration/waveforms/0'],
      ['GET', '/api/v1/tags/{tag}/waveforms/{at}', '/api/v1/tags/pump-1.vibration/waveforms/today'],
      ['GET', '/api/v1/tags/{tag}/frames', '/api/v1/tags/pump-1.vibration/frames?cursor=x'],
      ['GET', '/api/v1/tags/{tag}/frames/{at}', '/api/v1/tags/a.b/frames/0'],
    ];
    for (const [method, template, path, options] of mistakes) {
      const { status, body } = await checked(method, template, path, options);
      expect({ path, isClientError: status >= 400 && status < 500 }).toEqual({ path, isClientError: true });
      expect(body).toMatchObject({
        status,
        title: expect.any(String),
        detail: expect.any(String),
        action: expect.any(String),
      });
      expect(JSON.stringify(body)).not.toMatch(/select |at Object|node_modules|\.ts:/);
    }
  });

  it('lets nobody in without a key, on any route under /api', async () => {
    for (const [template, methods] of Object.entries(paths)) {
      if (!template.startsWith('/api/')) continue;
      for (const [method, operation] of Object.entries(methods)) {
        if (operation.security?.length === 0) continue; // says itself that it is open
        const path = template.replace('{id}', 'x').replace('{tag}', 'x').replace('{at}', '0');
        const { status } = await checked(method.toUpperCase(), template, path, {
          headers: { authorization: 'Bearer wrong' },
        });
        expect({ method, template, status }).toEqual({ method, template, status: 401 });
        expect(operation['x-scope']).toMatch(/^(read|ingest|operate|webhooks|keys|admin)$/);
      }
    }
    const open = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(([, { security }]) => security?.length === 0)
        .map(([method]) => `${method} ${path}`),
    );
    expect(open.sort()).toEqual(['get /health/live', 'get /health/ready', 'get /metrics', 'post /api/v1/session']);
  });

  it('pages through a list without missing or repeating anything', async () => {
    const names = Array.from({ length: 25 }, (_, i) => `rack-${String(i).padStart(2, '0')}.temp`);
    await test.call('POST', '/api/v1/readings', { readings: names.map((tag) => ({ tag, at: Date.now(), value: 1 })) });
    await waitFor('the tags', async () => (await test.call('GET', '/api/v1/tags?limit=1000')).body.items.length === 26);
    const seen: string[] = [];
    let cursor = '';
    do {
      const { body } = await test.call('GET', `/api/v1/tags?limit=4&cursor=${cursor}`);
      seen.push(...body.items.map(({ name }: { name: string }) => name));
      cursor = body.next ?? '';
    } while (cursor !== '');
    expect(seen).toEqual(['pump-1.vibration', ...names]);
  });

  it('serves its documentation and the console under a strict policy', async () => {
    const docs = await fetch(`${test.url}/docs/`);
    expect(docs.status).toBe(200);
    expect(await docs.text()).toContain('swagger');
    const policy = docs.headers.get('content-security-policy')!;
    expect(policy).toContain("script-src 'self'; style-src 'self' 'sha256-");
    expect(policy).not.toMatch(/https:|unsafe|upgrade-insecure-requests/);
    const page = await fetch(`${test.url}/`);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toBe(
      "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
    );
  });
});
