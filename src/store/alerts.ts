import { type Alert, type AlertKind, isMeasured } from '../model/alert.ts';
import type { EpochMs } from '../model/reading.ts';
import type { DatedLife } from '../model/remaining-life.ts';
import type { Transition } from '../model/transition.ts';
import type { Session } from './database.ts';

/**
 * Writes an alert as it stands after a transition, and the line of its journal. Doing it again changes nothing.
 * Answers whether the line is new.
 */
export async function storeAlert(
  session: Session,
  alert: Alert,
  transition: Transition,
  logId: string,
): Promise<boolean> {
  const optional = (time: EpochMs | null) => (time === null ? null : new Date(time));
  const stored = session.query(
    `insert into alert (id, rule, kind, tag, asset, source, state, level, priority, raised_at, returned_at, cleared_at,
                        acknowledged_at, acknowledged_by, value, limit_value, explanation, log_id, log_position, rul, fault)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
     on conflict (id) do update set state = excluded.state, level = excluded.level, priority = excluded.priority, returned_at = excluded.returned_at,
       cleared_at = excluded.cleared_at, acknowledged_at = excluded.acknowledged_at,
       acknowledged_by = excluded.acknowledged_by, value = excluded.value, limit_value = excluded.limit_value,
       explanation = excluded.explanation, log_id = excluded.log_id, log_position = excluded.log_position, rul = excluded.rul,
       fault = excluded.fault`,
    [
      alert.id,
      alert.rule,
      alert.kind,
      alert.tag,
      alert.asset,
      alert.source,
      alert.state,
      alert.level,
      alert.priority,
      new Date(alert.raisedAt),
      optional(alert.returnedAt),
      optional(alert.clearedAt),
      optional(alert.acknowledgedAt),
      alert.acknowledgedBy,
      alert.value,
      alert.limit,
      alert.explanation,
      logId,
      transition.position,
      jsonOf(alert.rul),
      alert.fault ?? null,
    ],
    { isKept: true },
  );
  const measured = isMeasured(transition.kind) ? transition.finding : null;
  const journaled = session.query(
    `insert into alert_event (alert_id, at, effect, by, note, level, value, limit_value, explanation, log_position, rul)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
     on conflict (alert_id, log_position, effect, at) do nothing`,
    [
      transition.alert,
      new Date(transition.at),
      transition.effect,
      transition.by,
      transition.note,
      transition.level,
      measured?.value ?? null,
      measured?.limit ?? null,
      transition.finding?.explanation ?? null,
      transition.position,
      jsonOf(transition.rul),
    ],
    { isKept: true },
  );
  const [, { rowCount }] = await Promise.all([stored, journaled]);
  return rowCount === 1;
}

function jsonOf(rul: DatedLife | undefined): string | null {
  return rul === undefined ? null : JSON.stringify(rul);
}

/** Links an alert to its job, from the newest line of its journal on. A job that it had before keeps it, and the lines until then. */
export async function linkWorkOrder(session: Session, alertId: string, workOrderId: string): Promise<void> {
  await session.query('update alert set work_order_id = $2 where id = $1', [alertId, workOrderId]);
  await session.query(
    `insert into work_order_alert (work_order_id, alert_id, first_event)
     select $2, $1, coalesce(max(id), 0) from alert_event where alert_id = $1
     on conflict (work_order_id, alert_id) do nothing`,
    [alertId, workOrderId],
  );
}

/** One alert, `null` when there is none. */
export async function findAlert(session: Session, id: string): Promise<Alert | null> {
  const { rows } = await session.query<RawAlert>(`${SELECT_ALERT} where a.id = $1`, [id]);
  return rows[0] ? toAlert(rows[0]) : null;
}

/** Those of the alerts that there are. */
export async function findAlerts(session: Session, ids: readonly string[]): Promise<Alert[]> {
  const { rows } = await session.query<RawAlert>(`${SELECT_ALERT} where a.id = any($1::uuid[])`, [ids], {
    isKept: true,
  });
  return rows.map(toAlert);
}

/** Alerts, newest first, after the given place in that order. */
export async function listAlerts(
  session: Session,
  page: {
    readonly state: 'active' | 'all';
    readonly asset?: string | undefined;
    readonly kind?: AlertKind | undefined;
    readonly after?: { readonly at: EpochMs; readonly id: string } | undefined;
    readonly limit: number;
  },
): Promise<Alert[]> {
  const { rows } = await session.query<RawAlert>(
    `${SELECT_ALERT}
      where ($1 = 'all' or a.state <> 'normal') and ($2::text is null or a.asset = $2)
        and ($6::text is null or a.kind = $6)
        and ($3::timestamptz is null or (a.raised_at, a.id) < ($3, $4::uuid))
      order by a.raised_at desc, a.id desc limit $5`,
    [
      page.state,
      page.asset ?? null,
      page.after ? new Date(page.after.at) : null,
      page.after?.id ?? null,
      page.limit,
      page.kind ?? null,
    ],
  );
  return rows.map(toAlert);
}

/**
 * Alerts whose condition holds: those of the assets, and those of every link. As many as there are conditions in the plant at most.
 */
export async function listStandingAlerts(session: Session, assets: readonly string[]): Promise<Alert[]> {
  const { rows } = await session.query<RawAlert>(
    `${SELECT_ALERT}
      where a.state in ('unacknowledged', 'acknowledged') and (a.kind = 'communications' or a.asset = any($1::text[]))
      order by a.raised_at, a.id`,
    [assets],
  );
  return rows.map(toAlert);
}

/** The newest alerts of a job whose condition holds, but for one, oldest first. */
export async function listStandingOfJob(
  session: Session,
  workOrderId: string,
  { except, limit }: { readonly except: string; readonly limit: number },
): Promise<Alert[]> {
  const { rows } = await session.query<RawAlert>(
    `${SELECT_ALERT}
      where a.work_order_id = $1 and a.id <> $2 and a.state in ('unacknowledged', 'acknowledged')
      order by a.raised_at desc, a.id desc limit $3`,
    [workOrderId, except, limit],
  );
  return rows.map(toAlert).reverse();
}

const SELECT_ALERT = `
  select a.id, a.rule, a.kind, a.tag, a.asset, a.source, a.state, a.level, a.priority, a.raised_at, a.returned_at, a.cleared_at,
         a.acknowledged_at, a.acknowledged_by, a.value, a.limit_value, a.explanation, a.rul, a.fault,
         w.number as work_order
    from alert a left join work_order w on w.id = a.work_order_id`;

type RawAlert = Pick<
  Alert,
  'id' | 'rule' | 'kind' | 'tag' | 'asset' | 'source' | 'state' | 'level' | 'priority' | 'value' | 'explanation'
> & {
  readonly raised_at: Date;
  readonly returned_at: Date | null;
  readonly cleared_at: Date | null;
  readonly acknowledged_at: Date | null;
  readonly acknowledged_by: string | null;
  readonly limit_value: number | null;
  readonly rul: DatedLife | null;
  readonly fault: string | null;
  readonly work_order: string | null;
};

function toAlert(row: RawAlert): Alert {
  const { id, rule, kind, tag, asset, source, state, level, priority, value, explanation } = row;
  return {
    id,
    rule,
    kind,
    tag,
    asset,
    source,
    state,
    level,
    priority,
    raisedAt: row.raised_at.getTime(),
    returnedAt: row.returned_at?.getTime() ?? null,
    clearedAt: row.cleared_at?.getTime() ?? null,
    acknowledgedAt: row.acknowledged_at?.getTime() ?? null,
    acknowledgedBy: row.acknowledged_by,
    value,
    limit: row.limit_value,
    explanation,
    workOrder: row.work_order,
    ...(row.rul && { rul: row.rul }),
    ...(row.fault && { fault: row.fault }),
  };
}
