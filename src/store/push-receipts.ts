import type { PushReceipt } from '../model/log-record.ts';
import type { EpochMs } from '../model/reading.ts';
import type { Session } from './database.ts';

/** Writes receipts; one that was begun before is finished. */
export async function storePushReceipts(session: Session, receipts: readonly PushReceipt[]): Promise<void> {
  await session.query(
    `insert into push_receipt (key, begun_at, body_hash, answer)
     select * from unnest($1::text[], $2::timestamptz[], $3::text[], $4::text[])
     on conflict (key) do update set begun_at = excluded.begun_at, body_hash = excluded.body_hash, answer = excluded.answer`,
    [
      receipts.map(({ key }) => key),
      receipts.map(({ begunAt }) => new Date(begunAt)),
      receipts.map(({ done }) => done?.bodyHash ?? null),
      receipts.map(({ done }) => done?.answer ?? null),
    ],
  );
}

/** The newest receipts that were begun after `since`, at most `limit`, oldest first. */
export async function listPushReceipts(
  session: Session,
  { since, limit }: { readonly since: EpochMs; readonly limit: number },
): Promise<PushReceipt[]> {
  const { rows } = await session.query<{
    key: string;
    begun_at: Date;
    body_hash: string | null;
    answer: string | null;
  }>('select key, begun_at, body_hash, answer from push_receipt where begun_at > $1 order by begun_at desc limit $2', [
    new Date(since),
    limit,
  ]);
  return rows.reverse().map(({ key, begun_at: begunAt, body_hash: bodyHash, answer }) => ({
    key,
    begunAt: begunAt.getTime(),
    done: bodyHash === null || answer === null ? null : { bodyHash, answer },
  }));
}

/** Forgets receipts that were begun before `at`. */
export async function deletePushReceiptsBefore(session: Session, at: EpochMs): Promise<void> {
  await session.query('delete from push_receipt where begun_at < $1', [new Date(at)]);
}
