import type { DataValue, Variant } from 'node-opcua';
import { type EpochMs, type Quality, type Reading, StatusCode } from '../adapter.ts';
import { columnsOf, type DataChange, KIND, rowOf, takeText } from './data-change.ts';

/** Built-in types that are one number (OPC UA Part 6 §5.1.2). */
const BOOLEAN = 1;
const SBYTE = 2;
const INT64 = 8;
const UINT64 = 9;
const DOUBLE = 11;
const STRING = 12;
const DATE_TIME = 13;
const LOCALIZED_TEXT = 21;
const SCALAR = 0;

/** InfoType DataValue with the Overflow bit (OPC UA Part 4 §7.39): the server's queue was full and values were lost. */
const INFO_TYPE_DATA_VALUE = 0x0400;
const OVERFLOW = 0x0080;

/** What a server says about a variable at one time: a row of `DataChange`. */
export interface Said {
  readonly at: EpochMs;
  readonly value: number;
  readonly kind: number;
  readonly status: number;
}

/** Turns what a server says about a variable into a reading; `now` is used when it gives no time at all. */
export function decode(tag: string, data: DataValue, now: EpochMs): Reading {
  const said = saidBy(data);
  const text = textOf(data.value);
  return text === null ? readingOf(tag, said, now) : textReadingOf(tag, { ...said, text }, now);
}

/** Makes a reading of a row. */
export function readingAt(tag: string, { change, row }: { change: DataChange; row: number }, now: EpochMs): Reading {
  const said = rowOf(change, row);
  if (said.kind !== KIND.text) return readingOf(tag, said, now);
  return textReadingOf(tag, { ...said, text: change.texts.get(row) ?? '' }, now);
}

function textReadingOf(tag: string, { at, text, status }: Said & { readonly text: string }, now: EpochMs): Reading {
  const reading = { tag, at: Number.isNaN(at) ? now : at, value: null, text, quality: qualityOf(status) };
  return status === 0 ? reading : { ...reading, code: status };
}

/** Makes a reading; `now` is used when the server gave no time at all. */
export function readingOf(tag: string, said: Said, now: EpochMs): Reading {
  const { value, kind, status } = said;
  const at = Number.isNaN(said.at) ? now : said.at;
  const quality = qualityOf(status);
  const isNumber = kind === KIND.number || kind === KIND.long;
  if (!isNumber || !Number.isFinite(value)) {
    const reason = isNumber ? StatusCode.badSensorFailure : StatusCode.badConfigurationError;
    return { tag, at, value: null, quality: 'bad', code: quality === 'bad' ? status : reason };
  }
  // An integer beyond 2^53 has no exact double: the nearest one is given, and said to be uncertain.
  const isRounded = kind === KIND.long && !Number.isSafeInteger(value);
  const trusted = isRounded && quality === 'good' ? 'uncertain' : quality;
  return status === 0 ? { tag, at, value, quality: trusted } : { tag, at, value, quality: trusted, code: status };
}

/** The columns of what the library has decoded. */
export function changeOf(items: readonly { readonly clientHandle: number; readonly value: DataValue }[]): DataChange {
  const change = columnsOf(items.length);
  items.forEach(({ clientHandle, value: data }, row) => {
    const said = saidBy(data);
    change.handle[row] = clientHandle;
    change.at[row] = said.at;
    change.value[row] = said.value;
    change.kind[row] = said.kind;
    change.status[row] = said.status;
    takeText(change, row, textOf(data.value));
  });
  return change;
}

function saidBy(data: DataValue): Said {
  const at =
    timeOf(data.sourceTimestamp, data.sourcePicoseconds) ?? timeOf(data.serverTimestamp, data.serverPicoseconds);
  return { at: at ?? Number.NaN, status: data.statusCode.value >>> 0, ...numberOf(data.value) };
}

/** True when the server lost values of this variable before this one, because its queue was full. */
export function hasOverflow(status: number): boolean {
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

/** The text of a String or a LocalizedText. */
function textOf(variant: Variant | null | undefined): string | null {
  if (!variant || variant.arrayType !== SCALAR || variant.value === null || variant.value === undefined) return null;
  const type: number = variant.dataType;
  const text: unknown = type === STRING ? variant.value : type === LOCALIZED_TEXT ? variant.value.text : null;
  return typeof text === 'string' ? text : null;
}

function numberOf(variant: Variant | null | undefined): { kind: number; value: number } {
  if (!variant || variant.arrayType !== SCALAR || variant.value === null || variant.value === undefined) return NONE;
  const type: number = variant.dataType;
  const { value } = variant;
  if (type === BOOLEAN) return { kind: KIND.number, value: value ? 1 : 0 };
  // The library gives 64-bit integers as [high, low], both unsigned.
  if (type === INT64) return { kind: KIND.long, value: (value[0] | 0) * 2 ** 32 + (value[1] >>> 0) };
  if (type === UINT64) return { kind: KIND.long, value: (value[0] >>> 0) * 2 ** 32 + (value[1] >>> 0) };
  if (type === DATE_TIME) return { kind: KIND.time, value: timeOf(value, value.picoseconds) ?? Number.NaN };
  return type >= SBYTE && type <= DOUBLE ? { kind: KIND.number, value: Number(value) } : NONE;
}
const NONE = { kind: KIND.none, value: Number.NaN } as const;

/** From here on a time of the library was negative on the wire, before 1601: it reads the 64 bits without their sign. */
const NEGATIVE_FROM_MS = 2 ** 63 / 1e4 + Date.UTC(1601, 0, 1);

/** Microseconds are kept, as the fraction. A time of 1601 or before is how OPC UA writes "none". */
function timeOf(time: Date | null | undefined, picoseconds: number | undefined): EpochMs | null {
  const ms = time?.getTime() ?? Number.NaN;
  if (Number.isNaN(ms) || ms <= Date.UTC(1601, 0, 1) || ms >= NEGATIVE_FROM_MS) return null;
  return ms + Math.floor((picoseconds ?? 0) / 1e6) / 1e3;
}
