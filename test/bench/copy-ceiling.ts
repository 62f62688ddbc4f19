import type { SignalScheme } from '../kit/bench-tools.ts';
import type { BenchDatabase } from './database.ts';

const BATCH = 10_000;
const POSTGRES_EPOCH_MS = 946_684_800_000;
const ROW_BYTES = 2 + 8 + 12 + 12 + 6 + 4;
const HEADER = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)]);

/** What the generators send, in batches as a database likes them: 10,000 rows by (tag, time). */
export interface CopyLoad {
  readonly scheme: SignalScheme;
  readonly readings: number;
  readonly tags: number;
  readonly startAt: number;
  readonly stepMs: number;
}

/**
 * What the database itself can take: the generators' rows by binary COPY into the empty table `reading`, a transaction
 * per batch, one connection. Rows/s, encoding included. The partition of `startAt` must be there.
 */
export async function measureCopy(database: BenchDatabase, load: CopyLoad): Promise<number> {
  const ids = await database.query<{ id: number }>('select id from tag order by id');
  if (ids.length < load.tags) throw new Error(`${load.tags} tags are needed, ${ids.length} are there`);
  const batches = makeBatches(
    load,
    ids.map(({ id }) => id),
  );
  await database.query('truncate reading');
  const startedAt = performance.now();
  for (const batch of batches) {
    await database.copyIn('copy reading (tag_id, at, value, quality, code) from stdin (format binary)', encode(batch));
  }
  const readingsPerSecond = (load.readings / (performance.now() - startedAt)) * 1_000;
  const [row] = await database.query<{ n: number }>('select count(*)::int as n from reading');
  if (row!.n !== load.readings) throw new Error(`${load.readings} rows were copied, ${row!.n} are there`);
  return readingsPerSecond;
}

interface CopyBatch {
  readonly tagId: Int32Array;
  readonly at: Float64Array;
  readonly value: Float64Array;
}

function makeBatches({ scheme, readings, tags, startAt, stepMs }: CopyLoad, ids: readonly number[]): CopyBatch[] {
  const signals = new scheme.Signals(tags);
  const batches: CopyBatch[] = [];
  for (let made = 0; made < readings; made += BATCH) {
    const rows = Array.from({ length: Math.min(BATCH, readings - made) }, (_, i) => {
      const tag = (made + i) % tags;
      return { tagId: ids[tag]!, at: startAt + Math.floor((made + i) / tags) * stepMs, value: signals.next(tag) };
    }).sort((a, b) => a.tagId - b.tagId || a.at - b.at);
    batches.push({
      tagId: Int32Array.from(rows, ({ tagId }) => tagId),
      at: Float64Array.from(rows, ({ at }) => at),
      value: Float64Array.from(rows, ({ value }) => value),
    });
  }
  return batches;
}

/** Binary COPY (PostgreSQL documentation of COPY, "Binary Format"): quality good, no code. */
function encode({ tagId, at, value }: CopyBatch): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER.length + tagId.length * ROW_BYTES + 2);
  HEADER.copy(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let o = HEADER.length;
  for (let i = 0; i < tagId.length; i++, o += ROW_BYTES) {
    const micros = (at[i]! - POSTGRES_EPOCH_MS) * 1_000;
    const high = Math.floor(micros / 2 ** 32);
    view.setInt16(o, 5);
    view.setInt32(o + 2, 4);
    view.setInt32(o + 6, tagId[i]!);
    view.setInt32(o + 10, 8);
    view.setInt32(o + 14, high);
    view.setUint32(o + 18, micros - high * 2 ** 32);
    view.setInt32(o + 22, 8);
    view.setFloat64(o + 26, value[i]!);
    view.setInt32(o + 34, 2);
    view.setInt16(o + 38, 0);
    view.setInt32(o + 40, -1);
  }
  view.setInt16(o, -1);
  return bytes;
}
