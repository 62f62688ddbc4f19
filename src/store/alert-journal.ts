import type { AlertEffect, Level } from '../model/alert.ts';
import type { EpochMs } from '../model/reading.ts';
import type { DatedLife } from '../model/remaining-life.ts';
import type { Session } from './database.ts';

/** One line of an alert's journal. */
export interface AlertEvent {
  readonly at: EpochMs;
  readonly effect: AlertEffect;
  readonly by: string | null;
  readonly note: string | null;
  readonly level: Level | null;
  readonly value: number | null;
  readonly limit: number | null;
  readonly explanation: string | null;
  readonly rul: DatedLife | null;
}

/** The journal of one alert, each line with the number of the job it had then, oldest first; at most the last 1,000 lines. */
export async function listAlertEvents(
  session: Session,
  alertId: string,
): Promise<(AlertEvent & { readonly workOrder: string | null })[]> {
  const { rows } = await session.query<RawAlertEvent & { work_order: string | null }>(
    `select at, effect, by, note, level, value, limit_value, explanation, rul,
            (select w.number from work_order_alert l join work_order w on w.id = l.work_order_id
              where l.alert_id = $1 and l.first_event <= newest.id order by l.first_event desc limit 1) as work_order from
       (select * from alert_event where alert_id = $1 order by id desc limit 1000) as newest order by id`,
    [alertId],
  );
  return rows.map(({ work_order, ...event }) => ({ ...toAlertEvent(event), workOrder: work_order }));
}

/**
 * What the alerts of a job said while it was theirs, as one journal, oldest first; at most the last 1,000 lines. What an alert said
 * after it got its next job is that one's.
 */
export async function listJobEvents(
  session: Session,
  workOrderId: string,
): Promise<(AlertEvent & { readonly alert: string })[]> {
  const { rows } = await session.query<RawAlertEvent & { alert: string }>(
    `select alert_id::text as alert, at, effect, by, note, level, value, limit_value, explanation, rul from
       (select e.* from work_order_alert l join alert_event e on e.alert_id = l.alert_id and e.id >= l.first_event
         where l.work_order_id = $1
           and not exists (select from work_order_alert later
                            where later.alert_id = l.alert_id and later.first_event > l.first_event and later.first_event <= e.id)
         order by e.id desc limit 1000) as newest order by id`,
    [workOrderId],
  );
  return rows.map(({ alert, ...event }) => ({ alert, ...toAlertEvent(event) }));
}

type RawAlertEvent = Omit<AlertEvent, 'at' | 'limit'> & { readonly at: Date; readonly limit_value: number | null };

function toAlertEvent({ at, limit_value, ...event }: RawAlertEvent): AlertEvent {
  return { ...event, at: at.getTime(), limit: limit_value };
}
