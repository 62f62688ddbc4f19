import { createRandom, mixSeed } from '../model/random.ts';
import type { LifeScript, LookAlike, MachineFault, SensorFault } from './episodes.ts';
import { drawLife } from './script.ts';
import { isBeyond, SLOW_LIMITS, SLOW_SIGNALS, type SlowSignal } from './signals.ts';
import { isIn, normals, STEP_MS } from './time-line.ts';
import { runLife, type SlowTracks } from './truth.ts';

/** A machine fault with what became of it. */
export interface LivedFault extends MachineFault {
  /** When what is true was beyond the limit for the first time for `LASTING_MS`; `null`: it was repaired, or the time was over, before. */
  readonly limitAt: number | null;
}

/** The plant over some weeks: what happened, what was true, and what the sensors said. */
export interface Life {
  readonly faults: readonly LivedFault[];
  readonly sensorFaults: readonly SensorFault[];
  readonly lookAlikes: readonly LookAlike[];
  readonly truth: SlowTracks;
  /** By tag, one value a step, tag unit; NaN where nothing came. The first step is at 0 ms, the next `STEP_MS` later. */
  readonly readings: SlowTracks;
}

/** A limit counts as reached when it was exceeded for this long. */
export const LASTING_MS = 10 * STEP_MS;
/** A loose contact jumps about once in this many readings. */
const SPIKE_EVERY = 90;

/**
 * Lives the plant's weeks in no time: four machines with the time constants of real ones, a reading a minute. The same seed gives the
 * same life. Some 43,000 steps of 24 tags for 30 days: a second or two.
 */
export function live({ seed, days }: { readonly seed: number; readonly days: number }): Life {
  return liveScript(drawLife(seed, days));
}

/** The same for a script that is not drawn. */
export function liveScript(script: LifeScript): Life {
  const truth = runLife(script);
  const { sensorFaults, lookAlikes } = script;
  return {
    faults: script.faults.map((fault) => ({ ...fault, limitAt: limitAt(fault, truth) })),
    sensorFaults,
    lookAlikes,
    truth,
    readings: new Map(SLOW_SIGNALS.map((signal, index) => [signal.tag, read(signal, index, { script, truth })])),
  };
}

function limitAt({ tag, from, to }: MachineFault, truth: SlowTracks): number | null {
  const track = truth.get(tag)!;
  const turns = truth.get(`${tag.slice(0, tag.indexOf('.'))}.speed`)!;
  const limits = SLOW_LIMITS.filter((limit) => limit.tag === tag);
  let since: number | null = null;
  for (let i = Math.ceil(from / STEP_MS); i < track.length && i * STEP_MS < to; i++) {
    const at = i * STEP_MS;
    const isOver = turns[i]! >= 100 && limits.some((limit) => isBeyond(track[i]!, limit));
    since = isOver ? (since ?? at) : null;
    if (since !== null && at - since >= LASTING_MS) return since;
  }
  return null;
}

/** What the sensor of a signal says: the truth with noise, in three decimals, or what its own fault makes of it. */
function read(
  { tag, sigma, range }: SlowSignal,
  index: number,
  { script, truth }: { readonly script: LifeScript; readonly truth: SlowTracks },
): Float64Array {
  const track = truth.get(tag)!;
  const normal = normals(script.seed, 1_000 + index);
  const random = createRandom(mixSeed(script.seed, 2_000 + index));
  const faults = script.sensorFaults.filter((fault) => fault.tag === tag);
  const said = new Float64Array(track.length);
  for (let i = 0; i < track.length; i++) {
    const at = i * STEP_MS;
    const fault = faults.find((each) => isIn(at, each));
    const healthy = track[i]! + sigma * normal();
    // an encoder at rest says exactly 0
    const isAtRest = tag.endsWith('.speed') && track[i] === 0;
    const value = fault === undefined ? healthy : lie(fault, at, { healthy, before: said[i - 1]!, normal, random });
    said[i] = isAtRest ? 0 : round(Math.min(range[1], Math.max(range[0], value)));
  }
  return said;
}

function lie(
  { kind, size, from, to }: SensorFault,
  at: number,
  {
    healthy,
    before,
    normal,
    random,
  }: {
    readonly healthy: number;
    readonly before: number;
    readonly normal: () => number;
    readonly random: { next(): number };
  },
): number {
  switch (kind) {
    case 'frozen':
      return before;
    case 'dead':
      return Number.NaN;
    case 'offset':
      return healthy + size;
    case 'drift':
      return healthy + (size * (at - from)) / (to - from);
    case 'noise':
      return healthy + size * normal();
    case 'spikes':
      return random.next() < 1 / SPIKE_EVERY ? healthy + size : healthy;
  }
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
