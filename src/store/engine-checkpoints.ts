import type { EpochMs } from '../model/reading.ts';
import type { Database, Session } from './database.ts';

/** The engine's memory and the log position up to which it has evaluated. */
export interface Checkpoint {
  readonly position: number;
  /** What is of no asset. */
  readonly state: unknown;
  /** JSON texts, one for each cell that was stored. */
  readonly cells: readonly string[];
}

/** One asset, or a part of it, on its way into a checkpoint. */
export interface StoredCell {
  readonly asset: string;
  readonly part: number;
  readonly state: string;
}

/** What a checkpoint replaces: everything there is, or only the cells that are given. */
export interface CheckpointChanges {
  readonly logId: string;
  readonly position: number;
  readonly at: EpochMs;
  readonly state: unknown;
  readonly replaces: 'everything' | 'cells';
  /** A few cells at a time: asked for the next when these are written, so that nobody has to make all texts at once. */
  readonly cells: Iterable<readonly StoredCell[]>;
}

/** The last checkpoint made over this log, `null` when there is none. */
export async function readCheckpoint(session: Session, logId: string): Promise<Checkpoint | null> {
  const { rows } = await session.query<{ position: string; state: unknown }>(
    `select position, state from engine_checkpoint where scope = 'all' and log_id = $1`,
    [logId],
  );
  if (!rows[0]) return null;
  const cells = await session.query<{ state: string }>('select state from engine_cell order by asset, part');
  return { position: Number(rows[0].position), state: rows[0].state, cells: cells.rows.map(({ state }) => state) };
}

/** Stores a checkpoint, all of it or nothing. */
export function storeCheckpoint(database: Database, changes: CheckpointChanges): Promise<void> {
  const { logId, position, at, state, replaces, cells } = changes;
  return database.transaction(async (session) => {
    if (replaces === 'everything') await session.query('delete from engine_cell');
    for (const some of cells) await storeCells(session, some);
    await session.query(
      `insert into engine_checkpoint (scope, log_id, position, state, at) values ('all', $1, $2, $3, $4)
       on conflict (scope) do update set log_id = excluded.log_id, position = excluded.position, state = excluded.state, at = excluded.at`,
      [logId, position, storableJson(state), new Date(at)],
    );
  });
}

async function storeCells(session: Session, cells: readonly StoredCell[]): Promise<void> {
  await session.query(
    `insert into engine_cell (asset, part, state) select * from unnest($1::text[], $2::int[], $3::text[])
     on conflict (asset, part) do update set state = excluded.state`,
    [cells.map(({ asset }) => asset), cells.map(({ part }) => part), cells.map(({ state }) => state)],
  );
}

/** jsonb takes neither NUL nor half a surrogate pair, which JSON.stringify writes as escapes. */
function storableJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(/\\u(0000|d[89a-f][0-9a-f]{2})/gi, '\\ufffd');
}
