import type { EpochMs } from '../model/reading.ts';
import type { Session } from './database.ts';

/** A part of what the engine remembered at the last checkpoint, as JSON texts. */
export interface SavedCells {
  /** When that was, by the service's clock; `null`: never. */
  readonly savedAt: EpochMs | null;
  /** Newest time of the readings log that had been evaluated then. */
  readonly knownTo: EpochMs | null;
  readonly cells: readonly string[];
}

/**
 * The saved cells of some assets in which one of the texts stands. Cells are megabytes where an asset has thousands of tags:
 * only those that matter leave the database.
 */
export async function readCellsWith(
  session: Session,
  { assets, texts }: { readonly assets: readonly string[]; readonly texts: readonly string[] },
): Promise<SavedCells> {
  const { rows } = await session.query<{ at: Date; known_to: number | null; state: string | null }>(
    `select c.at, (c.state->>'now')::float8 as known_to, e.state from engine_checkpoint c
       left join engine_cell e on e.asset = any($1) and exists (select 1 from unnest($2::text[]) as t(text) where strpos(e.state, t.text) > 0)
      where c.scope = 'all'`,
    [assets, texts],
  );
  return {
    savedAt: rows[0]?.at.getTime() ?? null,
    knownTo: rows[0]?.known_to ?? null,
    cells: rows.flatMap(({ state }) => (state === null ? [] : [state])),
  };
}
