import { declaredType, type Source, type Tag } from '../../model/plant.ts';
import { type EpochMs, MAX_TEXT_BYTES } from '../../model/reading.ts';
import type { DiscardReason } from '../../model/source-state.ts';
import type { RateLimits } from '../conditioning/rate-limit.ts';
import { type CameText, COMPUTED, judge, type Refusal, refuse } from '../normalise.ts';
import type { TagRegistry } from '../tag-registry.ts';

/** A text reading, judged. */
export type TextReading = CameText['reading'];

/** Text readings for the log, and what was left out of them. */
export interface JudgedTexts {
  readonly kept: readonly TextReading[];
  readonly refused: readonly Refusal[];
  /** The same text again, within the heartbeat of a tag with a deadband. */
  readonly unchanged: readonly TextReading[];
}

/** What judging them needs. */
export interface TextContext {
  readonly source: Source;
  readonly tags: TagRegistry;
  readonly rates: RateLimits;
  readonly now: EpochMs;
  readonly keepMs: number;
  /** Whether a tag has had a number: such a tag takes no texts, unless the plant file says that it does. */
  readonly hasNumbers: (tag: string) => boolean;
  /** The newest durable text of each tag that has a deadband. */
  readonly lastLogged: ReadonlyMap<string, TextReading>;
}

const TOO_LONG = {
  code: 'too_large',
  reason: `the text is longer than ${MAX_TEXT_BYTES} bytes, of which U+0000 takes 3`,
} as const;
const TOO_FAST = { code: 'rate_limit', reason: 'the tag has more readings in that time than its maxRate' } as const;
const NOT_A_NUMBER = {
  code: 'not_a_number',
  reason:
    'value is a number: the tag has a unit, a range, a scale or numbers already, and takes no texts; one that is meant to has `type: text` in the plant file',
} as const;
const QUOTED_NUMBER = {
  code: 'not_a_number',
  reason: 'value is a number in quotes: send it without them; who means a text names the tag in the plant file',
} as const;
const NUMBER = /^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*$/;

/**
 * Judges text readings as `normalise` does numbers: time window, quality, tag, rate. A tag that is declared as a number, or that
 * has had numbers and is not declared as a text, takes none, and a number in quotes makes no new tag: its sender means a number.
 * With a deadband a tag keeps a text when it changes, and once in its heartbeat.
 */
export function judgeTexts(came: readonly CameText[], context: TextContext): JudgedTexts {
  const kept: TextReading[] = [];
  const refused: Refusal[] = [];
  const unchanged: TextReading[] = [];
  const before = new Map<string, TextReading>(); // within this batch
  const { source, tags, rates, now, lastLogged } = context;
  for (const { index, reading } of came) {
    const found = findTag(reading, context);
    if ('code' in found) {
      refused.push({ index, ...found });
      if (found.code === 'unknown_tag' && source.adopt === 'ask') tags.unknown.note(reading, source, now);
      continue;
    }
    const { tag } = found;
    const judged = { ...judge(reading, tag, now), text: storable(reading.text) };
    const hasDeadband = tag.deadband > 0 && judged.historical === undefined;
    const last = hasDeadband ? (before.get(tag.name) ?? lastLogged.get(tag.name)) : undefined;
    if (last && isSame(judged, last, tag.heartbeatMs)) unchanged.push(judged);
    else if (tag.conditioning?.maxRate && !rates.admits(tag.name, tag.conditioning.maxRate, judged.at))
      refused.push({ index, ...TOO_FAST });
    else {
      if (hasDeadband && (last === undefined || judged.at >= last.at)) before.set(tag.name, judged);
      kept.push(judged);
    }
  }
  return { kept, refused, unchanged };
}

type Found = { readonly tag: Tag } | { readonly code: DiscardReason; readonly reason: string };

function findTag(reading: TextReading, context: TextContext): Found {
  const { source, tags, hasNumbers } = context;
  // The text stands in for a value that is there; whether it may be one is asked below.
  const refusal = refuse({ ...reading, value: 0 }, context);
  if (refusal) return refusal;
  // As numbers, judged before its tag is looked up: what is not kept must not use up what a source may adopt.
  const known = tags.find(reading.tag);
  if (known?.derived !== undefined) return COMPUTED;
  const type = known && (declaredType(known) ?? (hasNumbers(known.name) ? 'number' : 'text'));
  if (type === 'number') return NOT_A_NUMBER;
  if (!known && NUMBER.test(reading.text)) return QUOTED_NUMBER;
  if (Buffer.byteLength(storable(reading.text)) > MAX_TEXT_BYTES) return TOO_LONG;
  const found = tags.resolve(reading.tag, source);
  return 'refused' in found ? { code: found.refused, reason: found.reason } : found;
}

/** PostgreSQL keeps neither U+0000 nor half of a pair: each becomes the replacement character. */
function storable(text: string): string {
  return text.replaceAll('\u0000', '\ufffd').replace(/\p{Cs}/gu, '\ufffd');
}

function isSame(reading: TextReading, last: TextReading, heartbeatMs: number): boolean {
  const elapsedMs = reading.at - last.at;
  const isEqual = reading.text === last.text && reading.quality === last.quality && reading.code === last.code;
  return isEqual && elapsedMs >= 0 && elapsedMs < heartbeatMs;
}
