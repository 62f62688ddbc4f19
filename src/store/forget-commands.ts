import type { ForgetCommand, ForgetTarget } from '../model/log-record.ts';
import type { EpochMs } from '../model/reading.ts';
import type { Session } from './database.ts';

/** Journals commands to forget, each once. */
export async function storeForgetCommands(session: Session, commands: readonly ForgetCommand[]): Promise<void> {
  for (const { commandId, at, by, note, job, of } of commands)
    await session.query(
      `insert into forget_command (id, at, by, note, job, targets) values ($1, $2, $3, $4, $5, $6::jsonb)
       on conflict (id) do nothing`,
      [commandId, new Date(at), by, note ?? null, job ?? null, JSON.stringify(of)],
    );
}

/** What rules were to forget in `[from, to)`, oldest first: the newest `limit`. */
export async function listForgetCommands(
  session: Session,
  { from, to, limit }: { readonly from: EpochMs; readonly to: EpochMs; readonly limit: number },
): Promise<ForgetCommand[]> {
  const { rows } = await session.query<{
    id: string;
    at: Date;
    by: string;
    note: string | null;
    job: string | null;
    targets: readonly ForgetTarget[];
  }>(
    `select id::text, at, by, note, job, targets from forget_command
      where at >= $1 and at < $2 order by at desc, id desc limit $3`,
    [new Date(from), new Date(to), limit],
  );
  return rows.reverse().map(({ id, at, by, note, job, targets }) => ({
    kind: 'forget',
    commandId: id,
    at: at.getTime(),
    by,
    ...(note !== null && { note }),
    ...(job !== null && { job }),
    of: targets,
  }));
}
