import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { queryDatabase } from '../kit/database.ts';
import { startTestService, type TestService } from '../kit/service.ts';
import { waitFor } from '../kit/wait.ts';

const PLANT = 'plant: writer\ntimezone: UTC\nadapters:\n  push: { kind: http, adopt: auto }\n';
const DAY_MS = 86_400_000;

let test: TestService;
beforeAll(async () => {
  test = await startTestService(PLANT);
});
afterAll(() => test[Symbol.asyncDispose]());

const push = (readings: readonly { tag: string; at: number; value: number }[]) =>
  test.call('POST', '/api/v1/readings', { readings });
const count = async (where: string) =>
  (
    await queryDatabase<{ n: number }>(
      test.databaseUrl,
      `select count(*)::int as n from reading r join tag t on t.id = r.tag_id where ${where}`,
    )
  )[0]!.n;
const metric = async (name: string) => {
  const text = await (await fetch(`${test.url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\d+)`, 'm').exec(text)?.[1]);
};

describe('the writer', () => {
  it('leaves out the one reading the database will never take, and stores all others of its batch', async () => {
    await queryDatabase(
      test.databaseUrl,
      'alter table reading add constraint poison check (value is null or value <> 666)',
    );
    const at = Date.now() - 60_000;
    await push(Array.from({ length: 500 }, (_, i) => ({ tag: `p.t${i % 3}`, at: at + i, value: i === 123 ? 666 : i })));
    await waitFor('the others', async () => (await count(`t.name like 'p.%'`)) === 499);
    await waitFor('the one to be counted', async () => (await metric('writer_readings_quarantined_total')) === 1);
    await push([{ tag: 'p.t0', at: at + 1_000, value: 1 }]);
    await waitFor('what comes after it', async () => (await count(`t.name like 'p.%'`)) === 500);
    const { items } = (await test.call('GET', '/api/v1/quarantine')).body;
    expect(items).toMatchObject([{ source: 'push', tag: 'p.t0', value: '666', reason: '23514' }]);
    expect(items[0].at).toBe(new Date(at + 123).toISOString());
    expect(items[0].detail).toContain('poison');
  });

  it('quarantines each of many once, also when some of their batch is there already', async () => {
    const at = Date.now() - 120_000;
    const rows = Array.from({ length: 300 }, (_, i) => ({ tag: 'm.x', at: at + i, value: i % 50 === 7 ? 666 : i }));
    await push(rows.slice(100, 105));
    await waitFor('the first', async () => (await count(`t.name = 'm.x'`)) === 5);
    await push(rows);
    await waitFor('the rest', async () => (await count(`t.name = 'm.x'`)) === 294);
    const first = (await test.call('GET', '/api/v1/quarantine?limit=4')).body;
    const second = (await test.call('GET', `/api/v1/quarantine?limit=4&cursor=${first.next}`)).body;
    const times = [...first.items, ...second.items]
      .filter(({ tag }) => tag === 'm.x')
      .map((item) => Date.parse(item.at));
    expect(times.sort()).toEqual([7, 57, 107, 157, 207, 257].map((i) => at + i));
    expect((await test.call('GET', `/api/v1/quarantine?cursor=${btoa('[1,"x"]')}`)).status).toBe(400);
  });

  it('stores old readings after retention has dropped the partition they belong to', async () => {
    const old = Date.now() - 300 * DAY_MS;
    await push([{ tag: 'q.x', at: old, value: 1 }]);
    await waitFor('the first', async () => (await count(`t.name = 'q.x'`)) === 1);
    const [partition] = await queryDatabase<{ name: string }>(
      test.databaseUrl,
      `select r.tableoid::regclass::text as name from reading r join tag t on t.id = r.tag_id where t.name = 'q.x'`,
    );
    await queryDatabase(test.databaseUrl, `drop table ${partition!.name}`);
    await push([{ tag: 'q.x', at: old + 1, value: 2 }]);
    await waitFor('the second', async () => (await count(`t.name = 'q.x'`)) === 1);
  });

  it('waits while it lacks a right, and goes on when it has it again', async () => {
    await queryDatabase(test.databaseUrl, 'alter table reading rename to reading_away');
    await push([{ tag: 'r.x', at: Date.now(), value: 1 }]);
    await waitFor('it to have tried', async () => (await metric('writer_failures_total')) > 0);
    await queryDatabase(test.databaseUrl, 'alter table reading_away rename to reading');
    await waitFor('the reading', async () => (await count(`t.name = 'r.x'`)) === 1);
  });

  it('brings a tag back that the plant file no longer lists when it is pushed again', async () => {
    await push([{ tag: 's.x', at: Date.now() - 5, value: 1 }]);
    await waitFor('the tag', async () => (await test.call('GET', '/api/v1/tags/s.x')).status === 200);
    await queryDatabase(test.databaseUrl, `update tag set retired_at = now() where name = 's.x'`);
    await test[Symbol.asyncDispose]();
    test = await startTestService(PLANT, { databaseUrl: test.databaseUrl });
    await push([{ tag: 's.x', at: Date.now(), value: 2 }]);
    await waitFor('it to be listed', async () => {
      const { items } = (await test.call('GET', '/api/v1/tags?limit=1000')).body;
      return items.some(({ name }: { name: string }) => name === 's.x');
    });
  });
});

describe('the outbox', () => {
  it('sends what piled up in the order in which it happened', async () => {
    const { createDeliveries, claimDeliveries, finishDelivery, releaseClaims } = await import(
      '../../src/store/deliveries.ts'
    );
    const { openDatabase } = await import('../../src/store/database.ts');
    const database = openDatabase(test.databaseUrl, { connections: 1, name: 'test' });
    const alert = '11111111-1111-8111-a111-111111111111';
    const now = Date.now() + 1_000_000; // the service's own outbox does not see them yet
    await queryDatabase(
      test.databaseUrl,
      `insert into alert (id, rule, kind, state, priority, raised_at, explanation, log_id, log_position)
       values ('${alert}', 'r', 'machine', 'normal', 'low', now(), 'x', 'log', 1)`,
    );
    await queryDatabase(
      test.databaseUrl,
      `insert into webhook (id, url, secret, priorities, origin, created_at, created_by) values ('wh_order', 'https://example.com', 's', '{}', 'api', now(), 'test')`,
    );
    const effects = ['raised', 'returned', 'raised again', 'acknowledged', 'cleared'] as const;
    for (const [i, effect] of effects.entries()) {
      const id = `msg_${alert}_${998 + i}_${effect}`;
      await createDeliveries(database, { id, alert, effect, priority: 'low', body: String(i), at: now }, null);
    }
    const bodies: string[] = [];
    for (let i = 0; i < effects.length; i++) {
      const [delivery, ...more] = await claimDeliveries(database, now, 10, 1_000);
      expect(more).toEqual([]); // one at a time for one endpoint
      bodies.push(delivery!.body);
      await finishDelivery(database, delivery!.id, {
        state: 'delivered',
        attempts: 1,
        status: 200,
        reason: null,
        nextAt: null,
        at: now,
      });
    }
    expect(bodies).toEqual(['0', '1', '2', '3', '4']);

    // The next one of an endpoint is handed out as it is put in, and given back when the service that took it has ended.
    const claim = { at: now, until: now + 1_000 };
    const put = (id: string) =>
      createDeliveries(database, { id, alert, effect: 'changed', priority: 'low', body: id, at: now }, claim);
    expect(await put('first')).toMatchObject([{ id: 'first_wh_order', webhookId: 'wh_order', body: 'first' }]);
    expect(await put('second')).toEqual([]);
    expect(await claimDeliveries(database, now, 10, 1_000)).toEqual([]);
    await releaseClaims(database);
    expect(await put('third')).toEqual([]);
    for (const id of ['first', 'second', 'third']) {
      expect(await claimDeliveries(database, now, 10, 1_000)).toMatchObject([{ body: id }]);
      const sent = { state: 'delivered', attempts: 1, status: 200, reason: null, nextAt: null, at: now } as const;
      expect(await finishDelivery(database, `${id}_wh_order`, sent)).toMatchObject({
        state: 'delivered',
        url: 'https://example.com',
      });
    }

    // Given back without an attempt, it says nothing about its endpoint: the next one is handed out again.
    const released = { state: 'pending', attempts: 0, status: null, reason: null, nextAt: now, at: now } as const;
    const failing = () => queryDatabase(test.databaseUrl, `select failing from webhook where id = 'wh_order'`);
    expect(await put('fourth')).toMatchObject([{ id: 'fourth_wh_order' }]);
    await finishDelivery(database, 'fourth_wh_order', released);
    expect(await failing()).toEqual([{ failing: false }]);
    const refused = { ...released, state: 'failed', attempts: 1, status: 500, reason: 'x' } as const;
    for (const result of [refused, { ...refused, status: null, reason: null }]) {
      expect(await claimDeliveries(database, now, 10, 1_000)).toMatchObject([{ body: 'fourth' }]);
      await finishDelivery(database, 'fourth_wh_order', result);
      expect(await failing()).toEqual([{ failing: true }]);
    }
    await finishDelivery(database, 'fourth_wh_order', { ...released, state: 'delivered', attempts: 2, status: 200 });
    expect(await failing()).toEqual([{ failing: false }]);

    // An endpoint that failed comes after those that work, however old its messages are.
    await queryDatabase(
      test.databaseUrl,
      `insert into webhook (id, url, secret, priorities, origin, created_at, created_by) values ('wh_second', 'https://example.com', 's', '{}', 'api', now(), 'test')`,
    );
    for (const i of [1, 2]) {
      const message = { id: `msg_again_${i}`, alert, effect: 'changed', priority: 'low', body: 'x', at: now } as const;
      await createDeliveries(database, message, null);
    }
    const [first] = await claimDeliveries(database, now, 1, 1_000);
    await finishDelivery(database, first!.id, {
      state: 'failed',
      attempts: 1,
      status: 500,
      reason: 'x',
      nextAt: now,
      at: now,
    });
    const turns: string[] = [];
    for (let i = 0; i < 3; i++) {
      const [delivery] = await claimDeliveries(database, now, 1, 1_000);
      turns.push(delivery!.webhookId);
      await finishDelivery(database, delivery!.id, {
        state: 'delivered',
        attempts: 1,
        status: 200,
        reason: null,
        nextAt: null,
        at: now,
      });
    }
    const other = first!.webhookId === 'wh_order' ? 'wh_second' : 'wh_order';
    expect(turns.slice(0, 2)).toEqual([other, other]);
    await database.close();
  });
});
