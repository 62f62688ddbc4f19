import type { EpochMs } from '../model/reading.ts';
import type { Session } from './database.ts';

/** The engine's memory and the log position up to which it has evaluated. */
export interface Checkpoint {
  readonly position: number;
  readonly state: unknown;
}

/** The last checkpoint made over this log, `null` when there is none. */
export async function readCheckpoint(session: Session, logId: string): Promise<Checkpoint | null> {
  const { rows } = await session.query<{ position: string; state: unknown }>(
    `select position, state from engine_checkpoint where scope = 'all' and log_id = $1`,
    [logId],
  );
  return rows[0] ? { position: Number(rows[0].position), state: rows[0].state } : null;
}

/** Replaces the checkpoint. */
export async function storeCheckpoint(
  session: Session,
  checkpoint: Checkpoint & { readonly logId: string; readonly at: EpochMs },
): Promise<void> {
  await session.query(
    `insert into engine_checkpoint (scope, log_id, position, state, at) values ('all', $1, $2, $3, $4)
     on conflict (scope) do update set log_id = excluded.log_id, position = excluded.position, state = excluded.state, at = excluded.at`,
    [checkpoint.logId, checkpoint.position, storableJson(checkpoint.state), new Date(checkpoint.at)],
  );
}

/** jsonb takes neither NUL nor half a surrogate pair, which JSON.stringify writes as escapes. */
function storableJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(/\\u(0000|d[89a-f][0-9a-f]{2})/gi, '\\ufffd');
}
