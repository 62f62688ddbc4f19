import { AdapterError, type Binding } from '../adapter.ts';
import { type Path, parsePath } from './json-path.ts';
import type { MqttAddress, MqttPattern, PayloadFormat, TimeUnit } from './settings.ts';
import { type CompiledNaming, compileNaming, findNear } from './tag-name.ts';
import { type Captures, compileTopic, covers, type TopicPattern } from './topic.ts';
import type { WaveformFormat } from './waveform.ts';

/** Topics whose routes are remembered; a sender that invents topics must not fill the memory. */
const REMEMBERED_TOPICS = 10_000;
/** Names of tags that are remembered, of all topics together. */
const REMEMBERED_NAMES = 50_000;

/** One way from a message to readings. */
export interface Route {
  /** True for a tag's own address, which wins over patterns. */
  readonly isOwn: boolean;
  readonly nameTag: (entry: unknown, message: unknown) => string | undefined;
  readonly each: Path | null;
  readonly value: Path;
  readonly time: Path | null;
  readonly timeUnit: TimeUnit | null;
  readonly quality: Path | null;
  /** Of a tag that no address names. */
  readonly unit: Path | null;
  readonly format: PayloadFormat;
  /** Numbers that words stand for, by the word in lower case; `null`: none do. */
  readonly words: ReadonlyMap<string, number> | null;
  /** The payload is a waveform and no reading; `null`: it is none. */
  readonly waveform: WaveformFormat | null;
}

/** Everything that is read from one topic. */
export interface TopicRoutes {
  readonly routes: readonly Route[];
  /** Tags with an address on this very topic. */
  readonly ownTags: ReadonlySet<string>;
}

/** Which topics are subscribed, and what is read from each. */
export interface RouteTable {
  /** Topic filters, none covered by another, in alphabetical order. */
  readonly filters: readonly string[];
  /** All tags that have an address of their own on this source. */
  readonly boundTags: ReadonlySet<string>;
  routesOf(topic: string): TopicRoutes;
}

/**
 * Compiles the bindings and patterns of a source.
 * @throws AdapterError `plant_invalid` when a pattern contradicts itself.
 */
export function compileRoutes(map: readonly MqttPattern[], bindings: readonly Binding<MqttAddress>[]): RouteTable {
  const patterns = map.map(compilePattern);
  const own = new Map<string, Route[]>();
  const ownTags = new Map<string, Set<string>>();
  for (const { tag, address } of bindings) {
    own.set(address.topic, [...(own.get(address.topic) ?? []), ownRoute(tag, address)]);
    ownTags.set(address.topic, new Set(ownTags.get(address.topic)).add(tag));
  }
  const remembered = new Map<string, TopicRoutes>();
  const room: Room = { names: REMEMBERED_NAMES };
  const routesOf = (topic: string): TopicRoutes => {
    const known = remembered.get(topic);
    if (known !== undefined) return known;
    const tags = ownTags.get(topic) ?? new Set();
    const fromPatterns = patterns.flatMap((pattern) => patternRoute(pattern, { topic, ownTags: tags, room }));
    const found = { routes: [...(own.get(topic) ?? []), ...fromPatterns], ownTags: tags };
    if (remembered.size >= REMEMBERED_TOPICS) {
      remembered.clear();
      room.names = REMEMBERED_NAMES;
    }
    remembered.set(topic, found);
    return found;
  };
  const filters = [...patterns.map(({ topic }) => topic.filter), ...own.keys()];
  return { filters: withoutCovered(filters), boundTags: new Set(bindings.map(({ tag }) => tag)), routesOf };
}

interface CompiledPattern extends Omit<Route, 'isOwn' | 'nameTag'> {
  readonly topic: TopicPattern;
  readonly naming: CompiledNaming;
}

function compilePattern(pattern: MqttPattern): CompiledPattern {
  const topic = compileTopic(pattern.topic);
  return {
    topic,
    naming: compileNaming(pattern, topic.names),
    each: pattern.each === undefined ? null : path(pattern.each, pattern.topic),
    unit: pattern.unit === undefined ? null : path(pattern.unit, pattern.topic),
    ...places(pattern),
  };
}

/** Room that is left for remembered names. */
interface Room {
  names: number;
}

function patternRoute(
  pattern: CompiledPattern,
  { topic, ownTags, room }: { readonly topic: string; readonly ownTags: ReadonlySet<string>; readonly room: Room },
): Route[] {
  const captures = pattern.topic.match(topic);
  if (captures === null) return [];
  const { topic: _, naming, ...rest } = pattern;
  if (!naming.isFixed) return [{ ...rest, isOwn: false, nameTag: bind(naming, captures, room) }];
  const tag = naming.name(captures, undefined, undefined) ?? '';
  return ownTags.has(tag) ? [] : [{ ...rest, isOwn: false, nameTag: () => tag }];
}

/** The same text each time: what is joined anew costs the collector, and everybody who looks the tag up. */
function bind({ name, decidedBy }: CompiledNaming, captures: Captures, room: Room): Route['nameTag'] {
  if (decidedBy === null) return (entry, message) => name(captures, entry, message);
  const known = new Map<unknown, string>();
  return (entry, message) => {
    const by = findNear(decidedBy, entry, message);
    const before = known.get(by);
    if (before !== undefined) return before;
    const joined = name(captures, entry, message);
    if (joined !== undefined && room.names > 0) {
      room.names--;
      known.set(by, joined);
    }
    return joined;
  };
}

function ownRoute(tag: string, address: MqttAddress): Route {
  return { isOwn: true, nameTag: () => tag, each: null, unit: null, ...places(address) };
}

function places(written: MqttAddress): Omit<Route, 'isOwn' | 'nameTag' | 'each' | 'unit'> {
  return {
    value: path(written.value, written.topic),
    time: written.time === undefined ? null : path(written.time, written.topic),
    timeUnit: written.timeUnit ?? null,
    quality: written.quality === undefined ? null : path(written.quality, written.topic),
    format: written.format ?? 'json',
    words: written.values === undefined ? null : wordsOf(written.values, written.topic),
    waveform: written.waveform ?? null,
  };
}

/** Senders write ON, On and on. */
function wordsOf(values: Readonly<Record<string, number>>, topic: string): ReadonlyMap<string, number> {
  const words = new Map<string, number>();
  for (const [word, value] of Object.entries(values)) {
    const lower = word.toLowerCase();
    if (words.has(lower)) {
      throw new AdapterError('plant_invalid', `${topic}: values has "${word}" twice: letter case does not count`);
    }
    words.set(lower, value);
  }
  return words;
}

function path(written: string, topic: string): Path {
  const parsed = parsePath(written);
  if (parsed === null) throw new AdapterError('plant_invalid', `${topic}: "${written}" is no path`);
  return parsed;
}

/** Wildcards are few, so plain topics are compared with those only: linear in the number of tags. */
function withoutCovered(filters: readonly string[]): string[] {
  const distinct = [...new Set(filters)].sort();
  const wide = distinct.filter((filter) => /[+#]/.test(filter));
  return distinct.filter((filter) => !wide.some((other) => other !== filter && covers(other, filter)));
}
