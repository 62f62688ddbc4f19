import type { Priority } from '../model/alert.ts';
import type { EpochMs } from '../model/reading.ts';
import type { Session } from './database.ts';

/** An endpoint that alerts are sent to. Its secret is not part of it: nothing but the sender reads that. */
export interface Webhook {
  readonly id: string;
  readonly url: string;
  /** Empty: all. */
  readonly priorities: readonly Priority[];
  readonly origin: 'plant' | 'api';
  readonly enabled: boolean;
  readonly disabledReason: string | null;
  readonly createdAt: EpochMs;
  readonly createdBy: string;
}

/** A webhook with its sealed secret, as it is stored. */
export interface NewWebhook extends Omit<Webhook, 'enabled' | 'disabledReason'> {
  readonly sealedSecret: string;
}

/** Stores a new webhook. */
export async function createWebhook(session: Session, webhook: NewWebhook): Promise<void> {
  await session.query(
    `insert into webhook (id, url, secret, priorities, origin, created_at, created_by) values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      webhook.id,
      webhook.url,
      webhook.sealedSecret,
      webhook.priorities,
      webhook.origin,
      new Date(webhook.createdAt),
      webhook.createdBy,
    ],
  );
}

/** Makes the endpoints of the plant file, and only these, the webhooks of origin `plant`. */
export async function replacePlantWebhooks(session: Session, webhooks: readonly NewWebhook[]): Promise<void> {
  const { rows } = await session.query<{ id: string }>(
    `delete from webhook where origin = 'plant' and id <> all($1::text[]) returning id`,
    [webhooks.map(({ id }) => id)],
  );
  for (const { id } of rows) await giveUpDeliveries(session, id, 'webhook removed from the plant file');
  for (const webhook of webhooks) {
    await session.query(
      `insert into webhook (id, url, secret, priorities, origin, created_at, created_by) values ($1, $2, $3, $4, 'plant', $5, $6)
       on conflict (id) do update set url = excluded.url, secret = excluded.secret, priorities = excluded.priorities,
         enabled = true, disabled_reason = null`,
      [
        webhook.id,
        webhook.url,
        webhook.sealedSecret,
        webhook.priorities,
        new Date(webhook.createdAt),
        webhook.createdBy,
      ],
    );
  }
}

/** Deletes a webhook made by API; false when there is none. Messages that wait for it are given up. */
export async function deleteWebhook(session: Session, id: string): Promise<boolean> {
  const { rowCount } = await session.query(`delete from webhook where id = $1 and origin = 'api'`, [id]);
  if (rowCount > 0) await giveUpDeliveries(session, id, 'webhook deleted');
  return rowCount > 0;
}

/** Switches a webhook off, with why; messages that wait for it are given up. */
export async function disableWebhook(session: Session, id: string, reason: string): Promise<void> {
  await session.query('update webhook set enabled = false, disabled_reason = $2 where id = $1', [id, reason]);
  await giveUpDeliveries(session, id, reason);
}

/** One webhook, `null` when there is none. */
export async function findWebhook(session: Session, id: string): Promise<Webhook | null> {
  const { rows } = await session.query<RawWebhook>(`${SELECT_WEBHOOK} where id = $1`, [id]);
  return rows[0] ? toWebhook(rows[0]) : null;
}

/** Webhooks in the order of their ids, after `after`. */
export async function listWebhooks(
  session: Session,
  page: { readonly after: string; readonly limit: number },
): Promise<Webhook[]> {
  const { rows } = await session.query<RawWebhook>(`${SELECT_WEBHOOK} where id > $1 order by id limit $2`, [
    page.after,
    page.limit,
  ]);
  return rows.map(toWebhook);
}

/** An endpoint that takes messages, with what sending needs; the secret is sealed. */
export interface Endpoint {
  readonly id: string;
  readonly url: string;
  /** Empty: all. */
  readonly priorities: readonly Priority[];
  readonly sealedSecret: string;
}

/** Every endpoint that takes messages. */
export async function listEndpoints(session: Session): Promise<Endpoint[]> {
  const { rows } = await session.query<Endpoint>(
    `select id, url, priorities, secret as "sealedSecret" from webhook where enabled order by id`,
  );
  return rows;
}

/** Messages that wait for a webhook which takes none any more would wait for ever. */
async function giveUpDeliveries(session: Session, webhookId: string, reason: string): Promise<void> {
  await session.query(
    `update delivery set state = 'dead', next_at = null, last_reason = $2 where webhook_id = $1 and state in ('pending', 'failed')`,
    [webhookId, reason],
  );
}

const SELECT_WEBHOOK =
  'select id, url, priorities, origin, enabled, disabled_reason, created_at, created_by from webhook';

type RawWebhook = Pick<Webhook, 'id' | 'url' | 'priorities' | 'origin' | 'enabled'> & {
  readonly disabled_reason: string | null;
  readonly created_at: Date;
  readonly created_by: string;
};

function toWebhook({ disabled_reason, created_at, created_by, ...rest }: RawWebhook): Webhook {
  return { ...rest, disabledReason: disabled_reason, createdAt: created_at.getTime(), createdBy: created_by };
}
