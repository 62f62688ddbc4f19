import { randomUUID } from 'node:crypto';
import { cp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runner } from 'node-pg-migrate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommitContext, commitEntries } from '../../src/alerts/commit.ts';
import { messageId } from '../../src/alerts/message.ts';
import { actOnJob } from '../../src/maintenance/act-on-job.ts';
import type { Transition } from '../../src/model/transition.ts';
import type { WorkFound } from '../../src/model/work-order.ts';
import { listAlertEvents, listJobEvents } from '../../src/store/alert-journal.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { migrate, migrationsFolder } from '../../src/store/migrate.ts';
import { listDoneWorkOrders } from '../../src/store/recorded-alerts.ts';
import { listFaultsOf } from '../../src/store/work-order-faults.ts';
import { listWorkOrderEntries } from '../../src/store/work-order-progress.ts';
import { findWorkOrder } from '../../src/store/work-orders.ts';
import { createDatabase } from '../kit/database.ts';
import { waitFor } from '../kit/wait.ts';

const AT = Date.parse('2026-05-04T08:00:00Z');
const webhook = randomUUID();

let database: Database;
beforeAll(async () => {
  const url = await createDatabase();
  await migrate(url);
  database = openDatabase(url, { connections: 2, name: 'test' });
  await database.query(
    `insert into webhook (id, url, secret, priorities, origin, created_at, created_by)
     values ($1, 'https://cmms.example/hooks', 'sealed', '{}', 'api', $2, 'test')`,
    [webhook, new Date(AT)],
  );
});
afterAll(() => database.close());

let position = 0;
function transitionOf(alert: string, effect: Transition['effect'], more: Partial<Transition> = {}): Transition {
  position += 1;
  return {
    ...{ alert, rule: `rule-of-${alert}`, kind: 'machine', tag: 'pump.flow', asset: 'pump', source: 'push' },
    ...{ priority: 'high', workOrder: { failureMode: 'VIB' }, effect, state: 'unacknowledged', at: AT + position },
    ...{ raisedAt: AT, level: 'H', finding: { value: 5, limit: 4, explanation: 'too high' } },
    ...{ by: null, note: null, position, ...more },
  };
}

/** Commits as live, or with what became of messages that went out while the database was away. */
function commit(transition: Transition, results: CommitContext['results'] = new Map()) {
  const plant = { name: 'test', timezone: 'UTC', points: [] };
  const entry = { logId: 'log', position, at: transition.at, transitions: [transition] };
  return commitEntries(database, [entry], { claim: { at: AT, until: AT }, plant, results });
}

const complete = (number: string, at: number, found: WorkFound | null = 'fault') =>
  actOnJob(database, {
    ...{ number, by: 'Kim', at, plant: 'test' },
    act: { kind: 'complete', found, cause: null, remedy: null, notes: null },
  });

describe('the job of an alert', () => {
  it('is handed in when it was made while the database was away, also the second', async () => {
    const alert = randomUUID();
    const sent = { state: 'delivered', attempts: 1, status: 204, reason: null, nextAt: null, at: AT } as const;
    const commitLater = async (transition: Transition) => {
      const id = messageId(transition);
      const { transitions } = await commit(transition, new Map([[id, new Map([[webhook, sent]])]]));
      const { rows } = await database.query<{ body: { type: string; data: { workOrder: { number: string } } } }>(
        'select body::jsonb as body from delivery where id = $1',
        [`${id}_work-order_${webhook}`],
      );
      return { job: transitions[0]!.workOrder!.number, told: rows[0]?.body.data.workOrder.number };
    };
    const first = await commitLater(transitionOf(alert, 'raised'));
    expect(first.told).toBe(first.job);
    await complete(first.job, AT + 1_000);
    expect((await commitLater(transitionOf(alert, 'returned', { state: 'returned' }))).told).toBeUndefined();
    const second = await commitLater(transitionOf(alert, 'raised again'));
    expect(second.job).not.toBe(first.job);
    expect(second.told).toBe(second.job);
  });

  it('is a label of every range that it was open in', async () => {
    const { transitions } = await commit(transitionOf(randomUUID(), 'raised', { at: AT + 10_000 }));
    const { number } = transitions[0]!.workOrder!;
    await complete(number, AT + 90_000);
    const isFound = async (from: number, to: number) => {
      const jobs = await listDoneWorkOrders(database, { from: AT + from, to: AT + to, limit: 10 });
      return jobs.some((job) => job.number === number);
    };
    const ranges = [
      [0, 5_000],
      [5_000, 20_000],
      [50_000, 60_000],
      [91_000, 95_000],
    ] as const;
    expect(await Promise.all(ranges.map(([from, to]) => isFound(from, to)))).toEqual([false, true, true, false]);
  });

  it('is no label when nothing was found', async () => {
    const { transitions } = await commit(transitionOf(randomUUID(), 'raised', { at: AT + 10_000 }));
    const { number } = transitions[0]!.workOrder!;
    await complete(number, AT + 90_000, 'nothing');
    const jobs = await listDoneWorkOrders(database, { from: AT, to: AT + 100_000, limit: 100 });
    expect(jobs.map((job) => job.number)).not.toContain(number);
  });

  it('is no label when nobody said what was found, unless it is from before that could be said', async () => {
    const { transitions } = await commit(transitionOf(randomUUID(), 'raised', { at: AT + 10_000 }));
    const { number, id } = transitions[0]!.workOrder!;
    await complete(number, AT + 90_000, null);
    const isLabel = async () => {
      const jobs = await listDoneWorkOrders(database, { from: AT, to: AT + 100_000, limit: 100 });
      return jobs.some((job) => job.number === number);
    };
    expect(await isLabel()).toBe(false);
    expect(await listWorkOrderEntries(database, id)).toMatchObject([{ action: 'completed', note: null }]);
    await database.query('update work_order set closed_at = null where number = $1', [number]);
    expect(await isLabel()).toBe(true);
  });

  it('is shown as a person left it who was quicker, not as it was before', async () => {
    const alert = randomUUID();
    const { transitions } = await commit(transitionOf(alert, 'raised', { at: AT + 10_000 }));
    const { number } = transitions[0]!.workOrder!;
    const later = await database.transaction(async (session) => {
      await session.query(`update work_order set state = 'in progress' where number = $1`, [number]);
      const committing = commit(transitionOf(alert, 'acknowledged', { state: 'acknowledged', at: AT + 20_000 }));
      const waiting = waitFor('the commit to wait for the person', async () => {
        const { rows } = await session.query(
          'select from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))',
        );
        return rows.length > 0;
      });
      await Promise.race([waiting, committing]);
      return { committing };
    });
    expect((await later.committing).transitions[0]!.workOrder!.state).toBe('in progress');
  });

  it('keeps its alert and what that said meanwhile when the alert comes back and gets another', async () => {
    const alert = randomUUID();
    const numberOf = async (transition: Transition) => (await commit(transition)).transitions[0]!.workOrder!.number;
    const first = await numberOf(transitionOf(alert, 'raised'));
    await complete(first, AT + 1_000);
    await commit(transitionOf(alert, 'returned', { state: 'returned' }));
    const again = transitionOf(alert, 'raised again');
    const second = await numberOf(again);
    await commit(transitionOf(alert, 'acknowledged', { state: 'acknowledged', by: 'Kim' }));
    const said = async (number: string) => {
      const order = (await findWorkOrder(database, number))!;
      const events = await listJobEvents(database, order.id);
      return { alerts: order.alerts, said: events.map((event) => [event.alert, event.effect]) };
    };
    const expected = [
      { alerts: [alert], said: ['raised', 'returned'].map((effect) => [alert, effect]) },
      { alerts: [alert], said: ['raised again', 'acknowledged'].map((effect) => [alert, effect]) },
    ];
    expect([await said(first), await said(second)]).toEqual(expected);
    const { id } = (await findWorkOrder(database, first))!;
    expect(await listFaultsOf(database, id)).toEqual([{ rule: `rule-of-${alert}`, tag: 'pump.flow', from: AT }]);
    expect((await listAlertEvents(database, alert)).map(({ workOrder }) => workOrder)).toEqual([
      ...[first, first],
      ...[second, second],
    ]);

    // Committed again after somebody closed it, as nobody knew whether it was: it makes no third job.
    await complete(second, AT + 2_000);
    expect(await numberOf(again)).toBe(second);
    expect([await said(first), await said(second)]).toEqual(expected);
  });

  it('of an older version keeps what it has', async () => {
    const url = await createDatabase();
    const older = join(tmpdir(), `migrations-${randomUUID()}`);
    await cp(migrationsFolder, older, { recursive: true, filter: (path) => !/\/00(?:1[89]|[2-9]\d)_/.test(path) });
    const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
    await runner({ databaseUrl: url, dir: older, migrationsTable: 'migration', direction: 'up', logger: log });
    const before = openDatabase(url, { connections: 1, name: 'test' });
    const [alert, job] = [randomUUID(), randomUUID()];
    await before.query(
      `insert into work_order (id, number, state, title, description, failure_mode, priority, created_at)
       values ($1, 'WO-2026-000004', 'done', 'old', 'old', 'VIB', 'high', $2)`,
      [job, new Date(AT)],
    );
    await before.query(
      `insert into alert (id, rule, kind, state, priority, raised_at, explanation, work_order_id, log_id, log_position)
       values ($1, 'old', 'machine', 'returned', 'high', $2, 'too high', $3, 'log', 1)`,
      [alert, new Date(AT), job],
    );
    await before.query(
      `insert into alert_event (alert_id, at, effect, log_position) values ($1, $2, 'raised', 1), ($1, $2, 'returned', 2)`,
      [alert, new Date(AT)],
    );
    await migrate(url);
    expect((await findWorkOrder(before, job))!.alerts).toEqual([alert]);
    expect((await listJobEvents(before, job)).map(({ effect }) => effect)).toEqual(['raised', 'returned']);
    await before.close();
    await rm(older, { recursive: true });
  });

  it('is called by the name of its asset', async () => {
    await database.query(`insert into asset (id, name, origin) values ('fan-7', 'Roof fan', 'plant')`);
    const titles = ['fan-7', 'unnamed-1'].map(async (asset) => {
      const { transitions } = await commit(transitionOf(randomUUID(), 'raised', { asset }));
      return transitions[0]!.workOrder!.title;
    });
    expect(await Promise.all(titles)).toEqual(['Roof fan: vibration', 'unnamed-1: vibration']);
  });

  it('is answered as the act left it', async () => {
    const { transitions } = await commit(transitionOf(randomUUID(), 'raised', { at: AT + 10_000 }));
    const acted = await complete(transitions[0]!.workOrder!.number, AT + 30_000);
    expect(acted).toMatchObject({ kind: 'moved', job: { state: 'done', closedBy: 'Kim', closedAt: AT + 30_000 } });
  });
});
