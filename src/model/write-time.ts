import type { EpochMs } from './reading.ts';

const DAY_MS = 86_400_000;
const ZERO = 48;
const [COLON, DOT, Z] = [58, 46, 90];

/** Ten years of days; what is asked beyond that pushes all of them out. */
const MOST_DATES = 4_000;
const dates = new Map<number, Uint8Array>();

/**
 * Writes into `out` at `offset` what `formatTime` says of a time, at most 31 bytes of ASCII; answers where it ends. For answers with
 * thousands of times, of which no text need be made.
 */
export function writeTime(out: Uint8Array, offset: number, at: EpochMs): number {
  let ms = Math.floor(at);
  let micros = Math.round((at - ms) * 1_000);
  if (micros === 1_000) {
    ms += 1;
    micros = 0;
  }
  const day = Math.floor(ms / DAY_MS);
  const date = dateOf(day);
  for (let i = 0; i < date.length; i++) out[offset + i] = date[i]!;
  const inDay = ms - day * DAY_MS;
  const inMinute = inDay % 60_000;
  let end = putTwo(out, offset + date.length, Math.floor(inDay / 3_600_000));
  out[end] = COLON;
  end = putTwo(out, end + 1, Math.floor(inDay / 60_000) % 60);
  out[end] = COLON;
  end = putTwo(out, end + 1, Math.floor(inMinute / 1_000));
  out[end] = DOT;
  end = putThree(out, end + 1, inMinute % 1_000);
  if (micros !== 0) end = putThree(out, end, micros);
  out[end] = Z;
  return end + 1;
}

function putTwo(out: Uint8Array, offset: number, number: number): number {
  const tens = (number / 10) | 0;
  out[offset] = ZERO + tens;
  out[offset + 1] = ZERO + number - tens * 10;
  return offset + 2;
}

function putThree(out: Uint8Array, offset: number, number: number): number {
  const hundreds = (number / 100) | 0;
  out[offset] = ZERO + hundreds;
  return putTwo(out, offset + 1, number - hundreds * 100);
}

/** `2026-11-22T` of a number of days since 1970. Throws a RangeError beyond what a Date holds. */
function dateOf(day: number): Uint8Array {
  const known = dates.get(day);
  if (known !== undefined) return known;
  const iso = new Date(day * DAY_MS).toISOString();
  const date = new TextEncoder().encode(iso.slice(0, iso.indexOf('T') + 1));
  if (dates.size >= MOST_DATES) dates.clear();
  dates.set(day, date);
  return date;
}
