import type { CaptureRecord, PlacedRecord } from '../model/log-record.ts';
import type { CaptureKind } from '../model/waveform.ts';
import type { Session } from '../store/database.ts';
import type { QuarantineEntry } from '../store/quarantine.ts';
import {
  type PackedThermalFrame,
  type PackedWaveform,
  packThermalFrame,
  packWaveform,
  type StoredAs,
  storeThermalFrame,
  storeWaveform,
} from '../store/waveforms.ts';

/** A capture of a stretch, with the name of its tag. */
export interface GatheredCapture {
  readonly tag: string;
  readonly record: CaptureRecord;
}

/** A capture ready for the database. */
export type PackedCapture =
  | { readonly kind: 'waveform'; readonly row: PackedWaveform }
  | { readonly kind: 'thermalFrame'; readonly row: PackedThermalFrame };

/** What became of one capture. */
export type CaptureOutcome =
  | { readonly kind: CaptureKind; readonly as: StoredAs }
  | { readonly kind: CaptureKind; readonly as: 'quarantined'; readonly entry: QuarantineEntry };

const BYTES_OF_A_READING = 21;
/** A statement of its own takes the database as long as about so many readings of a COPY. */
const STATEMENT_IN_READINGS = 50;

/** How many readings a capture counts for in a transaction: by its bytes, so that a stretch of them has a bound, too. */
export function captureInReadings(record: CaptureRecord): number {
  const { byteLength } = record.kind === 'waveform' ? record.samples : record.celsius;
  return STATEMENT_IN_READINGS + Math.ceil(byteLength / BYTES_OF_A_READING);
}

/** Collects the waveforms and thermal frames of `records`, in the order of the log. */
export function gatherCaptures(
  records: readonly PlacedRecord[],
  names: ReadonlyMap<number, string>,
): GatheredCapture[] {
  return records.flatMap(({ record }) => {
    if (record.kind !== 'waveform' && record.kind !== 'thermalFrame') return [];
    // As for readings: a name can be missing only when damage took the dictionary with it.
    return [{ tag: names.get(record.tag) ?? `lost-names.log-${record.tag}`, record }];
  });
}

/** Packs captures for the database; `tagIds` are those of their tags, in their order. */
export async function packCaptures(
  gathered: readonly GatheredCapture[],
  tagIds: readonly number[],
): Promise<PackedCapture[]> {
  const packed: PackedCapture[] = [];
  for (const [i, { record }] of gathered.entries()) packed.push(await packCapture(record, tagIds[i]!));
  return packed;
}

/** Stores captures, each once. Needs a transaction. */
export async function storeCaptures(session: Session, captures: readonly PackedCapture[]): Promise<CaptureOutcome[]> {
  const outcomes: CaptureOutcome[] = [];
  for (const capture of captures) outcomes.push({ kind: capture.kind, as: await storeCapture(session, capture) });
  return outcomes;
}

/** Stores one capture once. */
export function storeCapture(session: Session, capture: PackedCapture): Promise<StoredAs> {
  switch (capture.kind) {
    case 'waveform':
      return storeWaveform(session, capture.row);
    case 'thermalFrame':
      return storeThermalFrame(session, capture.row);
  }
}

/** A capture in a few words, for where its samples are left out. */
export function summariseCapture(capture: PackedCapture): string {
  switch (capture.kind) {
    case 'waveform':
      return `waveform of ${capture.row.length} samples, ${capture.row.rateHz} Hz, ${capture.row.unit}`;
    case 'thermalFrame':
      return `thermal frame of ${capture.row.width} × ${capture.row.height} pixels`;
  }
}

async function packCapture(record: CaptureRecord, tagId: number): Promise<PackedCapture> {
  switch (record.kind) {
    case 'waveform': {
      const { at, rateHz, unit, samples } = record;
      return { kind: 'waveform', row: await packWaveform({ tagId, at, rateHz, unit, samples }) };
    }
    case 'thermalFrame': {
      const { at, width, height, celsius } = record;
      return { kind: 'thermalFrame', row: await packThermalFrame({ tagId, at, width, height, celsius }) };
    }
  }
}
