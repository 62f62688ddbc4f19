import type { Alert } from '../model/alert.ts';
import { FIRST_OUT_LOOK_BACK_MS, FIRST_OUT_WINDOW_MS, firstOutOf, type RaisedAlert } from '../model/first-out.ts';
import type { Session } from './database.ts';

/** Says of each alert whether it was the first of its row, or which was, by what the database holds now. */
export async function withFirstOut(session: Session, alerts: readonly Alert[]): Promise<Alert[]> {
  const ofAssets = alerts.filter(({ asset }) => asset !== null);
  if (ofAssets.length === 0) return [...alerts];
  const { rows } = await session.query<{ id: string; asset: string; raised_at: Date }>(
    `select distinct near.id, near.asset, near.raised_at
       from unnest($1::text[], $2::timestamptz[], $3::timestamptz[]) as asked (asset, since, until)
       join lateral (select id, asset, raised_at from alert
                      where alert.asset = asked.asset and alert.raised_at between asked.since and asked.until) as near on true`,
    [
      ofAssets.map(({ asset }) => asset),
      // One step further than the first is looked for, to see whether the row goes on there.
      ofAssets.map(({ raisedAt }) => new Date(raisedAt - FIRST_OUT_LOOK_BACK_MS - FIRST_OUT_WINDOW_MS)),
      ofAssets.map(({ raisedAt }) => new Date(raisedAt + FIRST_OUT_WINDOW_MS)),
    ],
  );
  const byAsset = new Map<string, RaisedAlert[]>();
  for (const { id, asset, raised_at } of rows) {
    const known = byAsset.get(asset) ?? [];
    known.push({ id, asset, raisedAt: raised_at.getTime() });
    byAsset.set(asset, known);
  }
  return alerts.map((alert) => ({ ...alert, ...firstOutOf(alert, byAsset.get(alert.asset ?? '') ?? []) }));
}
