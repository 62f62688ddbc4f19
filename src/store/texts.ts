import { type EpochMs, type Quality, qualityOf, type Reading } from '../model/reading.ts';
import type { Session } from './database.ts';
import { type StoredCounts, toTimestamp } from './readings.ts';

/** A text reading ready for the database. */
export interface TextRow {
  readonly tagId: number;
  readonly at: EpochMs;
  readonly text: string;
  /** The stored quality number. */
  readonly quality: number;
  readonly code: number | null;
}

/** A stored text as it is given out. */
export interface StoredText {
  readonly at: EpochMs;
  readonly text: string;
  readonly quality: Quality;
  /** The raw 32-bit status code, where there is one. */
  readonly code?: number;
}

/** Stores texts, each key once: the first stays, in the database and among `rows`. Needs a transaction. */
export async function storeTexts(session: Session, rows: readonly TextRow[]): Promise<StoredCounts> {
  if (rows.length === 0) return { stored: 0, duplicates: 0, conflicts: 0 };
  const { rowCount: stored } = await session.query(
    `insert into reading_text (tag_id, at, value, quality, code)
     select * from ${ROWS} on conflict (tag_id, at) do nothing`,
    columnsOf(rows),
  );
  await session.query(
    `insert into reading_text_latest as latest (tag_id, at, value, quality, code)
     select distinct on (tag_id) t.tag_id, t.at, t.value, t.quality, t.code
       from ${ROWS} as given (tag_id, at, value, quality, code) join reading_text t using (tag_id, at)
      order by tag_id, at desc
     on conflict (tag_id) do update
       set at = excluded.at, value = excluded.value, quality = excluded.quality, code = excluded.code
       where excluded.at > latest.at`,
    columnsOf(rows),
  );
  if (stored === rows.length) return { stored, duplicates: 0, conflicts: 0 };
  // What was just inserted equals its row, so only rows that were there before can differ.
  const { rows: found } = await session.query<{ conflicts: number }>(
    `select count(*)::int as conflicts
       from ${ROWS} as given (tag_id, at, value, quality, code) join reading_text t using (tag_id, at)
      where t.value <> given.value or t.quality <> given.quality`,
    columnsOf(rows),
  );
  const conflicts = found[0]?.conflicts ?? 0;
  return { stored, conflicts, duplicates: rows.length - stored - conflicts };
}

const ROWS = 'unnest($1::int[], $2::timestamptz[], $3::text[], $4::smallint[], $5::int[])';

function columnsOf(rows: readonly TextRow[]): unknown[] {
  return [
    rows.map(({ tagId }) => tagId),
    rows.map(({ at }) => toTimestamp(at)),
    rows.map(({ text }) => text),
    rows.map(({ quality }) => quality),
    rows.map(({ code }) => (code === null ? null : code | 0)), // PostgreSQL's int has a sign
  ];
}

/** Texts of a tag as they lie in time: `from` inclusive, `to` exclusive. */
export interface TextsRange {
  readonly tagId: number;
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly limit: number;
}

/** Texts of a tag, newest first, at most `limit` before `before`. */
export async function listTextsBackwards(
  session: Session,
  { tagId, from, to, limit, before }: TextsRange & { readonly before?: EpochMs | undefined },
): Promise<StoredText[]> {
  const { rows } = await session.query<RawText>(
    `select (extract(epoch from at) * 1000)::float8 as ms, value, quality, code from reading_text
      where tag_id = $1 and at >= $2 and at < $3 and ($4::timestamptz is null or at < $4) order by at desc limit $5`,
    [tagId, toTimestamp(from), toTimestamp(to), before === undefined ? null : toTimestamp(before), limit],
  );
  return rows.map(toText);
}

/** Texts of a tag, oldest first, at most `limit` after `after`. */
export async function listTexts(
  session: Session,
  { tagId, from, to, limit, after }: TextsRange & { readonly after?: EpochMs | undefined },
): Promise<StoredText[]> {
  const { rows } = await session.query<RawText>(
    `select (extract(epoch from at) * 1000)::float8 as ms, value, quality, code from reading_text
      where tag_id = $1 and at >= $2 and at < $3 and ($4::timestamptz is null or at > $4) order by at limit $5`,
    [tagId, toTimestamp(from), toTimestamp(to), after === undefined ? null : toTimestamp(after), limit],
  );
  return rows.map(toText);
}

/** The newest text of each tag that has one, or of those of `names`. */
export async function readNewestTexts(session: Session, names: readonly string[] | null = null): Promise<Reading[]> {
  const { rows } = await session.query<RawText & { readonly name: string }>(
    `select t.name, (extract(epoch from l.at) * 1000)::float8 as ms, l.value, l.quality, l.code
       from reading_text_latest l join tag t on t.id = l.tag_id
      where t.retired_at is null and ($1::text[] is null or t.name = any($1))`,
    [names],
  );
  return rows.map((row) => ({ tag: row.name, value: null, ...toText(row) }));
}

interface RawText {
  readonly ms: number;
  readonly value: string;
  readonly quality: number;
  readonly code: number | null;
}

function toText({ ms, value, quality, code }: RawText): StoredText {
  return { at: ms, text: value, quality: qualityOf(quality), ...(code === null ? {} : { code: code >>> 0 }) };
}
