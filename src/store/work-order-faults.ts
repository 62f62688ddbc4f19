import type { EpochMs } from '../model/reading.ts';
import type { Session } from './database.ts';

/** What a rule told on a tag that a job was made for, and when first. */
export interface ToldFault {
  readonly rule: string;
  readonly tag: string | null;
  readonly from: EpochMs;
}

/** What the alerts of a job were about, also of those that have got another job since: each rule and tag once. */
export async function listFaultsOf(session: Session, workOrder: string): Promise<ToldFault[]> {
  const { rows } = await session.query<{ rule: string; tag: string | null; raised_at: Date }>(
    `select a.rule, a.tag, min(a.raised_at) as raised_at from work_order_alert l join alert a on a.id = l.alert_id
      where l.work_order_id = $1 group by a.rule, a.tag order by a.rule, a.tag`,
    [workOrder],
  );
  return rows.map(({ raised_at, ...told }) => ({ ...told, from: raised_at.getTime() }));
}
