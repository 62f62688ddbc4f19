import type { Priority } from '../model/alert.ts';
import type { EpochMs } from '../model/reading.ts';
import type { Session } from './database.ts';
import { toTimestamp } from './readings.ts';

/** An alert as a chart marks it. */
export interface AlertMark {
  readonly id: string;
  readonly rule: string;
  readonly priority: Priority;
  readonly raisedAt: EpochMs;
  /** `null`: it is not over. */
  readonly clearedAt: EpochMs | null;
}

/** Alerts of a tag that were raised or cleared in a range, newest first, at most `limit`. */
export async function listAlertMarks(
  session: Session,
  range: { readonly tag: string; readonly from: EpochMs; readonly to: EpochMs; readonly limit: number },
): Promise<AlertMark[]> {
  const { rows } = await session.query<AlertMark>(
    `select id, rule, priority, (extract(epoch from raised_at) * 1000)::float8 as "raisedAt",
            (extract(epoch from cleared_at) * 1000)::float8 as "clearedAt"
       from alert where tag = $1 and raised_at < $3 and (raised_at >= $2 or cleared_at >= $2) order by raised_at desc limit $4`,
    [range.tag, toTimestamp(range.from), toTimestamp(range.to), range.limit],
  );
  return rows;
}
