import { type Binding, type EpochMs, type Reading, StatusCode } from '../adapter.ts';
import { isBit, numberIn, textIn, widthOf } from './registers.ts';
import type { Request } from './requests.ts';
import type { Address } from './settings.ts';

/** What a device says to a read: its bytes, or a Modbus exception (1, 2, 3, 4, 5, 6, 8, 10, 11). */
export type Answer =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'exception'; readonly code: number };

/** Turns the answer to one request into a reading per tag; an exception becomes `bad` readings. */
export function decode(request: Request, answer: Answer, at: EpochMs): Reading[] {
  if (answer.kind === 'exception') return badReadings(request.bindings, statusOfException(answer.code), at);
  return request.bindings.map((binding) =>
    isText(binding.address)
      ? textReading(binding, request, answer.bytes, at)
      : readingOf(binding, rawValue(binding.address, request, answer.bytes), at),
  );
}

/** True for an address that holds a text. */
export function isText(address: Address): boolean {
  return address.type === 'string' && !isBit(address);
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

function readingOf({ tag, address }: Binding<Address>, raw: number | bigint | null, at: EpochMs): Reading {
  const number = Number(raw);
  if (raw === null || !Number.isFinite(number) || address.sentinel?.includes(number))
    return { tag, at, value: null, quality: 'bad', code: StatusCode.badSensorFailure };
  const value = (address.invert ? 1 - number : number) * address.scale + address.offset;
  if (!Number.isFinite(value)) return { tag, at, value: null, quality: 'bad', code: StatusCode.badSensorFailure };
  if (address.labels && !Object.hasOwn(address.labels, String(raw)))
    return { tag, at, value, quality: 'uncertain', code: StatusCode.uncertainEngineeringUnitsExceeded };
  // An integer beyond 2^53 has no exact double: the nearest one is given, and said to be uncertain.
  const isExact = typeof raw === 'number' || Number.isSafeInteger(number);
  return { tag, at, value, quality: isExact ? 'good' : 'uncertain' };
}

function textReading({ tag, address }: Binding<Address>, request: Request, bytes: Buffer, at: EpochMs): Reading {
  return { tag, at, value: null, text: textIn(address, bytesOf(address, request, bytes)), quality: 'good' };
}

/** The bytes of one value in the answer to a request of registers. */
export function bytesOf(address: Address, request: Pick<Request, 'first'>, bytes: Buffer): Buffer {
  const index = address.register - request.first;
  return bytes.subarray(index * 2, (index + widthOf(address)) * 2);
}

function rawValue(address: Address, request: Request, bytes: Buffer): number | bigint | null {
  if (!isBit(address)) return numberIn(address, bytesOf(address, request, bytes));
  const index = address.register - request.first;
  return (bytes.readUInt8(index >> 3) >> (index & 7)) & 1;
}
