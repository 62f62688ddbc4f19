import type { AlertEffect, Level } from '../model/alert.ts';
import type { EpochMs } from '../model/reading.ts';
import type { Session } from './database.ts';

/** One line of the journal of an alert, with what it takes to know in which state it left the alert. */
export interface AlertLine {
  readonly alert: string;
  readonly rule: string;
  readonly tag: string | null;
  readonly raisedAt: EpochMs;
  readonly effect: AlertEffect;
  readonly at: EpochMs;
  readonly by: string | null;
  readonly level: Level | null;
}

/** An alert that was raised longer ago, and is over by now, is not looked for: the index goes by when it was raised. */
const LOOK_BACK_MS = 30 * 86_400_000;

/** The newest `limit` lines, in the order in which they were journaled, of alerts about machines and instruments that were open in `[from, to]`. */
export async function listAlertLines(
  session: Session,
  { from, to, limit }: { readonly from: EpochMs; readonly to: EpochMs; readonly limit: number },
): Promise<AlertLine[]> {
  const { rows } = await session.query<Omit<AlertLine, 'at' | 'raisedAt'> & { at: string; raised_at: string }>(
    `select a.id::text as alert, a.rule, a.tag, extract(epoch from a.raised_at) * 1000 as raised_at,
            e.effect, extract(epoch from e.at) * 1000 as at, e.by, e.level
       from alert a join alert_event e on e.alert_id = a.id
      where (a.raised_at >= $1 or a.state <> 'normal') and a.raised_at <= $3 and a.kind in ('machine', 'instrument')
        and coalesce(a.cleared_at, 'infinity') >= $2 and e.effect <> 'corrected'
      order by e.id desc limit $4`,
    [new Date(from - LOOK_BACK_MS), new Date(from), new Date(to), limit],
  );
  return rows.reverse().map(({ at, raised_at, ...rest }) => ({ ...rest, at: Number(at), raisedAt: Number(raised_at) }));
}
