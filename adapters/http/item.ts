import { QUALITIES } from '../../src/model/reading.ts';
import { parseTime } from '../../src/model/time.ts';
import type { DiscardReason, Quality, Reading } from '../adapter.ts';

/** A reading, or why an item is none. */
export type ParsedItem = { readonly reading: Reading } | { readonly code: DiscardReason; readonly reason: string };

const FIELDS: ReadonlySet<string> = new Set(['tag', 'at', 'value', 'quality', 'historical']);

/** Reads one item of a JSON batch, taking nothing for what it is not: `"12"` is no number, `null` no 0. */
export function parseItem(item: unknown): ParsedItem {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) {
    return { code: 'invalid_item', reason: 'a reading is an object {tag, at, value, quality?, historical?}' };
  }
  const { tag, at, value, quality = 'good', historical } = item as Record<string, unknown>; // an object; every field is checked below
  for (const field in item) {
    if (!FIELDS.has(field))
      return { code: 'invalid_item', reason: `unknown field ${JSON.stringify(field.slice(0, 50))}` };
  }
  if (typeof tag !== 'string') return { code: 'invalid_tag', reason: 'tag is a text, <asset>.<tag>' };
  const time = typeof at === 'string' ? parseTime(at) : at;
  if (typeof time !== 'number' || !Number.isFinite(time)) {
    return { code: 'invalid_time', reason: 'at is an RFC 3339 time or milliseconds since 1970' };
  }
  if (!isQuality(quality)) return { code: 'invalid_quality', reason: 'quality is good, uncertain or bad' };
  if (historical !== undefined && typeof historical !== 'boolean')
    return { code: 'invalid_item', reason: 'historical is true or false' };
  if (value === null && quality === 'bad') return readingOf({ tag, at: time, value, quality }, historical);
  if (typeof value === 'string') return readingOf({ tag, at: time, value: null, text: value, quality }, historical);
  if (typeof value !== 'number')
    return { code: 'not_a_number', reason: 'value is a number or a text; null only with quality bad' };
  if (!Number.isFinite(value)) return { code: 'not_finite', reason: 'value is not a finite number' };
  return readingOf({ tag, at: time, value, quality }, historical);
}

function readingOf(reading: Reading, historical: boolean | undefined): ParsedItem {
  return { reading: historical === true ? { ...reading, historical } : reading };
}

function isQuality(quality: unknown): quality is Quality {
  return quality === 'good' || QUALITIES.some((known) => known === quality);
}
