import { type Binding, type EpochMs, type Reading, StatusCode } from '../adapter.ts';
import { isBit, type Request, widthOf } from './requests.ts';
import type { Address } from './settings.ts';

/** What a device says to a read: its bytes, or a Modbus exception (1, 2, 3, 4, 5, 6, 8, 10, 11). */
export type Answer =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'exception'; readonly code: number };

/** Turns the answer to one request into a reading per tag; an exception becomes `bad` readings. */
export function decode(request: Request, answer: Answer, at: EpochMs): Reading[] {
  if (answer.kind === 'exception') return badReadings(request.bindings, statusOfException(answer.code), at);
  return request.bindings.map((binding) =>
    readingOf(binding, rawValue(binding.address, request.first, answer.bytes), at),
  );
}

/** One `bad` reading without a value for each binding. */
export function badReadings(bindings: readonly Binding<Address>[], code: number, at: EpochMs): Reading[] {
  return bindings.map(({ tag }) => ({ tag, at, value: null, quality: 'bad', code }));
}

/** Status code of a Modbus exception: an illegal address is ours to correct, a silent gateway target is a lost link. */
export function statusOfException(code: number): number {
  if (code === 2) return StatusCode.badConfigurationError;
  return isGatewayException(code) ? StatusCode.badNoCommunication : StatusCode.badDeviceFailure;
}

/** True when a gateway answered in place of the unit (10: no path, 11: the unit did not respond). */
export function isGatewayException(code: number): boolean {
  return code === 10 || code === 11;
}

function readingOf({ tag, address }: Binding<Address>, raw: number | bigint, at: EpochMs): Reading {
  const value = Number(raw) * address.scale + address.offset;
  if (!Number.isFinite(value)) return { tag, at, value: null, quality: 'bad', code: StatusCode.badSensorFailure };
  // An integer beyond 2^53 has no exact double: the nearest one is given, and said to be uncertain.
  const isExact = typeof raw === 'number' || Number.isSafeInteger(Number(raw));
  return { tag, at, value, quality: isExact ? 'good' : 'uncertain' };
}

function rawValue(address: Address, first: number, bytes: Buffer): number | bigint {
  const index = address.register - first;
  if (isBit(address)) return (bytes.readUInt8(index >> 3) >> (index & 7)) & 1;
  const word = bigEndian(bytes.subarray(index * 2, (index + widthOf(address)) * 2), address.order);
  switch (address.type) {
    case 'bool':
      return word.readUInt16BE() === 0 ? 0 : 1;
    case 'int16':
      return word.readInt16BE();
    case 'uint16':
      return word.readUInt16BE();
    case 'int32':
      return word.readInt32BE();
    case 'uint32':
      return word.readUInt32BE();
    case 'int64':
      return word.readBigInt64BE();
    case 'uint64':
      return word.readBigUInt64BE();
    case 'float32':
      return word.readFloatBE();
    case 'float64':
      return word.readDoubleBE();
  }
}

/** Puts the bytes of one value in big-endian order; a copy, because several tags may share registers. */
function bigEndian(bytes: Buffer, order: Address['order']): Buffer {
  const copy = Buffer.from(bytes);
  switch (order) {
    case 'ABCD':
      return copy;
    case 'DCBA':
      return copy.reverse();
    case 'BADC':
      return copy.swap16();
    case 'CDAB':
      return copy.reverse().swap16();
  }
}
