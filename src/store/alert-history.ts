import type { Level } from '../model/alert.ts';
import type { EpochMs } from '../model/reading.ts';
import type { Session } from './database.ts';

/** What the journal says of one alert around a time. */
export interface JournaledAlert {
  readonly id: string;
  readonly rule: string;
  readonly tag: string | null;
  readonly raisedAt: EpochMs;
  /** When its condition ended last; `null`: it has not. */
  readonly endedAt: EpochMs | null;
  /** Each time that it was raised, or raised again. */
  readonly raised: readonly EpochMs[];
  /** The levels that were told. */
  readonly levels: readonly Level[];
  /** What was journaled as corrections. */
  readonly corrections: readonly string[];
}

/** An alert that was raised longer ago is not looked for: the index goes by when it was raised. */
const LOOK_BACK_MS = 30 * 86_400_000;

/** Alerts about machines and instruments that were active in `[from, to]`, oldest first, at most `limit`. */
export async function listJournaledAlerts(
  session: Session,
  { from, to, limit }: { readonly from: EpochMs; readonly to: EpochMs; readonly limit: number },
): Promise<JournaledAlert[]> {
  const { rows } = await session.query<
    Omit<JournaledAlert, 'raisedAt' | 'endedAt' | 'raised'> & { raised_at: Date; ended_at: Date | null; raised: Date[] }
  >(
    `select a.id::text as id, a.rule, a.tag, a.raised_at, coalesce(a.returned_at, a.cleared_at) as ended_at,
            array(select e.at from alert_event e
                   where e.alert_id = a.id and e.effect in ('raised', 'raised again') order by e.at) as raised,
            array(select distinct e.level from alert_event e
                   where e.alert_id = a.id and e.effect <> 'corrected' and e.level is not null) as levels,
            array(select e.note from alert_event e
                   where e.alert_id = a.id and e.effect = 'corrected' and e.note is not null) as corrections
       from alert a
      where a.raised_at >= $1 and a.raised_at <= $3 and a.kind in ('machine', 'instrument')
        and coalesce(a.returned_at, a.cleared_at, 'infinity') >= $2
      order by a.raised_at, a.id limit $4`,
    [new Date(from - LOOK_BACK_MS), new Date(from), new Date(to), limit],
  );
  return rows.map(({ raised_at, ended_at, raised, ...rest }) => ({
    ...rest,
    raisedAt: raised_at.getTime(),
    endedAt: ended_at?.getTime() ?? null,
    raised: raised.map((at) => at.getTime()),
  }));
}
