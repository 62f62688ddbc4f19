import type { Batch } from '../../model/batch.ts';
import type { LogRecord } from '../../model/log-record.ts';
import type { Plant, Tag } from '../../model/plant.ts';
import { type EpochMs, qualityNumber } from '../../model/reading.ts';
import { parseTime } from '../../model/time.ts';
import { type Scenario, type ScenarioEvent, type Segment, segmentsOf } from './schema.ts';

/** What happens at one moment: a record of the readings log, or something a person does (its alert is not known yet). */
export type Happening =
  | { readonly at: EpochMs; readonly record: LogRecord }
  | { readonly at: EpochMs; readonly operator: ScenarioEvent };

/** One reading and when it arrives. */
interface Arrival {
  readonly arrivesAt: EpochMs;
  readonly tag: number;
  readonly at: EpochMs;
  readonly value: number;
  readonly quality: number;
}

const TICK_MS = 1_000;

/**
 * The readings log that a scenario stands for, oldest first: links that go up before everything else, then at each moment
 * links, readings, the clock's record (once a second), and what people do. A tag's number is its place in the plant.
 */
export function streamOf(scenario: Scenario, plant: Plant): Happening[] {
  const start = startOf(scenario);
  const up = plant.sources.map((source): Happening => linkOf(start, { link: source.id, state: 'up' }));
  const links = scenario.events.flatMap((event) =>
    event.link === undefined ? [] : [linkOf(start + event.at, { link: event.link, ...event })],
  );
  const clock = Array.from({ length: Math.floor(scenario.for / TICK_MS) + 1 }, (_, second): Happening => {
    const at = start + second * TICK_MS;
    return { at, record: { kind: 'clock', at } };
  });
  const people = scenario.events.flatMap((operator) =>
    operator.link !== undefined ? [] : [{ at: start + operator.at, operator }],
  );
  // Sorting keeps the order of what happens at the same moment.
  return [...up, ...links, ...readings(scenario, plant), ...clock, ...people]
    .filter(({ at }) => at <= start + scenario.for)
    .sort((a, b) => a.at - b.at);
}

/** When a scenario begins. */
export function startOf({ start }: Scenario): EpochMs {
  return parseTime(start)!; // checked when it was read
}

function linkOf(at: EpochMs, event: Pick<ScenarioEvent, 'state' | 'reason'> & { readonly link: string }): Happening {
  const { link: source, state = 'up', reason } = event;
  return {
    at,
    record: {
      kind: 'event',
      event: { kind: 'source', source, link: state, at, ...(reason === undefined ? {} : { reason }) },
    },
  };
}

/** Readings that arrive together are one record. */
function readings(scenario: Scenario, plant: Plant): Happening[] {
  const numbers = new Map(plant.tags.map(({ name }, index) => [name, index]));
  const draw = drawerOf(scenario.seed);
  const arrivals = Object.entries(scenario.values).flatMap(([name, series]) => {
    const number = numbers.get(name)!; // checked when it was read
    const segments = segmentsOf(series);
    return segments.flatMap((segment, i) => {
      const endMs = Math.min(segment.to ?? segments[i + 1]?.from ?? scenario.for, scenario.for);
      return arrivalsOf(segment, { number, tag: plant.tags[number]!, start: startOf(scenario), endMs, draw });
    });
  });
  arrivals.sort((a, b) => a.arrivesAt - b.arrivesAt);
  const happenings: Happening[] = [];
  for (let from = 0, to = 0; from < arrivals.length; from = to) {
    const { arrivesAt } = arrivals[from]!;
    while (to < arrivals.length && arrivals[to]!.arrivesAt === arrivesAt) to++;
    const batch = batchOf(arrivals.slice(from, to));
    happenings.push({ at: arrivesAt, record: { kind: 'readings', receivedAt: arrivesAt, batch } });
  }
  return happenings;
}

interface Placing {
  readonly number: number;
  readonly tag: Tag;
  readonly start: EpochMs;
  readonly endMs: number;
  readonly draw: () => number;
}

function arrivalsOf(segment: Segment, { number, tag, start, endMs, draw }: Placing): Arrival[] {
  const { from, every, values, noise, quality, late } = segment;
  const points = values
    ? values.map(({ at, value }) => [at, value] as const)
    : Array.from(
        { length: Math.max(0, Math.ceil((endMs - from) / every)) },
        (_, i) => [from + i * every, valueAt(segment, i * every, endMs - from)] as const,
      );
  return points.map(([atMs, exact]) => {
    const value = exact === null ? Number.NaN : exact + noise * (2 * draw() - 1);
    const [low, high] = tag.range ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    const isOutside = value < low || value > high; // as `normalise` does
    return {
      arrivesAt: start + atMs + late,
      tag: number,
      at: start + atMs,
      value,
      quality: qualityNumber(isOutside ? 'bad' : quality),
    };
  });
}

function valueAt({ constant, ramp, sine }: Segment, sinceMs: number, lengthMs: number): number | null {
  if (constant !== undefined) return constant;
  if (ramp !== undefined) return ramp[0]! + ((ramp[1]! - ramp[0]!) * sinceMs) / lengthMs;
  if (sine !== undefined) return sine.mean + sine.amplitude * Math.sin((2 * Math.PI * sinceMs) / sine.period);
  return null;
}

function batchOf(arrivals: readonly Arrival[]): Batch {
  return {
    tag: Int32Array.from(arrivals, ({ tag }) => tag),
    at: Float64Array.from(arrivals, ({ at }) => at),
    value: Float64Array.from(arrivals, ({ value }) => value),
    quality: Uint8Array.from(arrivals, ({ quality }) => quality),
    codes: new Map(),
  };
}

/** Numbers from 0 to 1, the same for the same seed: mulberry32 (T. Ettinger, public domain). */
function drawerOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
