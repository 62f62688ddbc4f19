import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommitContext, commitEntries } from '../../src/alerts/commit.ts';
import { messageId } from '../../src/alerts/message.ts';
import { actOnJob } from '../../src/maintenance/act-on-job.ts';
import type { Transition } from '../../src/model/transition.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import { listDoneWorkOrders } from '../../src/store/recorded-alerts.ts';
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

const complete = (number: string, at: number) =>
  actOnJob(database, {
    ...{ number, by: 'Kim', at, plant: 'test' },
    act: { kind: 'complete', found: 'fault', cause: null, remedy: null, notes: null },
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

  it('is answered as the act left it', async () => {
    const { transitions } = await commit(transitionOf(randomUUID(), 'raised', { at: AT + 10_000 }));
    const acted = await complete(transitions[0]!.workOrder!.number, AT + 30_000);
    expect(acted).toMatchObject({ kind: 'moved', job: { state: 'done', closedBy: 'Kim', closedAt: AT + 30_000 } });
  });
});
