import type { EpochMs } from '../model/reading.ts';
import type { Session } from './database.ts';

/** What a rule told on a tag that a job was made for, and when first. */
export interface ToldFault {
  readonly rule: string;
  readonly tag: string | null;
  readonly from: EpochMs;
}

/** What the alerts of a job were about: each rule and tag once. */
export async function listFaultsOf(session: Session, workOrder: string): Promise<ToldFault[]> {
  const { rows } = await session.query<{ rule: string; tag: string | null; raised_at: Date }>(
    'select rule, tag, min(raised_at) as raised_at from alert where work_order_id = $1 group by rule, tag order by rule, tag',
    [workOrder],
  );
  return rows.map(({ raised_at, ...told }) => ({ ...told, from: raised_at.getTime() }));
}
