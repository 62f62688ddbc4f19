import type { Alert } from './alert.ts';
import type { EpochMs } from './reading.ts';

/** Which alerts are looked at together to find the first: `firstOut` of the plant file. */
export interface FirstOutPolicy {
  /** Alerts that follow each other so closely have one cause: what fails first takes the rest with it. */
  readonly windowMs: number;
  /** Assets whose alerts make rows together, by the name of the group: a line, a unit. No asset is in two. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
}

/** Each asset by itself, within seconds. */
export const EACH_ASSET: FirstOutPolicy = { windowMs: 10_000, groups: {} };

/** Behind this the first of a row is not looked for: a row that goes on and on is no trip. */
export function lookBackOf({ windowMs }: FirstOutPolicy): number {
  return 6 * windowMs;
}

/** The assets whose alerts make rows with those of this one, itself among them. */
export function companionsOf(asset: string, { groups }: FirstOutPolicy): readonly string[] {
  return Object.values(groups).find((members) => members.includes(asset)) ?? [asset];
}

/** What has to be known of an alert to put it into its row. */
export type RaisedAlert = Pick<Alert, 'id' | 'asset' | 'raisedAt'>;

/**
 * Says which of several alerts came first (first-out, ANSI/ISA-18.2-2016): alerts of one asset, or of a group of them, make a row while
 * each was raised at most `windowMs` after the one before it, by the time of their readings, whichever became known first; of those
 * raised at one time the smaller id is first. Depends on nothing but what was raised. `others` may hold any alerts. Empty for an alert that is alone,
 * of no asset, or farther than `lookBackOf` behind the first.
 */
export function firstOutOf(alert: RaisedAlert, others: Iterable<RaisedAlert>, policy = EACH_ASSET): FirstOut {
  return new RaisedInOrder(others, policy).firstOutOf(alert);
}

/** What an alert is told of its row. */
export type FirstOut = Pick<Alert, 'firstOut' | 'firstOutAlert'>;

/** Alerts of each asset or group in the order they were raised: in a flood every one of thousands is asked about. */
export class RaisedInOrder {
  readonly #byRow = new Map<string, RaisedAlert[]>();
  /** The first asset of its group, by each of them. */
  readonly #leaders: ReadonlyMap<string, string>;
  readonly #policy: FirstOutPolicy;

  constructor(alerts: Iterable<RaisedAlert> = [], policy: FirstOutPolicy = EACH_ASSET) {
    this.#policy = policy;
    const groups = Object.values(policy.groups);
    this.#leaders = new Map(groups.flatMap((members) => members.map((asset) => [asset, members[0] ?? asset])));
    for (const alert of alerts) if (alert.asset !== null) this.#of(alert.asset).push(alert);
    for (const list of this.#byRow.values()) list.sort(compare);
  }

  /** Adds an alert; one that is known already changes nothing. */
  add(alert: RaisedAlert): void {
    if (alert.asset === null) return;
    const list = this.#of(alert.asset);
    const place = placeOf(list, alert);
    if (list[place]?.id !== alert.id) list.splice(place, 0, alert);
  }

  remove(alert: RaisedAlert): void {
    const list = this.#known(alert);
    if (list === undefined) return;
    const place = placeOf(list, alert);
    if (list[place]?.id === alert.id) list.splice(place, 1);
    if (list.length === 0) this.#byRow.delete(this.#rowOf(alert.asset ?? ''));
  }

  has(alert: RaisedAlert): boolean {
    const list = this.#known(alert) ?? [];
    return list[placeOf(list, alert)]?.id === alert.id;
  }

  /** See `firstOutOf`; looks only at the alert's neighbours. */
  firstOutOf(alert: RaisedAlert): FirstOut {
    const { windowMs } = this.#policy;
    const list = this.#known(alert) ?? [];
    const place = placeOf(list, alert);
    let first = alert;
    for (let i = place - 1; i >= 0 && isNext(list[i]!, first.raisedAt, windowMs); i--) {
      first = list[i]!;
      if (alert.raisedAt - first.raisedAt > lookBackOf(this.#policy)) return {};
    }
    if (first !== alert) return { firstOutAlert: first.id };
    const next = list[list[place]?.id === alert.id ? place + 1 : place];
    return next && isNext(alert, next.raisedAt, windowMs) ? { firstOut: true } : {};
  }

  #of(asset: string): RaisedAlert[] {
    const known = this.#byRow.get(this.#rowOf(asset));
    if (known) return known;
    const list: RaisedAlert[] = [];
    this.#byRow.set(this.#rowOf(asset), list);
    return list;
  }

  #known({ asset }: RaisedAlert): RaisedAlert[] | undefined {
    return asset === null ? undefined : this.#byRow.get(this.#rowOf(asset));
  }

  #rowOf(asset: string): string {
    return this.#leaders.get(asset) ?? asset;
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

function isNext(before: RaisedAlert, at: EpochMs, windowMs: number): boolean {
  return at - before.raisedAt <= windowMs;
}
