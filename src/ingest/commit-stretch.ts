import type { Clock } from '../model/clock.ts';
import { StoreError } from '../model/errors.ts';
import type { EpochMs } from '../model/reading.ts';
import type { ReadingRows } from '../store/copy-rows.ts';
import { encodeCopyRows } from '../store/copy-rows.ts';
import { type Database, errorCode, mayRetry, type Session } from '../store/database.ts';
import { storeForgetCommands } from '../store/forget-commands.ts';
import { moveCursor, readCursor } from '../store/log-cursors.ts';
import { type QuarantineEntry, storeQuarantined } from '../store/quarantine.ts';
import { copyRows, queueStored, type StoredCounts, storeChecked } from '../store/readings.ts';
import { storeTexts, type TextRow } from '../store/texts.ts';
import { type CaptureOutcome, type PackedCapture, storeCapture, storeCaptures, summariseCapture } from './captures.ts';
import { sliceRows } from './rows.ts';
import type { Stretch } from './stretch.ts';

/** Where stretches are committed to. */
export interface CommitContext {
  readonly database: Database;
  readonly logId: string;
  readonly clock: Clock;
  /** Source of a tag, where it is known. */
  readonly sourceOf: (tag: string) => string | null;
}

/** What became of the rows of a stretch: the sum is their number. */
interface RowCounts extends StoredCounts {
  readonly quarantined: readonly QuarantineEntry[];
}

/** What became of a stretch. */
export interface CommitCounts extends RowCounts {
  readonly captures: readonly CaptureOutcome[];
}

/** The stretch before this one was not committed, so this one must not be. */
export class PredecessorFailed extends StoreError {}

const UNIQUE_VIOLATION = '23505';

/**
 * The usual way: plain COPY. With `before`, the rows go into the database at the same time as those of the stretch before,
 * and are committed after it: the cursor moves in order, and a crash leaves nothing behind it. What both transactions
 * touch (the cursor) is left until the first is through, or each would wait for the other; so are captures and
 * texts, whose keys nobody has compared.
 */
export function commitFast(
  stretch: Stretch,
  context: CommitContext,
  before?: Promise<unknown> | undefined,
): Promise<CommitCounts> {
  const { rows, encoded } = stretch;
  return context.database.transaction(async (session) => {
    if (rows.tagId.length > 0) await copyRows(session, encoded);
    await before?.catch((cause: unknown) => {
      throw new PredecessorFailed('transaction_lost', 'the stretch before this one was not committed', { cause });
    });
    if (rows.tagId.length > 0) await queueStored(session, rows);
    const captures = await storeCaptures(session, stretch.captures);
    const texts = await storeTexts(session, stretch.texts);
    await moveOn(session, stretch, context);
    const numbers = { stored: rows.tagId.length, duplicates: 0, conflicts: 0, quarantined: [] };
    return { ...add(numbers, texts), captures };
  });
}

/**
 * Any way that leads on after `failure`, alone: some rows may be there already, or all of them (a commit whose answer was
 * lost), or the database will never take some. Throws what is worth another try.
 */
export async function commitAfter(failure: unknown, stretch: Stretch, context: CommitContext): Promise<CommitCounts> {
  if (failure === null || mayRetry(failure)) {
    if (await isThere(stretch, context)) {
      const captures = stretch.captures.map(({ kind }) => ({ kind, as: 'stored' as const }));
      const stored = stretch.rows.tagId.length + stretch.texts.length;
      return { stored, duplicates: 0, conflicts: 0, quarantined: [], captures };
    }
    return commitFast(stretch, context);
  }
  if (errorCode(failure) === UNIQUE_VIOLATION) {
    const counts = await commitChecked(stretch, context).catch((error: unknown) => {
      if (mayRetry(error)) throw error;
      return null;
    });
    if (counts) return counts;
  }
  return commitSalvaged(stretch, context);
}

/** PostgreSQL has no code of its own for it: it is a check_violation, told apart by its words. */
export function isPartitionMissing(error: unknown): boolean {
  return errorCode(error) === '23514' && error instanceof Error && error.message.startsWith('no partition of relation');
}

async function isThere({ end }: Stretch, { database, logId }: CommitContext): Promise<boolean> {
  return (await readCursor(database, 'writer', logId)) === end;
}

async function moveOn(session: Session, { end, forgets }: Stretch, { logId, clock }: CommitContext): Promise<void> {
  await storeForgetCommands(session, forgets);
  await moveCursor(session, { reader: 'writer', logId, position: end, at: clock.now() });
}

function commitChecked(stretch: Stretch, context: CommitContext): Promise<CommitCounts> {
  return context.database.transaction(async (session) => {
    const counts = await storeChecked(session, stretch.rows);
    const captures = await storeCaptures(session, stretch.captures);
    const texts = await storeTexts(session, stretch.texts);
    await moveOn(session, stretch, context);
    return { ...add({ ...counts, quarantined: [] }, texts), captures };
  });
}

/** Stores all but what the database will never take, which goes to quarantine: all in the transaction of the cursor. */
function commitSalvaged(stretch: Stretch, context: CommitContext): Promise<CommitCounts> {
  return context.database.transaction(async (session) => {
    const numbers = await salvage(session, stretch.rows, { ...context, ...stretch });
    const counts = add(numbers, await salvageTexts(session, stretch.texts, { ...context, ...stretch }));
    const captures = await salvageCaptures(session, stretch.captures, { ...context, ...stretch });
    const refused = captures.flatMap((outcome) => (outcome.as === 'quarantined' ? [outcome.entry] : []));
    await storeQuarantined(session, [...counts.quarantined, ...refused]);
    await moveOn(session, stretch, context);
    return { ...counts, captures };
  });
}

async function salvageCaptures(
  session: Session,
  captures: readonly PackedCapture[],
  context: CommitContext & Pick<Stretch, 'tagNames'>,
): Promise<CaptureOutcome[]> {
  const outcomes: CaptureOutcome[] = [];
  for (const capture of captures) {
    const { kind, row } = capture;
    try {
      outcomes.push({ kind, as: await insideSavepoint(session, () => storeCapture(session, capture)) });
    } catch (error) {
      if (mayRetry(error)) throw error;
      const refused = { tagId: row.tagId, at: row.at, value: summariseCapture(capture) };
      outcomes.push({ kind, as: 'quarantined', entry: entryOf(refused, error, context) });
    }
  }
  return outcomes;
}

/** One by one: a text that the database refuses is rarer than a number that it refuses. */
async function salvageTexts(
  session: Session,
  texts: readonly TextRow[],
  context: CommitContext & Pick<Stretch, 'tagNames'>,
): Promise<RowCounts> {
  let sum: RowCounts = { stored: 0, duplicates: 0, conflicts: 0, quarantined: [] };
  for (const row of texts) {
    try {
      sum = add(sum, await insideSavepoint(session, () => storeTexts(session, [row])));
    } catch (error) {
      if (mayRetry(error)) throw error;
      const refused = entryOf({ ...row, value: row.text }, error, context);
      sum = add(sum, { stored: 0, duplicates: 0, conflicts: 0, quarantined: [refused] });
    }
  }
  return sum;
}

/** `rows` are known to hold something that the database refuses: tries each half, down to the row. */
async function salvage(
  session: Session,
  rows: ReadingRows,
  context: CommitContext & Pick<Stretch, 'tagNames'>,
): Promise<RowCounts> {
  const n = rows.tagId.length;
  const middle = n >> 1;
  const parts = n > 1 ? [sliceRows(rows, 0, middle), sliceRows(rows, middle, n)] : n === 1 ? [rows] : [];
  let sum: RowCounts = { stored: 0, duplicates: 0, conflicts: 0, quarantined: [] };
  for (const part of parts) sum = add(sum, await salvagePart(session, part, context));
  return sum;
}

async function salvagePart(
  session: Session,
  rows: ReadingRows,
  context: CommitContext & Pick<Stretch, 'tagNames'>,
): Promise<RowCounts> {
  try {
    return await insideSavepoint(session, () => storeEither(session, rows));
  } catch (error) {
    if (mayRetry(error)) throw error;
    if (rows.tagId.length > 1) return salvage(session, rows, context);
    const value = Number.isNaN(rows.value[0]!) ? null : String(rows.value[0]);
    const refused = { tagId: rows.tagId[0]!, at: rows.at[0]!, value };
    return { stored: 0, duplicates: 0, conflicts: 0, quarantined: [entryOf(refused, error, context)] };
  }
}

async function storeEither(session: Session, rows: ReadingRows): Promise<RowCounts> {
  try {
    await insideSavepoint(session, () => copyRows(session, encodeCopyRows(rows)));
  } catch (error) {
    if (errorCode(error) !== UNIQUE_VIOLATION) throw error;
    return { ...(await storeChecked(session, rows)), quarantined: [] };
  }
  await queueStored(session, rows);
  return { stored: rows.tagId.length, duplicates: 0, conflicts: 0, quarantined: [] };
}

async function insideSavepoint<T>(session: Session, work: () => Promise<T>): Promise<T> {
  await session.query('savepoint part');
  try {
    const result = await work();
    await session.query('release savepoint part');
    return result;
  } catch (error) {
    if (!mayRetry(error)) {
      await session.query('rollback to savepoint part');
      await session.query('release savepoint part');
    }
    throw error;
  }
}

function entryOf(
  { tagId, at, value }: { readonly tagId: number; readonly at: EpochMs; readonly value: string | null },
  error: unknown,
  { clock, tagNames, sourceOf }: CommitContext & Pick<Stretch, 'tagNames'>,
): QuarantineEntry {
  const tag = tagNames.get(tagId) ?? `tag ${tagId}`;
  return {
    quarantinedAt: clock.now(),
    source: sourceOf(tag),
    tag,
    at,
    value,
    reason: errorCode(error),
    detail: error instanceof Error ? error.message : String(error),
  };
}

function add(a: RowCounts, b: StoredCounts & Partial<RowCounts>): RowCounts {
  return {
    stored: a.stored + b.stored,
    duplicates: a.duplicates + b.duplicates,
    conflicts: a.conflicts + b.conflicts,
    quarantined: [...a.quarantined, ...(b.quarantined ?? [])],
  };
}
