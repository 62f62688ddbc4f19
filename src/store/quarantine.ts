import type { EpochMs } from '../model/reading.ts';
import type { Session } from './database.ts';

/** Something that was accepted and that the database refused: kept here instead, in the transaction of the cursor. */
export interface QuarantineEntry {
  /** When it was refused. */
  readonly quarantinedAt: EpochMs;
  readonly source: string | null;
  readonly tag: string;
  readonly at: EpochMs;
  /** As text; `null`: it had none. */
  readonly value: string | null;
  /** PostgreSQL's code of the refusal (SQLSTATE). */
  readonly reason: string;
  /** What the database said; cut at 4 kB. */
  readonly detail: string;
}

/** An entry as it was stored. */
export type StoredQuarantineEntry = Omit<QuarantineEntry, 'at'> & { readonly id: string; readonly at: EpochMs | null };

const MAX_DETAIL_BYTES = 4_096;

/** Stores entries; belongs into the transaction that moves the cursor past what they came from. */
export async function storeQuarantined(session: Session, entries: readonly QuarantineEntry[]): Promise<void> {
  if (entries.length === 0) return;
  await session.query(
    `insert into quarantine (quarantined_at, source, tag, at, value, reason, detail)
     select * from unnest($1::timestamptz[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::text[], $7::text[])`,
    [
      entries.map(({ quarantinedAt }) => new Date(quarantinedAt)),
      entries.map(({ source }) => source),
      entries.map(({ tag }) => tag.replaceAll('\u0000', '\ufffd')),
      entries.map(({ at }) => storableTime(at)),
      entries.map(({ value }) => value),
      entries.map(({ reason }) => reason),
      entries.map(({ detail }) => cut(detail.replaceAll('\u0000', '\ufffd'))),
    ],
  );
}

/** The newest entries first, at most `limit`, those after `after` when given. */
export async function listQuarantined(
  session: Session,
  page: { readonly limit: number; readonly after?: { readonly at: EpochMs; readonly id: string } | undefined },
): Promise<StoredQuarantineEntry[]> {
  const { rows } = await session.query<{
    id: string;
    quarantined: number;
    source: string | null;
    tag: string;
    at: number | null;
    value: string | null;
    reason: string;
    detail: string;
  }>(
    `select id::text, (extract(epoch from quarantined_at) * 1000)::float8 as quarantined, source, tag,
            (extract(epoch from at) * 1000)::float8 as at, value, reason, detail
       from quarantine
      where $1::timestamptz is null or (quarantined_at, id) < ($1, $2::bigint)
      order by quarantined_at desc, id desc limit $3`,
    [page.after ? new Date(page.after.at) : null, page.after?.id ?? null, page.limit],
  );
  return rows.map(({ quarantined, ...row }) => ({ ...row, quarantinedAt: quarantined }));
}

/** Drops what is older than `before` and all but the newest `keep`; how many went. */
export async function pruneQuarantine(
  session: Session,
  { before, keep }: { readonly before: EpochMs; readonly keep: number },
): Promise<number> {
  const { rowCount } = await session.query(
    `delete from quarantine where quarantined_at < $1
        or id <= (select id from quarantine order by id desc offset $2 limit 1)`,
    [new Date(before), keep],
  );
  return rowCount;
}

/** Years that PostgreSQL and RFC 3339 both know. */
function storableTime(at: EpochMs): string | null {
  return Math.abs(at) < 8.64e15 && at > -6.2e13 && at < 2.5e14 ? new Date(at).toISOString() : null;
}

function cut(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= MAX_DETAIL_BYTES) return text;
  // A character that is cut in two becomes a replacement character of three bytes.
  return bytes.toString('utf8', 0, MAX_DETAIL_BYTES - 3);
}
