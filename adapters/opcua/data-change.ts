import { MAX_TEXT_BYTES } from '../../src/model/reading.ts';
import { Wire } from './wire.ts';

/** What the value of a row is: a number, a 64-bit integer as its nearest number, a time in EpochMs, a text, or none of these. */
export const KIND = { number: 0, long: 1, time: 2, none: 3, text: 4 } as const;

/**
 * Values that a server says have changed, in columns: ten thousand values a second are no objects.
 * All arrays have `length` rows.
 */
export interface DataChange {
  readonly length: number;
  /** Client handle of the item. */
  readonly handle: Uint32Array;
  /** Source time, without one the server's, EpochMs to the microsecond; NaN without either. */
  readonly at: Float64Array;
  /** As `kind` says; NaN with `none` and `text`. */
  readonly value: Float64Array;
  /** One of `KIND`. */
  readonly kind: Uint8Array;
  /** Status code, 32 bits. */
  readonly status: Uint32Array;
  /** Of the rows that are texts. One longer than a reading may be is cut where it is too long all the same. */
  readonly texts: Map<number, string>;
}

/** What became of the bytes; `items` of a message that is not one were to be in it, as far as that can be said. */
export type Decoded =
  | { readonly kind: 'values'; readonly change: DataChange }
  | { readonly kind: 'unfamiliar'; readonly items: number }
  | { readonly kind: 'malformed'; readonly items: number };

/** A little more than a reading may have, so that one that is too long is refused as that. */
const MOST_TEXT_BYTES = MAX_TEXT_BYTES + 8;
/** Handle and encoding mask: the least that an item takes. */
const MIN_ITEM_BYTES = 5;
/** Parts of a DataValue (OPC UA Part 6 §5.2.2.17, Table 26). */
const HAS = { value: 0x01, status: 0x02, source: 0x04, server: 0x08, sourcePico: 0x10, serverPico: 0x20 } as const;
const KNOWN_PARTS = 0x3f;
/** Parts of the first byte of a Variant (OPC UA Part 6 §5.2.2.16). */
const TYPE_BITS = 0x3f;
const IS_ARRAY = 0x80;
const HAS_DIMENSIONS = 0x40;
/** Built-in types (OPC UA Part 6 §5.1.2) by their numbers. */
const TYPE = {
  null: 0,
  boolean: 1,
  sbyte: 2,
  byte: 3,
  int16: 4,
  uint16: 5,
  int32: 6,
  uint32: 7,
  int64: 8,
  uint64: 9,
  float: 10,
  double: 11,
  string: 12,
  dateTime: 13,
  byteString: 15,
  xmlElement: 16,
} as const;
/** Bytes of one value of each type of one length, by its number; 0 = of no length of its own, or not known here. */
const BYTES_OF = [0, 1, 1, 1, 2, 2, 4, 4, 8, 8, 4, 8, 0, 8, 16, 0, 0, 0, 0, 4];

/**
 * Decodes the body of a DataChangeNotification (OPC UA Part 4 §7.25.2, Part 6 §5.2): single numbers, times and all that is
 * skipped by its length. `unfamiliar` means that the library must decode it: structures, matrices, node ids, diagnostics.
 */
export function decodeDataChange(body: Uint8Array): Decoded {
  const wire = new Wire(body);
  let items = 1; // until it says how many
  try {
    items = wire.count(MIN_ITEM_BYTES);
    const change = columnsOf(items);
    for (let row = 0; row < items; row++) if (!takeItem(wire, change, row)) return { kind: 'unfamiliar', items };
    if (wire.count(1) > 0 || wire.left > 0) return { kind: 'unfamiliar', items };
    return { kind: 'values', change };
  } catch (error) {
    if (error instanceof RangeError) return { kind: 'malformed', items };
    throw error;
  }
}

/** Empty columns. */
export function columnsOf(length: number): DataChange {
  return {
    length,
    handle: new Uint32Array(length),
    at: new Float64Array(length),
    value: new Float64Array(length),
    kind: new Uint8Array(length),
    status: new Uint32Array(length),
    texts: new Map(),
  };
}

/** One row without its handle. */
export function rowOf(change: DataChange, row: number) {
  return { at: change.at[row]!, value: change.value[row]!, kind: change.kind[row]!, status: change.status[row]! };
}

/** `false`: there is something in it that is not known here. */
function takeItem(wire: Wire, change: DataChange, row: number): boolean {
  change.handle[row] = wire.uint32();
  const parts = wire.uint8();
  if ((parts & ~KNOWN_PARTS) !== 0) return false;
  change.value[row] = Number.NaN;
  change.kind[row] = KIND.none;
  if ((parts & HAS.value) !== 0 && !takeVariant(wire, change, row)) return false;
  if ((parts & HAS.status) !== 0) change.status[row] = wire.uint32();
  const source = takeTime(wire, parts & HAS.source, parts & HAS.sourcePico);
  const server = takeTime(wire, parts & HAS.server, parts & HAS.serverPico);
  change.at[row] = Number.isNaN(source) ? server : source;
  return true;
}

/** Picoseconds are fewer than a tick of the time they go with (OPC UA Part 6 §5.2.2.17), and not kept. */
function takeTime(wire: Wire, hasTime: number, hasPicoseconds: number): number {
  const at = hasTime === 0 ? Number.NaN : wire.time();
  if (hasPicoseconds !== 0) wire.skip(2);
  return at;
}

function takeVariant(wire: Wire, change: DataChange, row: number): boolean {
  const encoding = wire.uint8();
  const type = encoding & TYPE_BITS;
  if ((encoding & HAS_DIMENSIONS) !== 0) return false;
  if ((encoding & IS_ARRAY) !== 0) return skipArray(wire, type);
  if (type === TYPE.string) {
    takeText(change, row, wire.string(MOST_TEXT_BYTES));
    return true;
  }
  if (type === TYPE.dateTime) {
    change.kind[row] = KIND.time;
    change.value[row] = wire.time();
    return true;
  }
  const value = numberOf(wire, type);
  if (value === null) return skipOther(wire, type);
  change.kind[row] = type === TYPE.int64 || type === TYPE.uint64 ? KIND.long : KIND.number;
  change.value[row] = value;
  return true;
}

/** Puts a text into a row; without one the row has no value. */
export function takeText(change: Pick<DataChange, 'kind' | 'texts'>, row: number, text: string | null): void {
  if (text === null) return;
  change.kind[row] = KIND.text;
  change.texts.set(row, text);
}

/** A single number, `null` for any other type, which is not read. */
function numberOf(wire: Wire, type: number): number | null {
  switch (type) {
    case TYPE.boolean:
      return wire.uint8() === 0 ? 0 : 1;
    case TYPE.sbyte:
      return wire.int8();
    case TYPE.byte:
      return wire.uint8();
    case TYPE.int16:
      return wire.int16();
    case TYPE.uint16:
      return wire.uint16();
    case TYPE.int32:
      return wire.int32();
    case TYPE.uint32:
      return wire.uint32();
    case TYPE.int64:
      return wire.int64();
    case TYPE.uint64:
      return wire.uint64();
    case TYPE.float:
      return wire.float();
    case TYPE.double:
      return wire.double();
    default:
      return null;
  }
}

function skipOther(wire: Wire, type: number): boolean {
  if (type === TYPE.null) return true;
  if (type === TYPE.byteString || type === TYPE.xmlElement) {
    wire.skipString();
    return true;
  }
  const bytes = BYTES_OF[type] ?? 0;
  if (bytes === 0) return false;
  wire.skip(bytes);
  return true;
}

function skipArray(wire: Wire, type: number): boolean {
  const bytes = BYTES_OF[type] ?? 0;
  if (bytes === 0) return false;
  wire.skip(wire.count(bytes) * bytes);
  return true;
}
