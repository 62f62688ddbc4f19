import { type Batch, HISTORICAL } from '../model/batch.ts';
import { type Conditioning, DERIVED_SOURCE, type Source, type Tag } from '../model/plant.ts';
import { type EpochMs, QUALITIES, qualityNumber, type Reading } from '../model/reading.ts';
import type { DiscardReason } from '../model/source-state.ts';
import { StatusCode } from '../model/status-code.ts';
import type { RateLimits } from './conditioning/rate-limit.ts';
import type { TagRegistry } from './tag-registry.ts';
import { adviseOnTime } from './time-unit.ts';

/** A reading that goes no further. `index` counts in the batch as it arrived. */
export interface Refusal {
  readonly index: number;
  readonly code: DiscardReason;
  readonly reason: string;
}

/** A text reading as it came; `index` counts in its batch. */
export interface CameText {
  readonly index: number;
  readonly reading: Reading & { readonly text: string };
}

/** A batch ready for the readings log, and what was left out of it. */
export interface Normalised {
  readonly batch: Batch;
  /** Text readings, not judged yet: they go another way. */
  readonly texts: readonly CameText[];
  readonly refused: readonly Refusal[];
  /** Readings within their tag's deadband, judged: meant to be left out, counted and shown all the same. */
  readonly withinDeadband: readonly Reading[];
  /** Those in `batch` whose tags have a deadband, judged: to be remembered once they are durable. */
  readonly deadbanded: readonly Reading[];
}

/** What `normalise` needs to know beside the readings. */
export interface NormaliseContext {
  readonly source: Source;
  readonly tags: TagRegistry;
  readonly logIds: { tagId(name: string): number };
  readonly now: EpochMs;
  readonly keepMs: number;
  /** The newest durable reading of each tag that has a deadband. */
  readonly lastLogged: ReadonlyMap<string, Reading>;
  readonly rates: RateLimits;
}

/** A time further ahead than this is refused: no clock drifts so far, and it would make chunks in the future. */
export const REFUSE_AHEAD_MS = 10 * 60_000;
/** A time further ahead than this is kept, but not trusted. */
const DOUBT_AHEAD_MS = 60_000;

const NOT_FINITE_CONVERTED = {
  code: 'not_finite',
  reason: 'value is not a finite number after scale and unit conversion',
} as const;
export const COMPUTED = {
  code: 'derived_tag',
  reason: 'the tag is computed from others: only the engine gives it values',
} as const;
const MEASURED = {
  code: 'derived_tag',
  reason: 'the tag is measured now: values that were computed for it before are none of its own',
} as const;
const NOT_EXACT = {
  code: 'not_exact',
  reason: 'value is a whole number beyond 2^53 - 1, which is not exact: the tag holds texts, send it in quotes',
} as const;
const TOO_FAST = { code: 'rate_limit', reason: 'the tag has more readings in that time than its maxRate' } as const;

/**
 * Turns what an adapter delivered into columns: finds the tags, refuses what can't be stored, scales and converts, applies
 * range, deadband and rate limit.
 * Linear in the number of readings; touches nothing but the registry.
 */
export function normalise(readings: readonly Reading[], context: NormaliseContext): Normalised {
  const kept: Reading[] = [];
  const refused: Refusal[] = [];
  const withinDeadband: Reading[] = [];
  const deadbanded: Reading[] = [];
  const texts: CameText[] = [];
  const before = new Map<string, Reading>(); // within this batch
  const { tags, source, lastLogged, rates, now } = context;
  for (let index = 0; index < readings.length; index++) {
    let reading = readings[index]!;
    if (reading.value === null && isText(reading)) {
      texts.push({ index, reading });
      continue;
    }
    // Judged before its tag is looked up: what is not kept must not use up what a source may adopt.
    const refusal = refuse(reading, context);
    if (refusal) {
      refused.push({ index, ...refusal });
      continue;
    }
    let tag = tags.find(reading.tag);
    if (tag === undefined || tags.isOwnerless(tag)) {
      const found = tags.resolve(reading.tag, source);
      if ('refused' in found) {
        refused.push({ index, code: found.refused, reason: found.reason });
        if (found.refused === 'unknown_tag' && source.adopt === 'ask') tags.unknown.note(reading, source, now);
        continue;
      }
      tag = found.tag;
    }
    const isComputed = tag.derived !== undefined;
    if (isComputed !== (source.kind === DERIVED_SOURCE)) {
      refused.push({ index, ...(isComputed ? COMPUTED : MEASURED) });
      continue;
    }
    const { conditioning } = tag;
    if (conditioning?.type === 'text' && reading.value !== null) {
      if (Number.isInteger(reading.value) && !Number.isSafeInteger(reading.value)) {
        refused.push({ index, ...NOT_EXACT });
        continue;
      }
      texts.push({ index, reading: { ...reading, value: null, text: String(reading.value) } });
      continue;
    }
    // What others push to the tag is in its unit already.
    if (conditioning?.linear !== undefined && tag.source === source.id) {
      reading = convert(reading, conditioning.linear);
      if (reading.value !== null && !Number.isFinite(reading.value)) {
        refused.push({ index, ...NOT_FINITE_CONVERTED });
        continue;
      }
    }
    const judged = judge(reading, tag, now);
    // History was thinned out where it was kept, and says nothing about what comes next.
    const hasDeadband = tag.deadband > 0 && judged.historical === undefined;
    const last = hasDeadband ? (before.get(reading.tag) ?? lastLogged.get(reading.tag)) : undefined;
    if (isWithinDeadband(judged, tag, last)) {
      withinDeadband.push(judged);
      continue;
    }
    if (conditioning?.maxRate !== undefined && !rates.admits(tag.name, conditioning.maxRate, judged.at)) {
      refused.push({ index, ...TOO_FAST });
      continue;
    }
    if (hasDeadband) {
      // A late reading is kept, and is not what the next one is compared with.
      if (last === undefined || judged.at >= last.at) before.set(reading.tag, judged);
      deadbanded.push(judged);
    }
    kept.push(judged);
  }
  return { batch: toBatch(kept, context.logIds), texts, refused, withinDeadband, deadbanded };
}

function isText(reading: Reading): reading is CameText['reading'] {
  return reading.text !== undefined;
}

/** Why a reading can't be stored, whatever its tag; `null` when it can. */
export function refuse(
  { at, value, quality }: Reading,
  { now, keepMs }: Pick<NormaliseContext, 'now' | 'keepMs'>,
): { code: DiscardReason; reason: string } | null {
  if (quality !== 'good' && !QUALITIES.includes(quality))
    return { code: 'invalid_quality', reason: 'quality is good, uncertain or bad' };
  if (typeof at !== 'number' || !Number.isFinite(at))
    return { code: 'invalid_time', reason: 'at is an RFC 3339 time or milliseconds since 1970' };
  if (value === null && quality !== 'bad')
    return { code: 'not_a_number', reason: 'value is a number; null only with quality bad' };
  if (value !== null && !Number.isFinite(value)) return { code: 'not_finite', reason: 'value is not a finite number' };
  if (at > now + REFUSE_AHEAD_MS)
    return {
      code: 'too_new',
      reason: `at is more than 10 minutes ahead of the service: ${adviseOnTime(at, now)}`,
    };
  if (at < now - keepMs)
    return { code: 'too_old', reason: `at is older than readings are kept: ${adviseOnTime(at, now)}` };
  return null;
}

function convert(reading: Reading, { factor, offset }: NonNullable<Conditioning['linear']>): Reading {
  return reading.value === null ? reading : { ...reading, value: reading.value * factor + offset };
}

/** Sets right what a reading says of its own quality, by its tag's range and its time. */
export function judge(given: Reading, { range }: Pick<Tag, 'range'>, now: EpochMs): Reading {
  // The database keeps microseconds. Rounded here once, a reading can't fall into another partition there.
  const at = Math.round(given.at * 1_000) / 1_000;
  const reading = at === given.at ? given : { ...given, at }; // nearly always it is so: not worth a copy
  const { value, quality } = reading;
  if (range && value !== null && (value < range[0] || value > range[1])) {
    return { ...reading, quality: 'bad', code: reading.code ?? StatusCode.badOutOfRange };
  }
  if (at > now + DOUBT_AHEAD_MS && quality === 'good') return { ...reading, quality: 'uncertain' };
  if (reading.historical && quality === 'good' && reading.code === undefined)
    return { ...reading, code: StatusCode.goodEntryInserted };
  return reading;
}

function isWithinDeadband(reading: Reading, tag: Tag, last: Reading | undefined): boolean {
  // A change of quality is an event, and so is another reason for it.
  if (!last || last.quality !== reading.quality || last.code !== reading.code) return false;
  if (reading.value === null || last.value === null) return false;
  const elapsedMs = reading.at - last.at;
  return Math.abs(reading.value - last.value) < tag.deadband && elapsedMs >= 0 && elapsedMs < tag.heartbeatMs;
}

function toBatch(readings: readonly Reading[], logIds: { tagId(name: string): number }): Batch {
  const n = readings.length;
  const tag = new Int32Array(n);
  const at = new Float64Array(n);
  const value = new Float64Array(n);
  const quality = new Uint8Array(n);
  const codes = new Map<number, number>();
  for (let row = 0; row < n; row++) {
    const reading = readings[row]!;
    tag[row] = logIds.tagId(reading.tag);
    at[row] = reading.at;
    value[row] = reading.value ?? Number.NaN;
    quality[row] = qualityNumber(reading.quality);
    if (reading.historical) quality[row]! |= HISTORICAL;
    if (reading.code !== undefined && !isToldByBit(reading)) codes.set(row, reading.code);
  }
  return { tag, at, value, quality, codes };
}

/** The commonest code of history follows from the rest of its row: a million imported readings need no million codes in the log. */
function isToldByBit({ historical, quality, code }: Reading): boolean {
  return historical === true && quality === 'good' && code === StatusCode.goodEntryInserted;
}
