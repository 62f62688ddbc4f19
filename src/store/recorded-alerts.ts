import type { AlertEffect, AlertKind, Level, Priority } from '../model/alert.ts';
import type { EpochMs } from '../model/reading.ts';
import type { DatedLife } from '../model/remaining-life.ts';
import type { Session } from './database.ts';

/** One line of the alert journal, with the alert it belongs to. */
export interface RecordedTransition {
  readonly alert: string;
  readonly rule: string;
  readonly kind: AlertKind;
  readonly tag: string | null;
  readonly asset: string | null;
  readonly source: string | null;
  readonly priority: Priority;
  readonly at: EpochMs;
  readonly effect: AlertEffect;
  readonly by: string | null;
  readonly level: Level | null;
  readonly value: number | null;
  readonly limit: number | null;
  readonly explanation: string | null;
  readonly rul: DatedLife | null;
}

/** A job that somebody did. */
export interface DoneWorkOrder {
  readonly number: string;
  readonly asset: string | null;
  readonly title: string;
  readonly createdAt: EpochMs;
  readonly closedAt: EpochMs;
}

/** What the service did live, oldest first: lines of the journal of `[from, to)`, at most `limit`. */
export async function listRecordedTransitions(
  session: Session,
  range: { readonly from: EpochMs; readonly to: EpochMs; readonly kinds: readonly AlertKind[]; readonly limit: number },
): Promise<RecordedTransition[]> {
  const { rows } = await session.query<Omit<RecordedTransition, 'at' | 'limit'> & { at: string; limit_value: number }>(
    `select a.id::text as alert, a.rule, a.kind, a.tag, a.asset, a.source, a.priority, e.effect, e.by, e.level, e.value,
            extract(epoch from e.at) * 1000 as at, e.limit_value, e.explanation, e.rul
       from alert_event e join alert a on a.id = e.alert_id
      where e.at >= $1 and e.at < $2 and a.kind = any($3::text[])
      order by e.at, e.id limit $4`,
    [new Date(range.from), new Date(range.to), range.kinds, range.limit],
  );
  return rows.map(({ at, limit_value, ...rest }) => ({ ...rest, at: Number(at), limit: limit_value }));
}

/**
 * Jobs made before `to` and not closed before `from` that are done and found a fault, oldest first, at most `limit`. One without a
 * time at which it was closed is from before anybody could say what was found: it counts, too.
 */
export async function listDoneWorkOrders(
  session: Session,
  range: { readonly from: EpochMs; readonly to: EpochMs; readonly limit: number },
): Promise<DoneWorkOrder[]> {
  const { rows } = await session.query<
    Omit<DoneWorkOrder, 'createdAt' | 'closedAt'> & { created_at: Date; closed_at: Date }
  >(
    `select number, asset, title, created_at, coalesce(closed_at, created_at) as closed_at from work_order
      where state = 'done' and (found = 'fault' or (found is null and closed_at is null))
        and coalesce(closed_at, created_at) >= $1 and created_at < $2 order by created_at, id limit $3`,
    [new Date(range.from), new Date(range.to), range.limit],
  );
  return rows.map(({ created_at, closed_at, ...rest }) => ({
    ...rest,
    createdAt: created_at.getTime(),
    closedAt: closed_at.getTime(),
  }));
}
