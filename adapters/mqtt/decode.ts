import type { AdapterContext, DiscardReason, EpochMs, Reading } from '../adapter.ts';
import { find, type Path } from './json-path.ts';
import { parsePayload } from './payload.ts';
import { type GivenQuality, readQuality } from './quality.ts';
import type { Route, RouteTable } from './routes.ts';
import { ucumOf } from './sparkplug/units.ts';
import { findNear } from './tag-name.ts';
import { readTime } from './time.ts';

/** A message as it came from the broker. */
export interface Message {
  readonly topic: string;
  /** `null` when it is larger than is taken. */
  readonly payload: Buffer | null;
  /** Kept by the broker from an earlier time, not sent just now. */
  readonly isRetained: boolean;
}

/** What a message became. `discarded` has one reason for each reading that it did not become. */
export interface Decoded {
  readonly readings: readonly Reading[];
  readonly discarded: readonly DiscardReason[];
}

/** What decoding needs to know besides the message. */
export interface DecodeOptions {
  readonly table: RouteTable;
  /** Time for a value that carries none. */
  readonly arrival: () => EpochMs;
  /** Takes the unit that a message gives with a value. */
  readonly describe?: AdapterContext['describe'];
}

/** Turns one message into readings. Never throws: whatever a sender does becomes a reason. */
export function decode({ topic, payload, isRetained }: Message, { table, arrival, describe }: DecodeOptions): Decoded {
  if (payload === null) return refused('too_large');
  const { routes, ownTags } = table.routesOf(topic);
  if (routes.length === 0) return refused('unknown_tag');
  // A retained value without a time of its own is old, and nobody knows how old.
  const timely = isRetained ? routes.filter((route) => route.time !== null) : routes;
  if (timely.length === 0) return refused('retained');
  let { format } = timely[0]!;
  let root = parsePayload(format, payload);
  if (root === undefined && timely.every((route) => route.format === format)) return refused('malformed');

  const into: Collected = {
    readings: [],
    discarded: timely.length < routes.length ? ['retained'] : [],
    taken: timely.length > 1 ? new Set() : null,
  };
  for (const route of timely) {
    if (route.format !== format) root = parsePayload(route.format, payload);
    format = route.format;
    if (root === undefined) {
      into.discarded.push('malformed');
      continue;
    }
    const first = into.readings.length;
    const entries = route.each === null ? null : find(route.each, root);
    const { boundTags } = table;
    // Written out for each entry: copied by `...` they cost twice the CPU of a message of a hundred readings.
    if (entries === null) take({ route, entry: root, root, arrival, ownTags, boundTags, describe }, into);
    else if (!Array.isArray(entries)) into.discarded.push('malformed');
    else for (const entry of entries) take({ route, entry, root, arrival, ownTags, boundTags, describe }, into);
    if (into.taken)
      for (let index = first; index < into.readings.length; index++) into.taken.add(into.readings[index]!.tag);
  }
  const readings = isRetained ? into.readings.map(asHistory) : into.readings;
  return { readings, discarded: into.discarded };
}

/** It was so before we subscribed: kept like any reading, and no news. */
function asHistory(reading: Reading): Reading {
  return { ...reading, historical: true };
}

function refused(reason: DiscardReason): Decoded {
  return { readings: [], discarded: [reason] };
}

/** What is read from one message; each of many, so nothing is made that is not needed. */
interface Collected {
  readonly readings: Reading[];
  readonly discarded: DiscardReason[];
  /** Tags that an earlier route has read from this message; `null` when there is only one route. */
  readonly taken: Set<string> | null;
}

/** One value of a message: the whole of it, or an entry of its list. */
interface Entry {
  readonly route: Route;
  readonly entry: unknown;
  readonly root: unknown;
  readonly arrival: () => EpochMs;
  readonly ownTags: ReadonlySet<string>;
  readonly boundTags: ReadonlySet<string>;
  readonly describe: DecodeOptions['describe'] | undefined;
}

function take(each: Entry, { readings, discarded, taken }: Collected): void {
  const { route, entry, root, ownTags, boundTags } = each;
  const tag = route.nameTag(entry, root);
  if (tag === undefined) {
    discarded.push('malformed');
    return;
  }
  if (!route.isOwn && ownTags.has(tag)) return; // its own address reads it here
  if (taken?.has(tag) || (!route.isOwn && boundTags.has(tag))) {
    discarded.push('duplicate');
    return;
  }
  const reading = read(tag, each);
  if (typeof reading === 'string') {
    discarded.push(reading);
    return;
  }
  if (route.unit !== null) sayUnit(tag, route.unit, each);
  readings.push(reading);
}

function sayUnit(tag: string, path: Path, { entry, root, describe }: Entry): void {
  const unit = findNear(path, entry, root);
  if (typeof unit === 'string' && unit !== '') describe?.(tag, { unit: ucumOf(unit), range: null });
}

function read(tag: string, { route, entry, root, arrival }: Entry): Reading | DiscardReason {
  const found = find(route.value, entry);
  if (found === undefined) return 'malformed';
  const value = typeof found === 'number' ? found : numberOf(found, route.words);
  // Where words stand for numbers, another word is a mistake.
  const text = value === undefined && typeof found === 'string' && found !== '' && !route.words ? found : undefined;
  if (value === undefined && text === undefined) return 'not_a_number';
  if (typeof value === 'number' && !Number.isFinite(value)) return 'not_finite'; // 1e400 is legal JSON
  const given = route.quality === null ? readQuality(undefined) : readQuality(findNear(route.quality, entry, root));
  if (given === null) return 'invalid_quality';
  const at = route.time === null ? arrival() : readTime(findNear(route.time, entry, root), route.timeUnit);
  if (at === null) return 'invalid_time';
  if (value === undefined) return { tag, at, value: null, ...given, ...(text === undefined ? {} : { text }) };
  const { quality, code } = value === null ? withoutValue(given) : given;
  return code === undefined ? { tag, at, value, quality } : { tag, at, value, quality, code };
}

/** What a value that is no number stands for; `undefined` when for none. */
function numberOf(found: unknown, words: Route['words']): number | null | undefined {
  if (found === null) return null;
  if (typeof found === 'string') return words?.get(found.toLowerCase());
  return typeof found === 'boolean' ? (words?.get(String(found)) ?? Number(found)) : undefined;
}

function withoutValue({ code }: GivenQuality): GivenQuality {
  return code === undefined || code >>> 30 < 2 ? { quality: 'bad' } : { quality: 'bad', code };
}
