import type { EpochMs } from '../model/reading.ts';
import { MAX_ALSO_OPEN, type WorkOrder, type WorkProgress } from '../model/work-order.ts';
import type { Session } from './database.ts';

/** What a new work order says; its number is given by the database. */
export interface NewWorkOrder extends Omit<WorkOrder, 'number' | 'alerts' | 'alsoOpen' | keyof WorkProgress> {
  readonly rule: string;
  /** Calendar year in the plant's time zone. */
  readonly year: number;
}

/** The open job that a rule already made for an asset, `null` when there is none. Locks it until the transaction ends. */
export async function findOpenWorkOrder(session: Session, rule: string, asset: string | null): Promise<string | null> {
  const { rows } = await session.query<{ id: string }>(
    `select id from work_order where rule = $1 and asset is not distinct from $2 and state in ('open', 'in progress')
      order by created_at desc limit 1 for update`,
    [rule, asset],
  );
  return rows[0]?.id ?? null;
}

/** Makes a work order with the next number of its year. Needs a transaction: a number is used only if it commits. */
export async function createWorkOrder(session: Session, order: NewWorkOrder): Promise<void> {
  const { rows } = await session.query<{ last: number }>(
    `insert into work_order_counter as c (year, last) values ($1, 1) on conflict (year) do update set last = c.last + 1 returning last`,
    [order.year],
  );
  const number = `WO-${order.year}-${String(rows[0]?.last ?? 0).padStart(6, '0')}`;
  await session.query(
    `insert into work_order (id, number, state, asset, rule, title, description, failure_mode, priority, created_at, due_at)
     values ($1, $2, 'open', $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      order.id,
      number,
      order.asset,
      order.rule,
      order.title,
      order.description,
      order.failureMode,
      order.priority,
      new Date(order.createdAt),
      order.dueAt === null ? null : new Date(order.dueAt),
    ],
  );
}

/** Changes what an open job says, how urgent it is and when it is due. */
export async function updateWorkOrder(
  session: Session,
  id: string,
  {
    title,
    description,
    failureMode,
    priority,
    dueAt,
  }: Pick<WorkOrder, 'title' | 'description' | 'failureMode' | 'priority' | 'dueAt'>,
): Promise<void> {
  await session.query(
    'update work_order set title = $2, description = $3, failure_mode = $4, priority = $6, due_at = $5 where id = $1 and closed_at is null',
    [id, title, description, failureMode, dueAt === null ? null : new Date(dueAt), priority],
  );
}

/** One work order by id or number, `null` when there is none. */
export async function findWorkOrder(session: Session, idOrNumber: string): Promise<WorkOrder | null> {
  // One column or the other, so that each is looked up by its index.
  const column = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(idOrNumber) ? 'id' : 'number';
  const { rows } = await session.query<RawWorkOrder>(selectWorkOrders(`where w.${column} = $1`), [idOrNumber]);
  return rows[0] ? toWorkOrder(rows[0]) : null;
}

/** The same without other jobs of its asset: looking for those goes through all that are open, once for every call. */
export async function findLoneWorkOrder(
  session: Session,
  number: string,
  { lock = 'none' }: { readonly lock?: 'none' | 'for update' } = {},
): Promise<WorkOrder | null> {
  const { rows } = await session.query<RawWorkOrder>(
    `select ${COLUMNS}, '{}'::text[] as also_open from work_order w where w.number = $1
      ${lock === 'none' ? '' : 'for update of w'}`,
    [number],
  );
  return rows[0] ? toWorkOrder(rows[0]) : null;
}

/** Numbers of the open jobs of assets, oldest first. Goes through all that are open, once. */
export async function listOpenNumbers(session: Session, assets: readonly string[]): Promise<Map<string, string[]>> {
  const { rows } = await session.query<{ asset: string; numbers: string[] }>(
    `select asset, array_agg(number order by created_at, number) as numbers from work_order
      where state in ('open', 'in progress') and asset = any($1::text[]) group by asset`,
    [assets],
    { isKept: true },
  );
  return new Map(rows.map(({ asset, numbers }) => [asset, numbers]));
}

/** Work orders, newest first, after the given place in that order. */
export async function listWorkOrders(
  session: Session,
  page: { readonly after?: { readonly at: EpochMs; readonly id: string } | undefined; readonly limit: number },
): Promise<WorkOrder[]> {
  const { rows } = await session.query<RawWorkOrder>(
    selectWorkOrders(`where $1::timestamptz is null or (w.created_at, w.id) < ($1, $2::uuid)
      order by w.created_at desc, w.id desc limit $3`),
    [page.after ? new Date(page.after.at) : null, page.after?.id ?? null, page.limit],
  );
  return rows.map(toWorkOrder);
}

const COLUMNS = `
  w.id, w.number, w.state, w.asset, w.title, w.description, w.failure_mode, w.priority, w.created_at, w.due_at,
  w.started_at, w.started_by, w.closed_at, w.closed_by, w.found, w.cause, w.remedy, w.notes,
  coalesce((select array_agg(a.id::text order by a.raised_at, a.id)
              from work_order_alert l join alert a on a.id = l.alert_id where l.work_order_id = w.id), '{}') as alerts`;

/** The open jobs are gone through once for all that are selected, not once for each. */
function selectWorkOrders(which: string): string {
  return `
    with chosen as materialized (select ${COLUMNS} from work_order w ${which}),
         beside as (select c.id, array_agg(o.number order by o.created_at, o.number) as numbers
                      from chosen c join work_order o on o.asset = c.asset
                     where o.state in ('open', 'in progress') and o.id <> c.id group by c.id)
    select c.*, coalesce(b.numbers[1:${MAX_ALSO_OPEN}], '{}') as also_open
      from chosen c left join beside b on b.id = c.id order by c.created_at desc, c.id desc`;
}

type RawWorkOrder = Pick<
  WorkOrder,
  | 'id'
  | 'number'
  | 'state'
  | 'asset'
  | 'title'
  | 'description'
  | 'priority'
  | 'alerts'
  | 'found'
  | 'cause'
  | 'remedy'
  | 'notes'
> & {
  readonly started_at: Date | null;
  readonly started_by: string | null;
  readonly closed_at: Date | null;
  readonly closed_by: string | null;
  readonly failure_mode: string;
  readonly created_at: Date;
  readonly due_at: Date | null;
  readonly also_open: readonly string[];
};

function toWorkOrder({ failure_mode, created_at, due_at, also_open, ...raw }: RawWorkOrder): WorkOrder {
  const { started_at, started_by, closed_at, closed_by, ...rest } = raw;
  return {
    ...rest,
    startedAt: started_at?.getTime() ?? null,
    startedBy: started_by,
    closedAt: closed_at?.getTime() ?? null,
    closedBy: closed_by,
    failureMode: failure_mode,
    createdAt: created_at.getTime(),
    dueAt: due_at?.getTime() ?? null,
    alsoOpen: also_open,
  };
}
