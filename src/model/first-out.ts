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
export function firstOutOf(alert: RaisedAlert, others: Iterable<RaisedAlert>): FirstOut {
  return new RaisedInOrder(others).firstOutOf(alert);
}

/** What an alert is told of its row. */
export type FirstOut = Pick<Alert, 'firstOut' | 'firstOutAlert'>;

/** Alerts of each asset in the order they were raised: in a flood every one of thousands is asked about. */
export class RaisedInOrder {
  readonly #byAsset = new Map<string, RaisedAlert[]>();

  constructor(alerts: Iterable<RaisedAlert> = []) {
    for (const alert of alerts) if (alert.asset !== null) this.#of(alert.asset).push(alert);
    for (const list of this.#byAsset.values()) list.sort(compare);
  }

  /** Adds an alert; one that is known already changes nothing. */
  add(alert: RaisedAlert): void {
    if (alert.asset === null) return;
    const list = this.#of(alert.asset);
    const place = placeOf(list, alert);
    if (list[place]?.id !== alert.id) list.splice(place, 0, alert);
  }

  remove(alert: RaisedAlert): void {
    const list = this.#byAsset.get(alert.asset ?? '');
    if (list === undefined) return;
    const place = placeOf(list, alert);
    if (list[place]?.id === alert.id) list.splice(place, 1);
    if (list.length === 0) this.#byAsset.delete(alert.asset ?? '');
  }

  /** See `firstOutOf`; looks only at the alert's neighbours of `FIRST_OUT_LOOK_BACK_MS`. */
  firstOutOf(alert: RaisedAlert): FirstOut {
    const list = this.#byAsset.get(alert.asset ?? '') ?? [];
    const place = placeOf(list, alert);
    let first = alert;
    for (let i = place - 1; i >= 0 && isNext(list[i]!, first.raisedAt); i--) {
      first = list[i]!;
      if (alert.raisedAt - first.raisedAt > FIRST_OUT_LOOK_BACK_MS) return {};
    }
    if (first !== alert) return { firstOutAlert: first.id };
    const next = list[list[place]?.id === alert.id ? place + 1 : place];
    return next && isNext(alert, next.raisedAt) ? { firstOut: true } : {};
  }

  #of(asset: string): RaisedAlert[] {
    const known = this.#byAsset.get(asset);
    if (known) return known;
    const list: RaisedAlert[] = [];
    this.#byAsset.set(asset, list);
    return list;
  }
}

function compare(a: RaisedAlert, b: RaisedAlert): number {
  return a.raisedAt - b.raisedAt || (a.id === b.id ? 0 : a.id < b.id ? -1 : 1);
}

/** Where an alert stands in an ordered list, or would. */
function placeOf(list: readonly RaisedAlert[], alert: RaisedAlert): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compare(list[middle]!, alert) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isNext(before: RaisedAlert, at: EpochMs): boolean {
  return at - before.raisedAt <= FIRST_OUT_WINDOW_MS;
}
