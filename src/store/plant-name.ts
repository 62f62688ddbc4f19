import { ConfigError } from '../model/errors.ts';
import type { Database } from './database.ts';

/** Kept as the comment of a table: it goes where the data goes, through a dump and a restore, too. */
const KEPT_BEFORE = 'assets of the plant ';

/**
 * Keeps with the data which plant they are of. Throws `data_of_other_plant` when they are of one that is called otherwise: its alerts
 * would be closed and its assets listed among the new ones. `rename`: it is the same plant, under a new name from now on.
 */
export async function keepPlantName(
  database: Database,
  { name, rename }: { readonly name: string; readonly rename?: true | undefined },
): Promise<void> {
  await database.transaction(async (session) => {
    const { rows: kept } = await session.query<{ text: string | null }>(
      `select obj_description('asset'::regclass, 'pg_class') as text`,
    );
    const comment = kept[0]?.text ?? '';
    const before = comment.startsWith(KEPT_BEFORE) ? comment.slice(KEPT_BEFORE.length) : null;
    if (before === name) return;
    if (before !== null && !rename)
      throw new ConfigError(
        'data_of_other_plant',
        `the data here are of the plant "${before}", and the plant file is of "${name}": give it a data directory and a database of its own (--data, --database-url), or, if it is the same plant under a new name, start it once with --rename-plant`,
      );
    const { rows: made } = await session.query<{ text: string }>(
      `select format('comment on table asset is %L', $1::text) as text`,
      [KEPT_BEFORE + name],
    );
    await session.query(made[0]!.text);
  });
}
