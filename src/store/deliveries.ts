import type { AlertEffect, Priority } from '../model/alert.ts';
import type { DeliveryResult, DeliveryState } from '../model/delivery.ts';
import type { EpochMs } from '../model/reading.ts';
import type { WorkOrderAction } from '../model/work-order.ts';
import type { Session } from './database.ts';

/** One message to one endpoint, as it is listed. */
export interface Delivery {
  readonly id: string;
  readonly webhookId: string;
  readonly url: string | null;
  readonly alert: string;
  readonly effect: AlertEffect | WorkOrderAction;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly createdAt: EpochMs;
  readonly deliveredAt: EpochMs | null;
  readonly nextAt: EpochMs | null;
  readonly lastStatus: number | null;
  readonly lastReason: string | null;
}

/** A message with what the sender needs; the secret is sealed. */
export interface ClaimedDelivery {
  readonly id: string;
  readonly webhookId: string;
  readonly url: string;
  readonly sealedSecret: string;
  readonly body: string;
  readonly attempts: number;
  readonly createdAt: EpochMs;
}

/** A message that goes out at once: when it is claimed, and until when. */
export interface Claim {
  readonly at: EpochMs;
  readonly until: EpochMs;
}

/**
 * Puts one delivery for each endpoint that wants this priority into the outbox; the ids are `<message>_<webhook>`. With a
 * `claim`, those that are the next of an endpoint which answers are claimed and handed out, as `claimDeliveries` would once
 * they are committed: to be sent then, and not before.
 */
export async function createDeliveries(
  session: Session,
  message: {
    readonly id: string;
    readonly alert: string;
    readonly effect: AlertEffect | WorkOrderAction;
    readonly priority: Priority;
    readonly body: string;
    readonly at: EpochMs;
  },
  claim: Claim | null,
): Promise<ClaimedDelivery[]> {
  const { id, alert, effect, priority, body, at } = message;
  const { rows } = await session.query<Pick<ClaimedDelivery, 'id' | 'webhookId' | 'url' | 'sealedSecret'>>(
    `with wanting as (
       select w.id, w.url, w.secret, case when not w.failing and not exists (
                select from delivery c where c.webhook_id = w.id and c.state in ('pending', 'failed')
                   and (c.next_at <= $7 or c.claimed_until > $7)
              ) then $8::timestamptz end as claimed_until
         from webhook w where w.enabled and (cardinality(w.priorities) = 0 or $6 = any(w.priorities))
     ), made as (
       insert into delivery (id, webhook_id, alert_id, effect, body, state, next_at, claimed_until, created_at)
       select $1 || '_' || id, id, $2, $3, $4, 'pending', $5, claimed_until, $5 from wanting
       on conflict (id) do nothing returning id, webhook_id, claimed_until
     )
     select made.id, w.id as "webhookId", w.url, w.secret as "sealedSecret"
       from made join wanting w on w.id = made.webhook_id where made.claimed_until is not null`,
    [
      id,
      alert,
      effect,
      body,
      new Date(at),
      priority,
      claim === null ? null : new Date(claim.at),
      claim === null ? null : new Date(claim.until),
    ],
    { isKept: true },
  );
  return rows.map((row) => ({ ...row, body, attempts: 0, createdAt: at }));
}

/** Gives every claim back: those of a service that has ended. Belongs to the start of the only one. */
export async function releaseClaims(session: Session): Promise<void> {
  await session.query(
    `update delivery set claimed_until = null where state in ('pending', 'failed') and claimed_until is not null`,
  );
}

/**
 * Takes messages that are due for `leaseMs`, at most one a webhook and none of a webhook that has one under way: this keeps
 * the order of each endpoint. A crash gives them back when the lease is over. One service at a time may call this.
 */
export async function claimDeliveries(
  session: Session,
  at: EpochMs,
  limit: number,
  leaseMs: number,
): Promise<ClaimedDelivery[]> {
  const { rows } = await session.query<Omit<ClaimedDelivery, 'createdAt'> & { createdAt: Date }>(
    `with due as (
       select d.id, w.url, w.secret from webhook w cross join lateral (
         select id, sequence from delivery
          where webhook_id = w.id and state in ('pending', 'failed') and next_at <= $1
          order by sequence limit 1
       ) as d
        where w.enabled and not exists (
          select from delivery c where c.webhook_id = w.id and c.state in ('pending', 'failed') and c.claimed_until > $1
        )
        order by w.failing, w.attempted_at nulls first, d.sequence limit $2
     ), turns as (
       update webhook w set attempted_at = $1 from delivery d, due where d.id = due.id and w.id = d.webhook_id
     )
     update delivery d set claimed_until = $3 from due where d.id = due.id
     returning d.id, d.webhook_id as "webhookId", due.url, due.secret as "sealedSecret", d.body, d.attempts, d.created_at as "createdAt"`,
    [new Date(at), limit, new Date(at + leaseMs)],
    { isKept: true },
  );
  return rows.map((row) => ({ ...row, createdAt: row.createdAt.getTime() }));
}

/**
 * Writes what came of an attempt; the delivery as it stands then, `null` when there is none. Whether its endpoint answers is
 * judged by attempts alone: a message given back without one says nothing about it.
 */
export async function finishDelivery(session: Session, id: string, outcome: DeliveryResult): Promise<Delivery | null> {
  const { rows } = await session.query<RawDelivery>(
    `with finished as (
       update delivery set state = $2, attempts = $3, last_status = $4, last_reason = $5, next_at = $6, claimed_until = null,
              delivered_at = case when $2 = 'delivered' then $7::timestamptz else null end
        where id = $1 returning *
     ), judged as (
       update webhook w set failing = ($2 <> 'delivered') from finished d join delivery before on before.id = d.id
        where w.id = d.webhook_id and d.attempts > before.attempts and w.failing <> ($2 <> 'delivered')
     )
     ${selectDeliveryFrom('finished')}`,
    [
      id,
      outcome.state,
      outcome.attempts,
      outcome.status,
      outcome.reason,
      outcome.nextAt === null ? null : new Date(outcome.nextAt),
      new Date(outcome.at),
    ],
    { isKept: true },
  );
  return rows[0] ? toDelivery(rows[0]) : null;
}

/** Deliveries, newest first, after the given place in that order. */
export async function listDeliveries(
  session: Session,
  page: {
    readonly alert?: string | undefined;
    readonly after?: { readonly at: EpochMs; readonly id: string } | undefined;
    readonly limit: number;
  },
): Promise<Delivery[]> {
  const { rows } = await session.query<RawDelivery>(
    `${selectDeliveryFrom('delivery')}
      where ($1::uuid is null or d.alert_id = $1) and ($2::timestamptz is null or (d.created_at, d.id) < ($2, $3))
      order by d.created_at desc, d.id desc limit $4`,
    [page.alert ?? null, page.after ? new Date(page.after.at) : null, page.after?.id ?? null, page.limit],
  );
  return rows.map(toDelivery);
}

const selectDeliveryFrom = (table: 'delivery' | 'finished') => `
  select d.id, d.webhook_id, w.url, d.alert_id, d.effect, d.state, d.attempts, d.created_at, d.delivered_at, d.next_at,
         d.last_status, d.last_reason
    from ${table} d left join webhook w on w.id = d.webhook_id`;

interface RawDelivery {
  readonly id: string;
  readonly webhook_id: string;
  readonly url: string | null;
  readonly alert_id: string;
  readonly effect: AlertEffect | WorkOrderAction;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly created_at: Date;
  readonly delivered_at: Date | null;
  readonly next_at: Date | null;
  readonly last_status: number | null;
  readonly last_reason: string | null;
}

function toDelivery(row: RawDelivery): Delivery {
  const { id, url, effect, state, attempts } = row;
  return {
    id,
    webhookId: row.webhook_id,
    url,
    alert: row.alert_id,
    effect,
    state,
    attempts,
    createdAt: row.created_at.getTime(),
    deliveredAt: row.delivered_at?.getTime() ?? null,
    nextAt: row.next_at?.getTime() ?? null,
    lastStatus: row.last_status,
    lastReason: row.last_reason,
  };
}
