import type { DataValue } from 'node-opcua';
import { type EpochMs, type Quality, type Reading, StatusCode } from '../adapter.ts';

/** Built-in types that are one number (OPC UA Part 6 §5.1.2). */
const BOOLEAN = 1;
const SBYTE = 2;
const INT64 = 8;
const UINT64 = 9;
const DOUBLE = 11;
const SCALAR = 0;

/** InfoType DataValue with the Overflow bit (OPC UA Part 4 §7.39): the server's queue was full and values were lost. */
const INFO_TYPE_DATA_VALUE = 0x0400;
const OVERFLOW = 0x0080;

/** Turns what a server says about a variable into a reading; `now` is used when it gives no time at all. */
export function decode(tag: string, data: DataValue, now: EpochMs): Reading {
  const at =
    timeOf(data.sourceTimestamp, data.sourcePicoseconds) ?? timeOf(data.serverTimestamp, data.serverPicoseconds) ?? now;
  const status = data.statusCode.value >>> 0;
  const quality = qualityOf(status);
  const raw = numberOf(data);
  const code = status === 0 ? {} : { code: status };
  if (raw === null || !Number.isFinite(raw)) {
    const reason = raw === null ? StatusCode.badConfigurationError : StatusCode.badSensorFailure;
    return { tag, at, value: null, quality: 'bad', code: quality === 'bad' ? status : reason };
  }
  // An integer beyond 2^53 has no exact double: the nearest one is given, and said to be uncertain.
  const isRounded = isLong(data) && !Number.isSafeInteger(raw);
  return { tag, at, value: raw, quality: isRounded && quality === 'good' ? 'uncertain' : quality, ...code };
}

/** True when the server lost values of this variable before this one, because its queue was full. */
export function hasOverflow(data: DataValue): boolean {
  const status = data.statusCode.value;
  return (status & INFO_TYPE_DATA_VALUE) !== 0 && (status & OVERFLOW) !== 0;
}

/** The top two bits of a status code are its severity. */
function qualityOf(status: number): Quality {
  switch (status >>> 30) {
    case 0:
      return 'good';
    case 1:
      return 'uncertain';
    default:
      return 'bad';
  }
}

function numberOf({ value }: DataValue): number | null {
  if (!value || value.arrayType !== SCALAR || value.value === null || value.value === undefined) return null;
  const type: number = value.dataType;
  if (type === BOOLEAN) return value.value ? 1 : 0;
  // The library gives 64-bit integers as [high, low], both unsigned.
  if (type === INT64) return (value.value[0] | 0) * 2 ** 32 + (value.value[1] >>> 0);
  if (type === UINT64) return (value.value[0] >>> 0) * 2 ** 32 + (value.value[1] >>> 0);
  return type >= SBYTE && type <= DOUBLE ? Number(value.value) : null;
}

function isLong({ value }: DataValue): boolean {
  const type: number = value.dataType;
  return type === INT64 || type === UINT64;
}

/** Microseconds are kept, as the fraction. A time of 1601 is how OPC UA writes "none". */
function timeOf(time: Date | null | undefined, picoseconds: number | undefined): EpochMs | null {
  const ms = time?.getTime() ?? Number.NaN;
  if (Number.isNaN(ms) || ms <= Date.UTC(1601, 0, 1)) return null;
  return ms + Math.floor((picoseconds ?? 0) / 1e6) / 1e3;
}
