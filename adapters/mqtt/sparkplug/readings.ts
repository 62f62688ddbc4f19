import { type AdapterContext, type DiscardReason, type EpochMs, type Reading, StatusCode } from '../../adapter.ts';
import type { Effect } from './edge-node.ts';
import type { Value, Values } from './flatten.ts';
import type { EdgeId } from './message-topic.ts';
import { isControl, type Slot, type TagTable } from './tag-table.ts';

/** What became of an effect. `discarded` has one reason for each value that is no reading. */
export interface Delivered {
  readonly readings: Reading[];
  readonly discarded: DiscardReason[];
}

/** What turning values into readings needs to know. */
export interface ReadingsContext {
  readonly tags: TagTable;
  readonly now: EpochMs;
  readonly lastStored: AdapterContext['lastStored'];
}

/** The effects that concern tags. */
export type TagEffect = Extract<Effect, { kind: 'born' | 'data' | 'dead' }>;

/** Turns what an edge node did into readings. */
export function readingsOf(id: EdgeId, effect: TagEffect, context: ReadingsContext): Delivered {
  const into: Delivered = { readings: [], discarded: [] };
  switch (effect.kind) {
    case 'data':
      takeData(id, effect, context, into);
      return into;
    case 'born':
      takeBirth(id, effect, context, into);
      return into;
    case 'dead':
      takeDeath(id, effect, context, into);
      return into;
  }
}

/**
 * Marks what a broken link leaves behind, 1 ms behind the newest value of each tag (by the clock of the device: by ours, what comes
 * after the link is back could look late). Only adopted tags that are stored: the supervisor does it for those of the plant file.
 */
export function lostReadings(tags: TagTable, lastStored: AdapterContext['lastStored']): Reading[] {
  const into: Delivered = { readings: [], discarded: [] };
  for (const slot of tags.slots()) {
    const isOurs = !slot.isBound && slot.state === 'live' && slot.tags.every((tag) => lastStored(tag) !== null);
    if (isOurs) bury(slot, Number.NEGATIVE_INFINITY, StatusCode.badNoCommunication, lastStored, into);
  }
  return into.readings;
}

type Data = Extract<TagEffect, { kind: 'data' }>;
type Birth = Extract<TagEffect, { kind: 'born' }>;
type Death = Extract<TagEffect, { kind: 'dead' }>;

function takeData(id: EdgeId, { device, read }: Data, context: ReadingsContext, into: Delivered): void {
  refuse(id, device, read, context, into);
  for (const value of read.values) {
    const slot = context.tags.find(id, device, value.path);
    if (typeof slot === 'string') countNoSlot(slot, into);
    else put(slot, value, value.at ?? context.now, into);
  }
}

function takeBirth(id: EdgeId, birth: Birth, context: ReadingsContext, into: Delivered): void {
  const { device, read, at } = birth;
  const { tags } = context;
  refuse(id, device, read, context, into);
  const isThere = new Set(read.refused.map(({ path }) => path));
  for (const value of read.values) {
    isThere.add(value.path);
    const slot = tags.find(id, device, value.path);
    if (typeof slot === 'string') countNoSlot(slot, into);
    else put(slot, value, timeAtBirth(slot, value, at, context), into);
  }
  for (const [path, slot] of tags.pathsOf(id, device)) {
    if (isThere.has(path)) continue;
    // A birth names every metric there will ever be: what it leaves out is gone.
    if (slot.state !== 'stale') bury(slot, at, StatusCode.badNodeIdUnknown, context.lastStored, into);
    tags.forget(id, device, path);
  }
}

/**
 * A birth says what is true now, often with the time of the last change. After a death or a lost link that time lies
 * before the mark that says so, and the tag would look dead although it lives: then the time of the birth counts.
 */
function timeAtBirth(slot: Slot, value: Value, bornAt: EpochMs, { now, lastStored }: ReadingsContext): EpochMs {
  const at = value.at ?? now;
  if (value.isHistorical || slot.state === 'live') return at;
  const newestAt = newestOf(slot, lastStored);
  if (at > newestAt) return at;
  return bornAt > newestAt ? bornAt : newestAt + 1;
}

function takeDeath(id: EdgeId, { device, at }: Death, context: ReadingsContext, into: Delivered): void {
  const { tags } = context;
  for (const each of device === null ? tags.devicesOf(id) : [device]) {
    for (const slot of tags.pathsOf(id, each).values()) {
      if (slot.state !== 'stale') bury(slot, at, StatusCode.badNoCommunication, context.lastStored, into);
    }
  }
}

/** Marks the tags of a slot as without a value, behind whatever they have: a device's clock may be ahead of ours. */
function bury(
  slot: Slot,
  at: EpochMs,
  code: number,
  lastStored: AdapterContext['lastStored'],
  { readings }: Delivered,
): void {
  const since = Math.max(at, newestOf(slot, lastStored) + 1);
  for (const tag of slot.tags) readings.push({ tag, at: since, value: null, quality: 'bad', code });
  slot.newestAt = since;
  slot.state = 'stale';
}

function newestOf({ newestAt, tags }: Slot, lastStored: AdapterContext['lastStored']): number {
  return Math.max(newestAt, ...tags.map((tag) => lastStored(tag) ?? Number.NEGATIVE_INFINITY));
}

function put(slot: Slot, given: Value, at: EpochMs, { readings }: Delivered): void {
  const { value, text, quality, code, isHistorical } = given;
  for (const tag of slot.tags) {
    readings.push({
      tag,
      at,
      value,
      quality,
      ...(text === undefined ? {} : { text }),
      ...(code === undefined ? {} : { code }),
      ...(isHistorical ? { historical: true as const } : {}),
    });
  }
  if (at > slot.newestAt) {
    slot.newestAt = at;
    if (!isHistorical) slot.state = 'live';
  }
}

function refuse(id: EdgeId, device: string | null, read: Values, { tags }: ReadingsContext, into: Delivered): void {
  for (const { path, reason } of read.refused) {
    if (path === null || !isControl(path) || tags.pathsOf(id, device).has(path)) into.discarded.push(reason);
  }
}

function countNoSlot(reason: 'control' | DiscardReason, { discarded }: Delivered): void {
  if (reason !== 'control') discarded.push(reason);
}
