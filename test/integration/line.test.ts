import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/store/database.ts';
import { listDoneWorkOrders } from '../../src/store/recorded-alerts.ts';
import { queryDatabase } from '../kit/database.ts';
import { followEvents } from '../kit/events.ts';
import { startTestService, type TestService } from '../kit/service.ts';
import { waitFor } from '../kit/wait.ts';

const PLANT = `
plant: line-test
timezone: Europe/Berlin
adapters:
  push: { kind: http, adopt: auto }
assets:
  press-1:
    name: Stamping press 1
    class: motor
    tags:
      vibration: { unit: mm/s, from: push, range: [0, 50] }
      speed: { unit: /min, from: push }
      sentinel: { from: push }
rules:
  press-1-vibration-high:
    on: press-1.vibration
    detect: limit
    with: { high: 4.5, highHigh: 7.1, deadband: 0.2 }
    when: tag("press-1.speed") > 100.0
    onDelay: 1s
    offDelay: 1s
    priority: high
    workOrder: { failureMode: VIB, due: 7d }
  sentinel: { on: press-1.sentinel, detect: limit, with: { high: 0 }, latch: true }
allowPrivateWebhookTargets: ["127.0.0.1/32"]
`;

let test: TestService;
beforeAll(async () => {
  test = await startTestService(PLANT);
});
afterAll(() => test[Symbol.asyncDispose]());

const push = (...readings: readonly { tag: string; at: number; value: number | null; quality?: string }[]) =>
  test.call('POST', '/api/v1/readings', { readings });

describe('the line from a pushed reading to a signed webhook', () => {
  it('stores what it answered for, once, and gives it back', async () => {
    const at = Date.now() - 60_000;
    const readings = Array.from({ length: 500 }, (_, i) => ({ tag: `asset-${i % 5}.temp`, at: at + i, value: i / 7 }));
    expect((await push(...readings)).body).toEqual({ accepted: 500, rejected: [] });
    expect((await push(...readings)).body.accepted).toBe(500);
    const count = () =>
      queryDatabase<{ n: number; bad: number }>(
        test.databaseUrl,
        'select count(*)::int as n, count(distinct (tag_id, at))::int as bad from reading',
      );
    await waitFor('500 rows', async () => (await count())[0]!.n >= 500);
    expect((await count())[0]).toEqual({ n: 500, bad: 500 });
    const { body } = await test.call('GET', `/api/v1/tags/asset-3.temp/readings?from=${at}&to=${at + 1000}`);
    expect(body.items.map(({ value }: { value: number }) => value)).toEqual(
      readings.filter(({ tag }) => tag === 'asset-3.temp').map(({ value }) => value),
    );
  });

  it('counts another value for the same time as a conflict and keeps the first', async () => {
    const at = Date.now() - 30_000;
    await push({ tag: 'asset-9.x', at, value: 1 });
    await waitFor(
      'the first value',
      async () => (await test.call('GET', '/api/v1/tags/asset-9.x')).body.latest?.value === 1,
    );
    await push({ tag: 'asset-9.x', at, value: 2 });
    await waitFor('the conflict to be counted', async () => {
      const text = await (await fetch(`${test.url}/metrics`)).text();
      return /^writer_readings_conflict_total 1$/m.test(text);
    });
    const { body } = await test.call('GET', `/api/v1/tags/asset-9.x/readings?from=${at}&to=${at + 1}`);
    expect(body.items).toEqual([{ at: new Date(at).toISOString(), value: 1, quality: 'good' }]);
  });

  it('makes of a lasting exceedance one alert, one work order and one signed message, and acknowledges through the log', async () => {
    const received: { headers: IncomingHttpHeaders; body: string }[] = [];
    const receiver = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        received.push({ headers: request.headers, body });
        response.writeHead(204).end();
      });
    }).listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    const created = await test.call('POST', '/api/v1/webhooks', {
      url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hooks`,
    });
    expect(created.status).toBe(201);

    const seen = await followEvents(`${test.url}/api/v1/events`, test.adminKey);

    const start = Date.now();
    await push({ tag: 'press-1.speed', at: start, value: 1450 }, { tag: 'press-1.vibration', at: start, value: 2.1 });
    await push({ tag: 'press-1.vibration', at: start + 100, value: 5.2 });
    const alert = await waitFor(
      'the alert',
      async () => (await test.call('GET', '/api/v1/alerts?state=active')).body.items[0],
    );
    expect(alert).toMatchObject({
      rule: 'press-1-vibration-high',
      tag: 'press-1.vibration',
      asset: 'press-1',
      state: 'unacknowledged',
      priority: 'high',
      level: 'H',
      raisedAt: new Date(start + 1_100).toISOString(),
    });
    expect(alert.explanation).toContain('4.5 mm/s');
    expect(alert.workOrder).toMatch(/^WO-\d{4}-000001$/);

    const orders = (await test.call('GET', '/api/v1/work-orders')).body.items;
    expect(orders).toHaveLength(1);
    expect(orders[0]).toMatchObject({
      number: alert.workOrder,
      state: 'open',
      asset: 'press-1',
      failureMode: 'VIB',
      alerts: [alert.id],
    });

    const message = await waitFor('the webhook', () =>
      received.find(({ body }) => JSON.parse(body).type === 'alert.raised'),
    );
    expect(JSON.parse(message.body).data).toMatchObject({
      plant: 'line-test',
      alert: { id: alert.id, workOrder: alert.workOrder },
    });
    expect(isSigned(message, created.body.secret)).toBe(true);
    expect(isSigned({ ...message, body: `${message.body} ` }, created.body.secret)).toBe(false);
    await waitFor('the delivery to be written down', async () => {
      const { items } = (await test.call('GET', `/api/v1/deliveries?alert=${alert.id}`)).body;
      return items.some((delivery: { state: string; effect: string; webhookId: string; attempts: number }) => {
        return (
          delivery.effect === 'raised' &&
          delivery.state === 'delivered' &&
          delivery.webhookId === created.body.id &&
          delivery.attempts === 1
        );
      });
    });

    const acknowledged = await test.call('POST', `/api/v1/alerts/${alert.id}/acknowledge`, { note: 'on my way' });
    expect(acknowledged.body).toMatchObject({
      state: 'acknowledged',
      acknowledgedBy: 'administrator (MILLWRIGHT_ADMIN_KEY)',
    });
    expect((await test.call('POST', `/api/v1/alerts/${alert.id}/acknowledge`)).status).toBe(409);
    await waitFor('the acknowledgement in the event stream', () =>
      seen.some(({ name, data }) => name === 'alert' && data.effect === 'acknowledged' && data.id === alert.id),
    );
    await waitFor('the readings in the event stream', () =>
      seen.some(
        ({ name, data }) =>
          name === 'readings' && data.some((reading: { tag: string }) => reading.tag === 'press-1.vibration'),
      ),
    );

    await push(
      { tag: 'press-1.vibration', at: start + 2_000, value: 2.0 },
      { tag: 'press-1.vibration', at: start + 3_500, value: 2.0 },
    );
    await waitFor(
      'the alert to clear',
      async () => (await test.call('GET', `/api/v1/alerts/${alert.id}`)).body.state === 'normal',
    );
    const detail = (await test.call('GET', `/api/v1/alerts/${alert.id}`)).body;
    expect(detail.events.map(({ effect }: { effect: string }) => effect)).toEqual([
      'raised',
      'acknowledged',
      'cleared',
    ]);
    expect(detail.events[1]).toMatchObject({ by: 'administrator (MILLWRIGHT_ADMIN_KEY)', note: 'on my way' });

    const job = (await test.call('GET', `/api/v1/work-orders/${alert.workOrder}`)).body;
    expect(job.description).toMatch(
      /^Back to normal since [^\n]+: press-1\.vibration is 2 mm\/s, back below the limit/,
    );
    expect(job.description).toContain('\npress-1.vibration is 5.2 mm/s, 0.7 mm/s above the high limit');
    expect(job.events.map(({ alert, effect }: { alert: string; effect: string }) => [alert, effect])).toEqual(
      detail.events.map(({ effect }: { effect: string }) => [alert.id, effect]),
    );
    expect(job.events.at(-1).explanation).toBe(detail.explanation);
    const told = await waitFor('the message that it is over', () =>
      received.map(({ body }) => JSON.parse(body)).find(({ type }) => type === 'alert.cleared'),
    );
    expect(told.data.workOrder).toMatchObject({
      ...{ description: job.description, alsoOpen: [], page: `/#/work-order/${job.number}` },
    });

    const startJob = () => test.call('POST', `/api/v1/work-orders/${alert.workOrder}/start`, { note: 'with Kim' });
    const by = 'administrator (MILLWRIGHT_ADMIN_KEY)';
    const begun = await startJob();
    expect(begun.body).toMatchObject({ state: 'in progress', startedBy: by, closedAt: null });
    expect(await startJob()).toEqual(begun);
    expect((await test.call('POST', `/api/v1/work-orders/${alert.workOrder}/start`)).status).toBe(409);
    const begin = await waitFor('the message that somebody works on it', () =>
      received.map(({ body }) => JSON.parse(body)).find(({ type }) => type === 'work_order.started'),
    );
    expect(begin).toMatchObject({
      timestamp: begun.body.startedAt,
      data: {
        plant: 'line-test',
        by,
        workOrder: { number: alert.workOrder, state: 'in progress', alerts: [alert.id] },
      },
    });
    await waitFor('the live event of it', () =>
      seen.some(({ name, data }) => name === 'workOrder' && data.state === 'in progress'),
    );
    receiver.close();
    receiver.closeAllConnections();
  });

  it('neither raises for a machine that stands still nor for a bad reading', async () => {
    const start = Date.now() + 5_000;
    await push(
      { tag: 'press-1.speed', at: start, value: 0 },
      { tag: 'press-1.vibration', at: start, value: 9 },
      { tag: 'press-1.vibration', at: start + 3_000, value: 9 },
    );
    await push(
      { tag: 'press-1.speed', at: start + 4_000, value: 1450 },
      { tag: 'press-1.vibration', at: start + 4_100, value: 99 },
      { tag: 'press-1.vibration', at: start + 6_000, value: 99 },
    );
    await push({ tag: 'press-1.vibration', at: start + 6_100, value: 2 });
    // The log is in order: when what comes last has raised its alert, all before it has been judged.
    await push({ tag: 'press-1.sentinel', at: Date.now(), value: 1 });
    const active = await waitFor('the sentinel', async () => {
      const { items } = (await test.call('GET', '/api/v1/alerts?state=active')).body;
      return items.some(({ rule }: { rule: string }) => rule === 'sentinel') && items;
    });
    expect(active.map(({ rule }: { rule: string }) => rule)).toEqual(['sentinel']);

    const [{ id, workOrder }] = active;
    const { items: jobs } = (await test.call('GET', '/api/v1/work-orders')).body;
    const [second, first] = jobs;
    expect(second).toMatchObject({ number: workOrder, alsoOpen: [first.number] });
    expect(first.alsoOpen).toEqual([workOrder]);
    expect((await test.call('GET', `/api/v1/work-orders/${workOrder}`)).body.alsoOpen).toEqual([first.number]);
    const reset = () => test.call('POST', `/api/v1/alerts/${id}/reset`, { note: 'valve closed' });
    expect((await reset()).body).toMatchObject({
      status: 409,
      detail: expect.stringContaining('acknowledge it first'),
    });
    await test.call('POST', `/api/v1/alerts/${id}/acknowledge`);
    await push({ tag: 'press-1.sentinel', at: Date.now(), value: 0 });
    const done = await waitFor('the latched alert to be resettable', async () => {
      const { status, body } = await reset();
      return status === 200 && body;
    });
    expect(done).toMatchObject({ state: 'normal', acknowledgedAt: expect.any(String), returnedAt: expect.any(String) });
    const { events } = (await test.call('GET', `/api/v1/alerts/${id}`)).body;
    expect(events.at(-1)).toMatchObject({ effect: 'cleared', note: 'valve closed' });
  });

  it('closes a job once, with what was found, and makes another for what comes after', async () => {
    const jobs = async () => (await test.call('GET', '/api/v1/work-orders')).body.items;
    const first = (await jobs()).at(-1);
    const act = (what: string, body: unknown) => test.call('POST', `/api/v1/work-orders/${first.id}/${what}`, body);
    const result = { found: 'fault', cause: 'loose foot', remedy: 'tightened', notes: ' ' };
    const done = await act('complete', result);
    const what = { state: 'done', found: 'fault', cause: 'loose foot', remedy: 'tightened', notes: null };
    expect(done).toMatchObject({ status: 200, body: what });
    expect(await act('complete', result)).toEqual(done);
    expect((await act('complete', { found: 'nothing' })).body).toMatchObject({ status: 409, code: 'conflict' });
    expect((await act('cancel', {})).status).toBe(409);
    expect((await act('start', {})).status).toBe(409);
    const { actions } = (await test.call('GET', `/api/v1/work-orders/${first.number}`)).body;
    const by = 'administrator (MILLWRIGHT_ADMIN_KEY)';
    expect(actions).toMatchObject([
      { action: 'started', by, note: 'with Kim' },
      { action: 'completed', by, note: 'found a fault; cause: loose foot; remedy: tightened' },
    ]);
    const { items } = (await test.call('GET', `/api/v1/deliveries?alert=${first.alerts[0]}`)).body;
    expect(items.filter(({ effect }: { effect: string }) => effect === 'completed')).toHaveLength(1);

    const second = (await jobs())[0];
    const unsaid = await test.call('POST', `/api/v1/work-orders/${second.number}/complete`, {});
    expect(unsaid).toMatchObject({ status: 200, body: { state: 'done', found: null } });
    const database = openDatabase(test.databaseUrl, { connections: 1, name: 'labels' });
    const labels = await listDoneWorkOrders(database, { from: 0, to: Date.now(), limit: 10 });
    await database.close();
    const closedAt = Date.parse(done.body.closedAt);
    expect(labels).toMatchObject([{ number: first.number, asset: 'press-1', closedAt }]);

    const at = Date.now() + 20_000; // after what the machine has said so far
    await push(
      { tag: 'press-1.speed', at, value: 1450 },
      { tag: 'press-1.vibration', at, value: 5.2 },
      { tag: 'press-1.vibration', at: at + 1_500, value: 5.2 },
    );
    const another = await waitFor('another job', async () =>
      (await jobs()).find((job: { failureMode: string; state: string }) => {
        return job.failureMode === 'VIB' && job.state === 'open';
      }),
    );
    expect(another.alerts).not.toContain(first.alerts[0]);
    expect(another.alsoOpen).not.toContain(first.number);
  });

  it('marks a value outside its range as bad and keeps it', async () => {
    const at = Date.now() - 20_000;
    await push({ tag: 'press-1.vibration', at, value: 99 });
    const { items } = await waitFor('the reading', async () => {
      const { body } = await test.call('GET', `/api/v1/tags/press-1.vibration/readings?from=${at}&to=${at + 1}`);
      return body.items.length > 0 && body;
    });
    expect(items).toEqual([{ at: new Date(at).toISOString(), value: 99, quality: 'bad', code: 0x803c0000 }]);
  });

  it('refuses a webhook to a private address that is not listed', async () => {
    for (const url of [
      'http://10.0.0.1/hooks',
      'https://169.254.169.254/latest',
      'http://[::1]/x',
      'ftp://example.com/x',
      'not a url',
    ]) {
      const { status, body } = await test.call('POST', '/api/v1/webhooks', { url });
      expect({ url, status, code: body.code }).toEqual({ url, status: 422, code: 'blocked_address' });
    }
  });
});

/** Checks a signature by the Standard Webhooks specification, with nothing of the code that signed. */
function isSigned({ headers, body }: { headers: IncomingHttpHeaders; body: string }, secret: string): boolean {
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  const expected = createHmac('sha256', Buffer.from(secret.slice('whsec_'.length), 'base64'))
    .update(signed)
    .digest('base64');
  return String(headers['webhook-signature']).split(' ').includes(`v1,${expected}`);
}
