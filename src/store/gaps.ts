import type { Gap, GapReason } from '../model/gap.ts';
import type { EpochMs } from '../model/reading.ts';
import type { Session } from './database.ts';

/** What a list of gaps is narrowed to. */
export interface GapFilter {
  readonly source: string | undefined;
  /** Gaps of this tag, and those of its whole source. */
  readonly tag: string | undefined;
  readonly state: 'open' | 'closed' | undefined;
  /** Gaps that reach into this time. */
  readonly from: EpochMs | undefined;
  readonly to: EpochMs | undefined;
}

/** Writes gaps as they are now; one that was written before is replaced. */
export async function storeGaps(session: Session, gaps: readonly Gap[]): Promise<void> {
  const time = (at: EpochMs | null) => (at === null ? null : new Date(at));
  await session.query(
    `insert into gap (id, source, tag, stream, from_at, to_at, first_sequence, last_sequence, reason, opened_at, closed_at)
     select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::bigint[],
       $8::bigint[], $9::text[], $10::timestamptz[], $11::timestamptz[])
     on conflict (id) do update set from_at = excluded.from_at, to_at = excluded.to_at, first_sequence = excluded.first_sequence,
       last_sequence = excluded.last_sequence, reason = excluded.reason, closed_at = excluded.closed_at`,
    [
      gaps.map(({ id }) => id),
      gaps.map(({ source }) => source),
      gaps.map(({ tag }) => tag),
      gaps.map(({ stream }) => stream),
      gaps.map(({ from }) => time(from)),
      gaps.map(({ to }) => time(to)),
      gaps.map(({ firstSequence }) => firstSequence),
      gaps.map(({ lastSequence }) => lastSequence),
      gaps.map(({ reason }) => reason),
      gaps.map(({ openedAt }) => time(openedAt)),
      gaps.map(({ closedAt }) => time(closedAt)),
    ],
  );
}

/** Gaps, last opened first, after `after`, at most `limit`. */
export async function listGaps(
  session: Session,
  page: GapFilter & { readonly after: { at: EpochMs; id: string } | undefined; readonly limit: number },
): Promise<Gap[]> {
  const { source, tag, state, from, to, after, limit } = page;
  const { rows } = await session.query<RawGap>(
    `select id, source, tag, stream, from_at, to_at, first_sequence, last_sequence, reason, opened_at, closed_at
       from gap
      where ($1::text is null or source = $1)
        and ($2::text is null or tag = $2
             or (tag is null and stream is null and source = (select t.source from tag t where t.name = $2)))
        and ($3::text is null or (closed_at is null) = ($3 = 'open'))
        and ($4::timestamptz is null or to_at is null or to_at > $4)
        and ($5::timestamptz is null or from_at < $5)
        and ($6::timestamptz is null or (opened_at, id) < ($6, $7))
      order by opened_at desc, id desc limit $8`,
    [
      source ?? null,
      tag ?? null,
      state ?? null,
      from === undefined ? null : new Date(from),
      to === undefined ? null : new Date(to),
      after === undefined ? null : new Date(after.at),
      after?.id ?? null,
      limit,
    ],
  );
  return rows.map(toGap);
}

/** Forgets gaps that ended before `at`; how many. */
export async function deleteGapsBefore(session: Session, at: EpochMs): Promise<number> {
  return (await session.query('delete from gap where to_at < $1', [new Date(at)])).rowCount;
}

/** How far the log has been examined for gaps and what the examiner remembers, `null` when never in this log. */
export async function readLedgerCheckpoint(
  session: Session,
  logId: string,
): Promise<{ readonly position: number; readonly state: unknown } | null> {
  const { rows } = await session.query<{ position: string; state: unknown }>(
    'select position, state from ledger_checkpoint where log_id = $1',
    [logId],
  );
  return rows[0] ? { position: Number(rows[0].position), state: rows[0].state } : null;
}

/** Replaces the checkpoint. */
export async function storeLedgerCheckpoint(
  session: Session,
  checkpoint: { readonly logId: string; readonly position: number; readonly state: unknown; readonly at: EpochMs },
): Promise<void> {
  const { logId, position, state, at } = checkpoint;
  await session.query(
    `insert into ledger_checkpoint (scope, log_id, position, state, at) values ('all', $1, $2, $3, $4)
     on conflict (scope) do update set log_id = excluded.log_id, position = excluded.position, state = excluded.state, at = excluded.at`,
    [logId, position, JSON.stringify(state), new Date(at)],
  );
}

interface RawGap {
  readonly id: string;
  readonly source: string;
  readonly tag: string | null;
  readonly stream: string | null;
  readonly from_at: Date;
  readonly to_at: Date | null;
  readonly first_sequence: string | null;
  readonly last_sequence: string | null;
  readonly reason: GapReason;
  readonly opened_at: Date;
  readonly closed_at: Date | null;
}

function toGap(row: RawGap): Gap {
  return {
    id: row.id,
    source: row.source,
    tag: row.tag,
    stream: row.stream,
    from: row.from_at.getTime(),
    to: row.to_at?.getTime() ?? null,
    firstSequence: row.first_sequence === null ? null : Number(row.first_sequence),
    lastSequence: row.last_sequence === null ? null : Number(row.last_sequence),
    reason: row.reason,
    openedAt: row.opened_at.getTime(),
    closedAt: row.closed_at?.getTime() ?? null,
  };
}
