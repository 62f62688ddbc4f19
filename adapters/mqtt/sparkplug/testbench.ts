import sparkplug from 'sparkplug-payload';
import type { DiscardReason, Reading } from '../../adapter.ts';
import { Host, type HostOptions } from './host.ts';
import type { MessageType } from './message-topic.ts';
import type { Delivered } from './readings.ts';
import type { Config } from './settings.ts';

const codec = sparkplug.get('spBv1.0');

type Encode = NonNullable<typeof codec>['encodePayload'];
/** A payload in the words of the encoder that is not ours. For tests. */
export type Given = Parameters<Encode>[0];
/** A metric in those words. For tests. */
export type GivenMetric = NonNullable<Given['metrics']>[number];

/** Encodes with the Tahu project's encoder. For tests. */
export function encode(payload: Given): Uint8Array {
  if (codec === null) throw new Error('sparkplug-payload knows no spBv1.0');
  return codec.encodePayload(payload);
}

/** A host with a clock that stands until it is moved, and what it made of what it was told. For tests. */
export interface HostBench {
  readonly host: Host;
  readonly readings: Reading[];
  readonly discarded: DiscardReason[];
  /** Edge nodes that were asked for their births, in this order. */
  readonly asked: string[];
  readonly observed: { readonly unit?: string; readonly code?: string }[];
  readonly now: () => number;
  /** Delivers a message of `plant/gateway` or of one of its devices. */
  say(type: MessageType, payload: Given, device?: string): readonly Reading[];
  /** Delivers bytes on a topic. */
  sayRaw(topic: string, payload: Uint8Array, retain?: boolean): readonly Reading[];
  /** Lets time pass as the adapter does, ten times a second. */
  pass(ms: number): readonly Reading[];
}

/** Makes a host whose own birth is out. For tests. */
export function hostBench(given: Partial<HostOptions['config']> & Pick<Partial<HostOptions>, 'bindings'> = {}) {
  let now = T0;
  const newest = new Map<string, number>();
  const { bindings = [], ...config } = given;
  const bench: HostBench = {
    readings: [],
    discarded: [],
    asked: [],
    observed: [],
    now: () => now,
    host: new Host({
      config: {
        asset: '{group}/{edge}/{device}',
        maxMetrics: 1_000,
        rebirth: 'request',
        reorderTimeout: 2_000,
        ...config,
      },
      bindings,
      clock: { now: () => now, sleep: () => Promise.resolve() },
      lastStored: (tag) => newest.get(tag) ?? null,
      observe: (outcome) => bench.observed.push(outcome),
      requestRebirth: ({ group, edge }) => bench.asked.push(`${group}/${edge}`),
    }),
    say: (type, payload, device) =>
      bench.sayRaw(
        ['spBv1.0', 'plant', type, 'gateway', ...(device === undefined ? [] : [device])].join('/'),
        encode(payload),
      ),
    sayRaw: (topic, payload, retain = false) =>
      take(bench.host.receive({ topic, payload: Buffer.from(payload), retain })),
    pass: (ms) => {
      const all: Reading[] = [];
      for (const end = now + ms; now < end; ) {
        now = Math.min(now + 100, end);
        all.push(...take(bench.host.tick()));
      }
      return all;
    },
  };
  const take = ({ readings, discarded }: Delivered): readonly Reading[] => {
    bench.readings.push(...readings);
    bench.discarded.push(...discarded);
    for (const { tag, at } of readings) newest.set(tag, Math.max(at, newest.get(tag) ?? at));
    return readings;
  };
  bench.host.begin();
  return bench;
}

/** When the clock of a bench begins. For tests. */
export const T0 = 1_767_225_600_000;

/** An NBIRTH or DBIRTH with numbers, aliases from `firstAlias` on. For tests. */
export function birth(seq: number, values: Readonly<Record<string, number>>, more: BirthOptions = {}): Given {
  const { at = T0, bdSeq, firstAlias = 1 } = more;
  const metrics = Object.entries(values).map(([name, value], i) => ({
    name,
    alias: firstAlias + i,
    type: 'Double' as const,
    value,
    timestamp: at,
  }));
  const session = bdSeq === undefined ? [] : [{ name: 'bdSeq', type: 'UInt64' as const, value: bdSeq, timestamp: at }];
  return { timestamp: at, seq, metrics: [...session, ...metrics] };
}

interface BirthOptions {
  readonly at?: number;
  readonly bdSeq?: number;
  readonly firstAlias?: number;
}

/** An NDATA or DDATA with numbers by alias. For tests. */
export function data(seq: number, values: readonly (readonly [alias: number, value: number])[], at = T0): Given {
  return {
    timestamp: at,
    seq,
    metrics: values.map(([alias, value]) => ({ alias, type: 'Double' as const, value, timestamp: at })),
  };
}

/** An NDEATH. For tests. */
export function death(bdSeq: number): Given {
  return { timestamp: T0, metrics: [{ name: 'bdSeq', type: 'UInt64', value: bdSeq }] };
}

/** Settings with the defaults filled in, as the loader would. For tests. */
export function sparkplugSettings(given: Partial<Config> & { url: string }): Config {
  return {
    protocol: 4,
    keepalive: 30_000,
    timeout: 5_000,
    inFlight: 500,
    maxPayload: 1_048_576,
    groups: [],
    hostId: 'millwright',
    state: 'v3',
    rebirth: 'request',
    reorderTimeout: 2_000,
    asset: '{group}/{edge}/{device}',
    maxMetrics: 100_000,
    ...given,
  };
}

/** Random bytes, or a valid payload that was cut, bent or doubled. For tests. */
export function garbage(random: () => number, valid: Uint8Array): Uint8Array {
  const any = () => Math.floor(random() * 256);
  switch (Math.floor(random() * 4)) {
    case 0:
      return Uint8Array.from({ length: any() }, any);
    case 1:
      return valid.slice(0, Math.floor(random() * valid.length));
    case 2:
      return Uint8Array.from([...valid, ...valid.slice(any() % valid.length)]);
    default: {
      const bent = Uint8Array.from(valid);
      for (let i = 0; i < 3; i++) bent[Math.floor(random() * bent.length)] = any();
      return bent;
    }
  }
}

/** Numbers from 0 to 1 that are the same each time: mulberry32. For tests. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
