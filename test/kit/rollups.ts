import { expect } from 'vitest';
import type { ReadingRows } from '../../src/store/copy-rows.ts';
import type { Database, Session } from '../../src/store/database.ts';
import { storeChecked } from '../../src/store/readings.ts';
import { ensurePartition, isPartitioned, partitionOf } from '../../src/store/readings-table.ts';
import { type RefreshStep, refreshLate, refreshNext } from '../../src/store/rollup-refresh.ts';
import { RESOLUTIONS, type Resolution } from '../../src/store/rollups.ts';

/** Stores rows as the writer does, in one transaction. */
export async function storeAsWriter(database: Database, rows: ReadingRows): Promise<void> {
  if (await isPartitioned(database)) {
    for (const partition of new Set(Array.from(rows.at, partitionOf)))
      await database.transaction((session) => ensurePartition(session, partition));
  }
  await database.transaction((session) => storeChecked(session, rows));
}

/**
 * Readings every `stepMs` from `from` to `to`, each moved a little, some left out; a tenth is bad, a tenth uncertain, a tenth
 * without a value. Values are eighths, so that sums of any order are equal to the last bit.
 */
export function drawReadings(
  random: () => number,
  range: { tagIds: readonly number[]; from: number; to: number; stepMs: number },
): ReadingRows {
  const picked: { tagId: number; at: number; value: number; quality: number }[] = [];
  for (const tagId of range.tagIds) {
    for (let at = range.from; at < range.to; at += range.stepMs) {
      if (random() < 0.2) continue;
      const draw = random();
      picked.push({
        tagId,
        at: at + Math.floor(random() * range.stepMs * 1_000) / 1_000,
        value: draw < 0.1 ? Number.NaN : Math.round(random() * 8_000 - 4_000) / 8,
        quality: draw >= 0.1 && draw < 0.2 ? 2 : draw >= 0.2 && draw < 0.3 ? 1 : 0,
      });
    }
  }
  return {
    tagId: Int32Array.from(picked, ({ tagId }) => tagId),
    at: Float64Array.from(picked, ({ at }) => at),
    value: Float64Array.from(picked, ({ value }) => value),
    quality: Uint8Array.from(picked, ({ quality }) => quality),
    codes: new Map(),
  };
}

/** Works until nothing is left to roll up. */
export async function refreshAll(database: Database, step: RefreshStep): Promise<void> {
  while ((await refreshNext(database, step)) === 'behind');
  while ((await refreshLate(database, step)) === 'behind');
}

/** What a rollup says, and what the readings themselves say. */
export async function readBoth(
  session: Session,
  resolution: Resolution,
): Promise<{ readonly rolledUp: readonly unknown[]; readonly recomputed: readonly unknown[] }> {
  const columns = `tag_id, at::text, n::int, n_good::int, n_used::int, sum, sum_squares, min, max, first, last`;
  const { rows: rolledUp } = await session.query(`select ${columns} from reading_${resolution} order by tag_id, at`);
  const used = `filter (where value is not null and quality in (0, 1))`;
  const { rows: recomputed } = await session.query(
    `select ${columns} from (
       select tag_id, date_trunc('${resolution}', at, 'UTC') as at, count(*) as n,
              sum(case when quality = 0 then 1 else 0 end) as n_good, count(value) ${used} as n_used,
              sum(value) ${used} as sum, sum(value ^ 2) ${used} as sum_squares, min(value) ${used} as min, max(value) ${used} as max,
              (array_agg(value order by at) ${used})[1] as first, (array_agg(value order by at desc) ${used})[1] as last
         from reading group by 1, 2) made order by tag_id, at`,
  );
  return { rolledUp, recomputed };
}

/** Fails unless minute, hour and day say exactly what the readings say. */
export async function expectTrue(session: Session): Promise<void> {
  for (const resolution of RESOLUTIONS) {
    const { rolledUp, recomputed } = await readBoth(session, resolution);
    expect(recomputed.length).toBeGreaterThan(0);
    expect(rolledUp, resolution).toEqual(recomputed);
  }
}
