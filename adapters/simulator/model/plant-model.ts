import { ACCELEROMETER, recordWaveform } from './accelerometer.ts';
import { type GroundTruth, type GroundTruthEntry, groundTruthOf, shiftGroundTruth } from './ground-truth.ts';
import { machineOf, SIGNALS, type Signal, type SourceId } from './machines.ts';
import { type OperatingState, operatingStateAt } from './operation.ts';
import { valueAt } from './profile.ts';
import { noiseOf } from './random.ts';
import { CYCLE_MS, type CycleScript, drawScript } from './script.ts';
import { runCycle, STEP_MS, type Tracks } from './tracks.ts';

/** How many cycles are kept worked out: the running one, the one before, and one that somebody asks about. */
const CYCLES_KEPT = 3;
/** How many cycles' ground truth is kept: half a day. It is small. */
const TRUTHS_KEPT = 72;

/**
 * The simulated plant as a function of seed and time: the same question gets the same answer, in whatever order.
 * `atMs` is ms since the script began; before 0 all machines run healthily.
 */
export interface PlantModel {
  readonly seed: number;
  /** What the sensor of a tag says: the truth with noise, or the same value again while it is stuck. `null`: no such tag. */
  measure(tag: string, atMs: number): number | null;
  /** What the accelerometer of a tag records at a time, see `recordWaveform`. `null`: no such tag. */
  waveform(tag: string, atMs: number): Float32Array | null;
  /** What is physically true, without noise. `null`: no such tag. */
  truth(tag: string, atMs: number): number | null;
  /** What a machine is doing. `null`: no such machine. */
  state(asset: string, atMs: number): OperatingState | null;
  /** Whether the link to a source is down. */
  isDown(source: SourceId, atMs: number): boolean;
  /** What truly happens in cycles `from` to `to` (inclusive, from 0), in ms since the script began. */
  groundTruth(cycles?: { readonly from: number; readonly to: number }): GroundTruth;
}

/** Makes the plant of a seed. Cheap; a cycle is worked out when it is first asked about (a few ms). */
export function createPlantModel(seed: number): PlantModel {
  const cycles = new Map<number, Cycle>();
  const truths = new Map<number, GroundTruth>();

  const cycle = (index: number): Cycle => {
    const known = cycles.get(index);
    if (known !== undefined) return known;
    const script = drawScript(seed + index);
    const made: Cycle = { index, script, tracks: runCycle(script) };
    keep(cycles, index, made, CYCLES_KEPT);
    keep(truths, index, shiftGroundTruth(groundTruthOf(script, made.tracks, index), index * CYCLE_MS), TRUTHS_KEPT);
    return made;
  };
  const truthOf = (index: number): GroundTruth => {
    if (!truths.has(index)) cycle(index);
    return truths.get(index) ?? [];
  };
  const moment = (atMs: number): Moment => {
    const index = Math.max(0, Math.floor(atMs / CYCLE_MS));
    return { cycle: cycle(index), inCycle: atMs - index * CYCLE_MS };
  };

  return {
    seed,
    measure: (tag, atMs) => {
      const signal = SIGNALS.findIndex((candidate) => candidate.tag === tag);
      return signal < 0 ? null : measureAt(moment(atMs), signal, seed);
    },
    waveform: (tag, atMs) => (tag === ACCELEROMETER.tag ? waveformAt(moment(atMs), seed) : null),
    truth: (tag, atMs) => truthAt(moment(atMs), tag),
    state: (asset, atMs) => {
      const { cycle, inCycle } = moment(atMs);
      const operation = cycle.script.operations.get(asset);
      return operation === undefined ? null : operatingStateAt(operation, Math.max(0, inCycle));
    },
    isDown: (source, atMs) => {
      const { cycle, inCycle } = moment(atMs);
      const { linkLoss } = cycle.script;
      return linkLoss.source === source && inCycle >= linkLoss.startsAt && inCycle < linkLoss.endsAt;
    },
    groundTruth: ({ from, to } = { from: 0, to: 0 }) => {
      const truth: GroundTruthEntry[] = [];
      for (let index = from; index <= to; index++) truth.push(...truthOf(index));
      return truth;
    },
  };
}

/** Remembers a value, forgetting the one that has been there longest when there are too many. */
function keep<T>(memory: Map<number, T>, index: number, value: T, most: number): void {
  memory.delete(index);
  const oldest = memory.keys().next();
  if (memory.size >= most && oldest.value !== undefined) memory.delete(oldest.value);
  memory.set(index, value);
}

interface Cycle {
  readonly index: number;
  readonly script: CycleScript;
  readonly tracks: Tracks;
}

interface Moment {
  readonly cycle: Cycle;
  /** ms since the cycle began; below 0 only before the script began. */
  readonly inCycle: number;
}

function truthAt({ cycle, inCycle }: Moment, tag: string): number | null {
  return cycle.tracks.get(tag)?.[Math.max(0, Math.floor(inCycle / STEP_MS))] ?? null;
}

function measureAt({ cycle, inCycle }: Moment, index: number, seed: number): number | null {
  const signal = SIGNALS[index];
  if (signal === undefined) return null;
  const { stuck } = cycle.script;
  const isStuck = stuck.tag === signal.tag && inCycle >= stuck.startsAt && inCycle < stuck.endsAt;
  const seenAt = isStuck ? stuck.startsAt : inCycle;
  const truth = truthAt({ cycle, inCycle: seenAt }, signal.tag);
  if (truth === null) return null;
  const step = Math.floor(seenAt / STEP_MS);
  return readingOf(signal, truth, truth + signal.sigma * noiseOf(seed, cycle.index, index, step));
}

function waveformAt({ cycle, inCycle }: Moment, seed: number): Float32Array {
  const at = Math.max(0, inCycle);
  const truth = (signal: string) => truthAt({ cycle, inCycle }, `pump-1.${signal}`) ?? 0;
  const fullSpeed = machineOf('pump-1')?.speed ?? 1;
  const speed = truth('speed');
  const wear = valueAt(cycle.script.shake.get('pump-1.vibration') ?? [], at);
  const turning = { speed: speed / fullSpeed, shaftHz: speed / 60, load: truth('load'), wear };
  return recordWaveform(turning, seed, cycle.index, Math.floor(inCycle / STEP_MS));
}

/** What the transmitter makes of it: an encoder at rest says exactly 0, a magnitude is never negative, three decimals. */
function readingOf(signal: Signal, truth: number, noisy: number): number {
  const isCounted = signal.signal === 'speed' || signal.signal === 'load';
  if (isCounted && truth === 0) return 0;
  const isMagnitude = isCounted || signal.signal === 'vibration' || signal.signal === 'pressure';
  return Math.round((isMagnitude ? Math.abs(noisy) : noisy) * 1_000) / 1_000;
}
