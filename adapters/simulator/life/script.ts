import { MACHINES } from '../model/machines.ts';
import { createRandom, mixSeed, type Random } from '../model/random.ts';
import type {
  LifeScript,
  LookAlike,
  LookAlikeKind,
  MachineFault,
  MachineFaultKind,
  SensorFault,
  SensorFaultKind,
} from './episodes.ts';
import { DAY_MS, HOUR_MS, type Span } from './time-line.ts';

/** Nothing is ill before: a new plant is well while one gets to know it. */
export const WELL_MS = 8 * DAY_MS;

/** What each machine may fall ill of, and on which tag its limit is. */
const ILLNESSES: Readonly<
  Record<string, readonly [readonly [MachineFaultKind, string], ...(readonly [MachineFaultKind, string])[]]>
> = {
  'pump-1': [
    ['bearing wear', 'vibration'],
    ['pump wear', 'flow'],
    ['blocked filter', 'filter-pressure'],
  ],
  'gearbox-1': [
    ['bearing wear', 'vibration'],
    ['overheating', 'oil-temperature'],
  ],
  'fan-1': [
    ['imbalance', 'vibration'],
    ['bearing wear', 'vibration'],
  ],
  'compressor-1': [
    ['overheating', 'temperature'],
    ['leak', 'pressure'],
    ['blocked filter', 'filter-pressure'],
  ],
};

/** Sensors that may lie, and by how much a drift or a jump of theirs is: the usual failures of their kind, tag unit. */
const SENSORS: readonly (readonly [tag: string, shift: number])[] = [
  ['pump-1.temperature', 9],
  ['pump-1.pressure', 0.8],
  ['pump-1.flow', 14],
  ['pump-1.vibration', 1.2],
  ['gearbox-1.temperature', 10],
  ['gearbox-1.oil-temperature', 10],
  ['fan-1.temperature', 9],
  ['fan-1.vibration', 1.2],
  ['compressor-1.temperature', 12],
  ['compressor-1.oil-temperature', 10],
  ['compressor-1.vibration', 1.2],
];

const SENSOR_FAULTS: readonly SensorFaultKind[] = ['frozen', 'spikes', 'drift', 'dead', 'noise', 'offset'];
const SENSOR_FAULTS_A_LIFE = 3;
/** Draws before a place that is free is given up. */
const TRIES = 40;

/**
 * Draws what happens to the plant in so many days: machine faults, one a machine at most, that need 2 to 14 days to their limit and are
 * repaired 12 to 36 h after it; sensors that lie for a day or three on machines that are well meanwhile; and what looks like a fault.
 */
export function drawLife(seed: number, days: number): LifeScript {
  const random = createRandom(mixSeed(seed, 0x11fe));
  const endMs = days * DAY_MS;
  const faults = MACHINES.flatMap(({ id }) => (random.next() < 0.65 ? [machineFault(random, id, endMs)] : []));
  const taken: Taken[] = faults.map(({ asset, from, to }) => ({ asset, from: from - DAY_MS, to: to + DAY_MS }));
  const sensorFaults = drawSensorFaults(random, endMs, taken);
  return {
    seed,
    days,
    season: random.between(-3, 3),
    faults,
    sensorFaults,
    lookAlikes: drawLookAlikes(random, endMs, taken),
  };
}

function machineFault(random: Random, asset: string, endMs: number): MachineFault {
  const [kind, signal] = random.pick(ILLNESSES[asset]!);
  const lifeMs = random.between(2, 14) * DAY_MS;
  const from = random.between(WELL_MS, Math.max(WELL_MS + DAY_MS, endMs - 4 * DAY_MS));
  const to = from + lifeMs + random.between(12, 36) * HOUR_MS;
  return { kind, asset, tag: `${asset}.${signal}`, from, to, lifeMs, course: courseOf(kind, random) };
}

/** Cracks and clogging feed themselves; abrasion and fouling go about straight. */
function courseOf(kind: MachineFaultKind, random: Random): (x: number) => number {
  switch (kind) {
    case 'bearing wear': {
      const pace = random.between(2, 4);
      return (x) => Math.expm1(pace * x) / Math.expm1(pace);
    }
    case 'blocked filter': {
      const bend = random.between(1.5, 2.5);
      return (x) => x ** bend;
    }
    case 'leak':
      return (x) => x ** 1.5;
    case 'imbalance':
    case 'overheating':
    case 'pump wear': {
      const bend = random.between(0.8, 1.3);
      return (x) => x ** bend;
    }
  }
}

interface Taken extends Span {
  readonly asset: string;
}

function isFree(taken: readonly Taken[], { asset, from, to }: Taken): boolean {
  return taken.every((each) => each.asset !== asset || each.to <= from || each.from >= to);
}

function drawSensorFaults(random: Random, endMs: number, taken: Taken[]): SensorFault[] {
  const faults: SensorFault[] = [];
  const first = Math.floor(random.next() * SENSOR_FAULTS.length);
  for (let tries = 0; tries < TRIES && faults.length < SENSOR_FAULTS_A_LIFE; tries++) {
    // three different kinds in each life
    const kind = SENSOR_FAULTS[(first + 2 * faults.length) % SENSOR_FAULTS.length]!;
    const [tag, shift] = random.pick(SENSORS as [(typeof SENSORS)[number], ...(typeof SENSORS)[number][]]); // it is not empty
    const asset = tag.slice(0, tag.indexOf('.'));
    const from = random.between(WELL_MS, endMs - 3.5 * DAY_MS);
    const lasts = kind === 'drift' ? random.between(2, 3) : random.between(0.7, 3);
    const to = from + lasts * DAY_MS;
    const span = { asset, from: from - DAY_MS / 2, to: to + DAY_MS / 2 };
    if (!isFree(taken, span)) continue;
    taken.push(span);
    const sign = tag.endsWith('vibration') || random.next() < 0.5 ? 1 : -1;
    faults.push({ kind, asset, tag, from, to, size: sizeOf(kind, sign * shift) });
  }
  return faults;
}

function sizeOf(kind: SensorFaultKind, shift: number): number {
  switch (kind) {
    case 'frozen':
    case 'dead':
      return 0;
    case 'spikes':
      return 3 * shift;
    case 'noise':
      return Math.abs(shift) / 3;
    case 'drift':
    case 'offset':
      return shift;
  }
}

function drawLookAlikes(random: Random, endMs: number, taken: Taken[]): LookAlike[] {
  const day = Math.floor(random.between(WELL_MS / DAY_MS, endMs / DAY_MS - 1)) * DAY_MS;
  const found: LookAlike[] = [
    { kind: 'hot day', asset: null, from: day + 6 * HOUR_MS, to: day + 22 * HOUR_MS, size: random.between(4, 7) },
  ];
  const plans: readonly (readonly [LookAlikeKind, readonly [string, ...string[]], hours: readonly [number, number]])[] =
    [
      ['load step', ['pump-1', 'compressor-1', 'gearbox-1'], [6, 30]],
      ['cleaning', ['fan-1', 'compressor-1'], [2, 5]],
      ['maintenance stop', ['pump-1', 'gearbox-1', 'compressor-1', 'fan-1'], [2, 8]],
      ['restart', ['pump-1', 'fan-1', 'compressor-1'], [0.2, 0.7]],
      ['restart', ['pump-1', 'fan-1', 'compressor-1'], [0.2, 0.7]],
    ];
  for (const [kind, assets, [least, most]] of plans) {
    for (let tries = 0; tries < TRIES; tries++) {
      const asset = random.pick(assets);
      const from = random.between(WELL_MS, endMs - 2 * DAY_MS);
      const to = from + random.between(least, most) * HOUR_MS;
      const span = { asset, from: from - 12 * HOUR_MS, to: to + 12 * HOUR_MS };
      if (!isFree(taken, span)) continue;
      taken.push(span);
      found.push({ kind, asset, from, to, size: lookAlikeSize(kind, random) });
      break;
    }
  }
  return found.sort((a, b) => a.from - b.from);
}

function lookAlikeSize(kind: LookAlikeKind, random: Random): number {
  switch (kind) {
    case 'load step':
      return random.between(10, 16);
    case 'cleaning':
      return random.between(0.05, 0.12);
    default:
      return 0;
  }
}
