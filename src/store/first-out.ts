import type { Alert } from '../model/alert.ts';
import { companionsOf, type FirstOutPolicy, lookBackOf, type RaisedAlert, RaisedInOrder } from '../model/first-out.ts';
import type { EpochMs } from '../model/reading.ts';
import type { Session } from './database.ts';

/** Says of each alert whether it was the first of its row, or which was, by what the database holds now. */
export async function withFirstOut(
  session: Session,
  alerts: readonly Alert[],
  policy: FirstOutPolicy,
): Promise<Alert[]> {
  const raised = await raisedNear(session, alerts, policy);
  return alerts.map((alert) => ({ ...alert, ...(raised.has(alert) && raised.firstOutOf(alert)) }));
}

/**
 * What the database holds of alerts that decide which was the first in the rows of these. One that a correction of late readings
 * left behind is not among them: nobody was told of it then.
 */
export async function raisedNear(
  session: Session,
  alerts: readonly RaisedAlert[],
  policy: FirstOutPolicy,
): Promise<RaisedInOrder> {
  const windows = windowsOf(alerts, policy);
  if (windows.length === 0) return new RaisedInOrder([], policy);
  const { rows } = await session.query<{ id: string; asset: string; raised_at: Date }>(
    `select near.id, near.asset, near.raised_at
       from unnest($1::text[], $2::timestamptz[], $3::timestamptz[]) as asked (asset, since, until)
       join lateral (select id, asset, raised_at from alert
                      where alert.asset = asked.asset and alert.raised_at between asked.since and asked.until
                        and (alert.state <> 'normal' or exists (select from alert_event
                              where alert_event.alert_id = alert.id and alert_event.effect = 'raised'))) as near on true`,
    [
      windows.map(({ asset }) => asset),
      windows.map(({ since }) => new Date(since)),
      windows.map(({ until }) => new Date(until)),
    ],
    { isKept: true },
  );
  const near = rows.map(({ id, asset, raised_at }) => ({ id, asset, raisedAt: raised_at.getTime() }));
  return new RaisedInOrder(near, policy);
}

interface Window {
  readonly asset: string;
  readonly since: EpochMs;
  until: EpochMs;
}

/** No two of an asset overlap: in a flood its alerts would be fetched once for each of them. */
function windowsOf(alerts: readonly RaisedAlert[], policy: FirstOutPolicy): Window[] {
  const windows: Window[] = [];
  const last = new Map<string, Window>();
  for (const { asset, raisedAt } of [...alerts].sort((a, b) => a.raisedAt - b.raisedAt)) {
    if (asset === null) continue;
    // One step further than the first is looked for, to see whether the row goes on there.
    const since = Math.floor(raisedAt) - lookBackOf(policy) - policy.windowMs;
    const until = Math.ceil(raisedAt) + policy.windowMs;
    for (const companion of companionsOf(asset, policy)) {
      const before = last.get(companion);
      if (before && before.until >= since) {
        before.until = until;
        continue;
      }
      const window = { asset: companion, since, until };
      windows.push(window);
      last.set(companion, window);
    }
  }
  return windows;
}
