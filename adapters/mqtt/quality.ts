import type { Quality } from '../adapter.ts';

/** A quality as a payload gave it; `code` is the OPC UA status code where it was one. */
export interface GivenQuality {
  readonly quality: Quality;
  readonly code?: number;
}

const GOOD: GivenQuality = { quality: 'good' };
const WORDS: ReadonlyMap<string, GivenQuality> = new Map([
  ['good', GOOD],
  ['uncertain', { quality: 'uncertain' }],
  ['bad', { quality: 'bad' }],
]);

/**
 * Reads the quality of a payload: a word or an OPC UA status code (Part 4 §7.39: the top two bits are the severity);
 * nothing there is `good`, anything else is `null`. Small numbers are refused on purpose: 192 is good in classic OPC,
 * where 0 is bad, and 0 is good in OPC UA. Guessing would turn bad values into good ones.
 */
export function readQuality(given: unknown): GivenQuality | null {
  if (given === undefined) return GOOD;
  if (typeof given === 'string') return WORDS.get(given.toLowerCase()) ?? null;
  if (typeof given !== 'number' || !Number.isInteger(given) || given < 0 || given > 0xffffffff) return null;
  if (given === 0) return GOOD;
  if (given < 0x400) return null; // info bits without an info type: no status code looks like this
  switch (given >>> 30) {
    case 0:
      return { quality: 'good', code: given };
    case 1:
      return { quality: 'uncertain', code: given };
    default:
      return { quality: 'bad', code: given };
  }
}
