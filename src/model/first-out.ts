import type { Alert } from './alert.ts';
import type { EpochMs } from './reading.ts';

/** Alerts of one asset that follow each other so closely have one cause: what fails first takes the rest with it within seconds. */
export const FIRST_OUT_WINDOW_MS = 10_000;
/** Behind this the first of a row is not looked for: a row that goes on and on is no trip. */
export const FIRST_OUT_LOOK_BACK_MS = 60_000;

/** What has to be known of an alert to put it into its row. */
export type RaisedAlert = Pick<Alert, 'id' | 'asset' | 'raisedAt'>;

/**
 * Says which of several alerts came first (first-out, ANSI/ISA-18.2-2016): alerts of one asset make a row while each was raised
 * at most `FIRST_OUT_WINDOW_MS` after the one before it, by the time of their readings, whichever became known first; of those
 * raised at one time the smaller id is first. Depends on nothing but what was raised. `others` may hold any alerts. Empty for an alert that is alone,
 * of no asset, or more than `FIRST_OUT_LOOK_BACK_MS` behind the first.
 */
export function firstOutOf(
  alert: RaisedAlert,
  others: Iterable<RaisedAlert>,
): Pick<Alert, 'firstOut' | 'firstOutAlert'> {
  if (alert.asset === null) return {};
  const row = [alert];
  for (const other of others) if (other.asset === alert.asset && other.id !== alert.id) row.push(other);
  row.sort((a, b) => a.raisedAt - b.raisedAt || (a.id < b.id ? -1 : 1));
  const place = row.indexOf(alert);
  let first = place;
  while (first > 0 && isNext(row[first - 1]!, row[first]!.raisedAt)) first--;
  if (first === place) {
    const next = row[place + 1];
    return next && isNext(alert, next.raisedAt) ? { firstOut: true } : {};
  }
  const { id, raisedAt } = row[first]!;
  return alert.raisedAt - raisedAt <= FIRST_OUT_LOOK_BACK_MS ? { firstOutAlert: id } : {};
}

function isNext(before: RaisedAlert, at: EpochMs): boolean {
  return at - before.raisedAt <= FIRST_OUT_WINDOW_MS;
}
