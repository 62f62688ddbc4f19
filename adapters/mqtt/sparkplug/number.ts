import type { DiscardReason } from '../../adapter.ts';
import type { RawValue } from './payload.ts';

/** The datatypes of Sparkplug 3.0.0, §6.4.16. */
export const Datatype = {
  int8: 1,
  int16: 2,
  int32: 3,
  int64: 4,
  uint8: 5,
  uint16: 6,
  uint32: 7,
  uint64: 8,
  float: 9,
  double: 10,
  boolean: 11,
  string: 12,
  dateTime: 13,
  text: 14,
  uuid: 15,
  dataSet: 16,
  bytes: 17,
  file: 18,
  template: 19,
  int8Array: 22,
  booleanArray: 32,
  stringArray: 33,
  dateTimeArray: 34,
} as const;

/** A value that became a number; `isExact` is false when 64 bits did not fit and the nearest one was taken. */
export interface Numeric {
  readonly value: number;
  readonly isExact: boolean;
}

const SIGNED_BITS: ReadonlyMap<number, number> = new Map([
  [Datatype.int8, 8],
  [Datatype.int16, 16],
  [Datatype.int32, 32],
  [Datatype.int64, 64],
]);
const UNSIGNED_BITS: ReadonlyMap<number, number> = new Map([
  [Datatype.uint8, 8],
  [Datatype.uint16, 16],
  [Datatype.uint32, 32],
  [Datatype.uint64, 64],
  [Datatype.dateTime, 64],
]);

/** Reads a scalar by its datatype; a time becomes ms since 1970, a boolean 0 or 1. */
export function readNumber(datatype: number, raw: RawValue): Numeric | DiscardReason {
  const signed = SIGNED_BITS.get(datatype);
  if (signed !== undefined) return integer(raw, (carried) => readSigned(carried, signed));
  const unsigned = UNSIGNED_BITS.get(datatype);
  if (unsigned !== undefined) return integer(raw, ({ value }) => (value < 2 ** unsigned ? value : null));
  switch (datatype) {
    case Datatype.float:
    case Datatype.double:
      if (raw.kind !== 'float') return 'malformed';
      return Number.isFinite(raw.value) ? { value: raw.value, isExact: true } : 'not_finite';
    case Datatype.boolean:
      return raw.kind === 'boolean' ? { value: Number(raw.value), isExact: true } : 'malformed';
    case Datatype.string:
    case Datatype.text:
    case Datatype.uuid:
    case Datatype.bytes:
    case Datatype.file:
      return 'not_a_number';
    default:
      return 'malformed';
  }
}

type Carried = Extract<RawValue, { kind: 'int' | 'long' }>;

function integer(raw: RawValue, read: (carried: Carried) => number | bigint | null): Numeric | DiscardReason {
  if (raw.kind !== 'int' && raw.kind !== 'long') return 'malformed';
  const value = read(raw);
  if (value === null) return 'malformed';
  return { value: Number(value), isExact: typeof value === 'number' || BigInt(Number(value)) === value };
}

/**
 * Two's complement of `bits` in an unsigned field. Encoders differ: -1 as Int8 is 0xff with some and, sign-extended to
 * the field, 0xffffffff with others; anything between belongs to neither.
 */
function readSigned({ kind, value }: Carried, bits: number): number | bigint | null {
  if (value < 2 ** (bits - 1)) return value;
  const carrier = kind === 'int' ? 32 : 64;
  const extended = BigInt.asIntN(carrier, BigInt(value));
  const limit = 1n << BigInt(bits - 1);
  const isShort = extended >= limit && extended < 2n * limit; // sign bit of the datatype itself
  const signed = isShort ? extended - 2n * limit : extended;
  if (signed < -limit || signed >= limit) return null;
  return signed >= BigInt(Number.MIN_SAFE_INTEGER) && signed <= BigInt(Number.MAX_SAFE_INTEGER)
    ? Number(signed)
    : signed;
}

/** Reads an array, which travels as packed little-endian bytes (§6.4.17); `null` when the bytes do not fit its datatype. */
export function readArray(datatype: number, bytes: Uint8Array): readonly (Numeric | DiscardReason)[] | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (datatype === Datatype.booleanArray) return readBooleans(view);
  const element = ELEMENTS[datatype - Datatype.int8Array];
  if (!element || bytes.length % element.size !== 0) return null;
  return Array.from({ length: bytes.length / element.size }, (_, i) => {
    const value = element.read(view, i * element.size);
    if (typeof value === 'number' && !Number.isFinite(value)) return 'not_finite';
    return { value: Number(value), isExact: typeof value === 'number' || BigInt(Number(value)) === value };
  });
}

interface Element {
  readonly size: number;
  readonly read: (view: DataView, at: number) => number | bigint;
}

/** In the order of their datatypes, from Int8Array to DateTimeArray. */
const ELEMENTS: readonly (Element | null)[] = [
  { size: 1, read: (view, at) => view.getInt8(at) },
  { size: 2, read: (view, at) => view.getInt16(at, true) },
  { size: 4, read: (view, at) => view.getInt32(at, true) },
  { size: 8, read: (view, at) => view.getBigInt64(at, true) },
  { size: 1, read: (view, at) => view.getUint8(at) },
  { size: 2, read: (view, at) => view.getUint16(at, true) },
  { size: 4, read: (view, at) => view.getUint32(at, true) },
  { size: 8, read: (view, at) => view.getBigUint64(at, true) },
  { size: 4, read: (view, at) => view.getFloat32(at, true) },
  { size: 8, read: (view, at) => view.getFloat64(at, true) },
  null,
  null,
  { size: 8, read: (view, at) => view.getBigInt64(at, true) },
];

/** A count in 32 bits, then bits from the highest of each byte on. */
function readBooleans(view: DataView): readonly Numeric[] | null {
  if (view.byteLength < 4) return null;
  const count = view.getUint32(0, true);
  if (view.byteLength !== 4 + Math.ceil(count / 8)) return null;
  return Array.from({ length: count }, (_, i) => ({
    value: (view.getUint8(4 + (i >> 3)) >> (7 - (i & 7))) & 1,
    isExact: true,
  }));
}
