import secureJson from 'secure-json-parse';
import type { DiscardReason, EpochMs, Reading } from '../adapter.ts';
import { find } from './json-path.ts';
import { type GivenQuality, readQuality } from './quality.ts';
import type { Route, RouteTable } from './routes.ts';
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
}

/** Turns one message into readings. Never throws: whatever a sender does becomes a reason. */
export function decode(message: Message, { table, arrival }: DecodeOptions): Decoded {
  const { routes, ownTags } = table.routesOf(message.topic);
  const refused = (reason: DiscardReason): Decoded => ({ readings: [], discarded: [reason] });
  if (message.payload === null) return refused('too_large');
  if (routes.length === 0) return refused('unknown_tag');
  // A retained value without a time of its own is old, and nobody knows how old.
  const timely = message.isRetained ? routes.filter((route) => route.time !== null) : routes;
  if (timely.length === 0) return refused('retained');
  const root = parse(message.payload);
  if (root === undefined) return refused('malformed');

  const readings: Reading[] = [];
  const discarded: DiscardReason[] = timely.length < routes.length ? ['retained'] : [];
  const taken = new Set<string>(); // tags that an earlier route has read from this message
  for (const route of timely) {
    const entries = route.each === null ? [root] : find(route.each, root);
    if (!Array.isArray(entries)) {
      discarded.push('malformed');
      continue;
    }
    const first = readings.length;
    for (const entry of entries) {
      const tag = route.nameTag(entry, root);
      if (tag !== undefined && !route.isOwn && ownTags.has(tag)) continue; // its own address reads it here
      if (tag !== undefined && (taken.has(tag) || (!route.isOwn && table.boundTags.has(tag)))) {
        discarded.push('duplicate');
        continue;
      }
      const reading = tag === undefined ? 'malformed' : read(route, { tag, entry, root, arrival });
      if (typeof reading === 'string') discarded.push(reading);
      else readings.push(reading);
    }
    if (timely.length > 1) for (let index = first; index < readings.length; index++) taken.add(readings[index]!.tag);
  }
  return { readings, discarded };
}

/** `undefined` when it is no JSON, or JSON with a key that reaches for a prototype. */
function parse(payload: Buffer): unknown {
  const text = payload.toString('utf8');
  try {
    // Most messages have none of what would need a closer look; an escape could spell it.
    if (!/\\|__proto__|constructor/.test(text)) return JSON.parse(text) as unknown;
    return secureJson.parse(text, { protoAction: 'error', constructorAction: 'error' }) as unknown;
  } catch {
    return undefined; // counted as `malformed` by the caller; the text may be a secret, so it goes nowhere
  }
}

interface Entry {
  readonly tag: string;
  readonly entry: unknown;
  readonly root: unknown;
  readonly arrival: () => EpochMs;
}

function read(route: Route, { tag, entry, root, arrival }: Entry): Reading | DiscardReason {
  const found = find(route.value, entry);
  if (found === undefined) return 'malformed';
  const value = typeof found === 'boolean' ? Number(found) : found;
  if (value !== null && typeof value !== 'number') return 'not_a_number';
  if (value !== null && !Number.isFinite(value)) return 'not_finite'; // 1e400 is legal JSON
  const given = route.quality === null ? readQuality(undefined) : readQuality(near(route.quality, entry, root));
  if (given === null) return 'invalid_quality';
  const at = route.time === null ? arrival() : readTime(near(route.time, entry, root), route.timeUnit);
  if (at === null) return 'invalid_time';
  const { quality, code } = value === null ? withoutValue(given) : given;
  return code === undefined ? { tag, at, value, quality } : { tag, at, value, quality, code };
}

/** An entry of a list is asked first, then the whole message: lists often share one time. */
function near(path: Route['value'], entry: unknown, root: unknown): unknown {
  const found = find(path, entry);
  return found === undefined && entry !== root ? find(path, root) : found;
}

function withoutValue({ code }: GivenQuality): GivenQuality {
  return code === undefined || code >>> 30 < 2 ? { quality: 'bad' } : { quality: 'bad', code };
}
