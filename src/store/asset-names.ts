import type { Session } from './database.ts';

/** What people call the assets, by id; one that nobody named is not among them. */
export async function readAssetNames(session: Session, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { rows } = await session.query<{ id: string; name: string }>(
    'select id, name from asset where id = any($1::text[])',
    [ids],
    { isKept: true },
  );
  return new Map(rows.map(({ id, name }) => [id, name]));
}
