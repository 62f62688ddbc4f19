import type { EpochMs } from '../model/reading.ts';
import type { Session } from './database.ts';
import { packFloats, unpackFloats } from './pack-floats.ts';
import { toTimestamp } from './readings.ts';

/** A waveform with the database's number of its tag; see `Waveform` for the rest. */
export interface WaveformRow {
  readonly tagId: number;
  readonly at: EpochMs;
  readonly rateHz: number;
  readonly unit: string;
  readonly samples: Float32Array;
}

/** A thermal frame with the database's number of its tag; see `ThermalFrame` for the rest. */
export interface ThermalFrameRow {
  readonly tagId: number;
  readonly at: EpochMs;
  readonly width: number;
  readonly height: number;
  readonly celsius: Float32Array;
}

/** What a list tells of a waveform. */
export type WaveformEntry = Omit<WaveformRow, 'tagId' | 'samples'> & { readonly length: number };
/** What a list tells of a thermal frame. */
export type ThermalFrameEntry = Omit<ThermalFrameRow, 'tagId' | 'celsius'>;

/** A part of a tag's time: `from` inclusive, `to` exclusive, at most `limit` entries after `after`. */
export interface TimeRange {
  readonly tagId: number;
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly limit: number;
  readonly after?: EpochMs | undefined;
}

/** A waveform ready to be stored. */
export type PackedWaveform = Omit<WaveformRow, 'samples'> & { readonly length: number; readonly packed: Buffer };
/** A thermal frame ready to be stored. */
export type PackedThermalFrame = Omit<ThermalFrameRow, 'celsius'> & { readonly packed: Buffer };

/** What storing came to. The tag has one at that time already, which stays: the same, or another one. */
export type StoredAs = 'stored' | 'duplicate' | 'conflict';

/** Packs a waveform: worth doing before its transaction begins, for a million samples take a tenth of a second. */
export async function packWaveform({ samples, ...row }: WaveformRow): Promise<PackedWaveform> {
  return { ...row, length: samples.length, packed: await packFloats(samples) };
}

/** Packs a thermal frame. */
export async function packThermalFrame({ celsius, ...row }: ThermalFrameRow): Promise<PackedThermalFrame> {
  return { ...row, packed: await packFloats(celsius) };
}

/** Stores a waveform once. */
export async function storeWaveform(session: Session, row: PackedWaveform): Promise<StoredAs> {
  const { rowCount } = await session.query(
    `insert into waveform (tag_id, at, rate_hz, unit, length, packed) values ($1, $2, $3, $4, $5, $6)
     on conflict (tag_id, at) do nothing`,
    [row.tagId, toTimestamp(row.at), row.rateHz, row.unit, row.length, row.packed],
  );
  if (rowCount === 1) return 'stored';
  const found = await findWaveform(session, row.tagId, row.at);
  const isSame = found?.rateHz === row.rateHz && found.unit === row.unit && found.samples.length === row.length;
  return isSame && (await holds(row.packed, found.samples)) ? 'duplicate' : 'conflict';
}

/** Stores a thermal frame once. */
export async function storeThermalFrame(session: Session, row: PackedThermalFrame): Promise<StoredAs> {
  const { rowCount } = await session.query(
    `insert into thermal_frame (tag_id, at, width, height, packed) values ($1, $2, $3, $4, $5)
     on conflict (tag_id, at) do nothing`,
    [row.tagId, toTimestamp(row.at), row.width, row.height, row.packed],
  );
  if (rowCount === 1) return 'stored';
  const found = await findThermalFrame(session, row.tagId, row.at);
  const isSame = found?.width === row.width && found.height === row.height;
  return isSame && (await holds(row.packed, found.celsius)) ? 'duplicate' : 'conflict';
}

/** Waveforms of a tag without their samples, oldest first. */
export async function listWaveforms(session: Session, range: TimeRange): Promise<WaveformEntry[]> {
  const { rows } = await session.query<WaveformEntry>(
    `select (extract(epoch from at) * 1000)::float8 as at, rate_hz as "rateHz", unit, length from waveform
      where tag_id = $1 and at >= $2 and at < $3 and ($4::timestamptz is null or at > $4) order by at limit $5`,
    parametersOf(range),
  );
  return rows;
}

/** Thermal frames of a tag without their temperatures, oldest first. */
export async function listThermalFrames(session: Session, range: TimeRange): Promise<ThermalFrameEntry[]> {
  const { rows } = await session.query<ThermalFrameEntry>(
    `select (extract(epoch from at) * 1000)::float8 as at, width, height from thermal_frame
      where tag_id = $1 and at >= $2 and at < $3 and ($4::timestamptz is null or at > $4) order by at limit $5`,
    parametersOf(range),
  );
  return rows;
}

/** The waveform of a tag at exactly `at`, `null` when there is none. */
export async function findWaveform(session: Session, tagId: number, at: EpochMs): Promise<WaveformRow | null> {
  const { rows } = await session.query<{ rateHz: number; unit: string; length: number; packed: Buffer }>(
    `select rate_hz as "rateHz", unit, length, packed from waveform where tag_id = $1 and at = $2`,
    [tagId, toTimestamp(at)],
  );
  if (!rows[0]) return null;
  const { rateHz, unit, length, packed } = rows[0];
  return { tagId, at, rateHz, unit, samples: await unpackFloats(packed, length) };
}

/** The thermal frame of a tag at exactly `at`, `null` when there is none. */
export async function findThermalFrame(session: Session, tagId: number, at: EpochMs): Promise<ThermalFrameRow | null> {
  const { rows } = await session.query<{ width: number; height: number; packed: Buffer }>(
    'select width, height, packed from thermal_frame where tag_id = $1 and at = $2',
    [tagId, toTimestamp(at)],
  );
  if (!rows[0]) return null;
  const { width, height, packed } = rows[0];
  return { tagId, at, width, height, celsius: await unpackFloats(packed, width * height) };
}

/** Drops waveforms and thermal frames older than `before`; how many went. */
export async function dropWaveformsBefore(session: Session, before: EpochMs): Promise<number> {
  let dropped = 0;
  for (const drop of [dropSomeWaveforms, dropSomeThermalFrames]) {
    for (;;) {
      const some = await drop(session, before);
      dropped += some;
      if (some < DROPPED_AT_A_TIME) break;
    }
  }
  return dropped;
}

/** At up to 4 MB each: well within a statement's deadline. */
const DROPPED_AT_A_TIME = 100;

async function dropSomeWaveforms(session: Session, before: EpochMs): Promise<number> {
  const { rowCount } = await session.query(
    `delete from waveform where (tag_id, at) in (select tag_id, at from waveform where at < $1 order by at limit $2)`,
    [toTimestamp(before), DROPPED_AT_A_TIME],
  );
  return rowCount;
}

async function dropSomeThermalFrames(session: Session, before: EpochMs): Promise<number> {
  const { rowCount } = await session.query(
    `delete from thermal_frame
      where (tag_id, at) in (select tag_id, at from thermal_frame where at < $1 order by at limit $2)`,
    [toTimestamp(before), DROPPED_AT_A_TIME],
  );
  return rowCount;
}

/** Compared unpacked: another version of zlib packs the same values into other bytes. */
async function holds(packed: Buffer, values: Float32Array): Promise<boolean> {
  const own = await unpackFloats(packed, values.length);
  return Buffer.from(own.buffer).equals(Buffer.from(values.buffer, values.byteOffset, values.byteLength));
}

function parametersOf({ tagId, from, to, limit, after }: TimeRange): unknown[] {
  return [tagId, toTimestamp(from), toTimestamp(to), after === undefined ? null : toTimestamp(after), limit];
}
