import type { OperatingPoint } from '../model/physics.ts';
import { createRandom, mixSeed } from '../model/random.ts';
import type { LifeScript } from './episodes.ts';
import { severityAt } from './episodes.ts';
import { DAY_MS, HOUR_MS, hourOf, isIn, normals, STEP_MS, stepsOf, straying, weekdayOf } from './time-line.ts';

/** Speed in /min and load in % of one machine, one value a step. */
export interface Operated {
  readonly speed: Float64Array;
  readonly load: Float64Array;
}

/** How one machine is driven at a moment; called once a step, in order. */
type Drive = (atMs: number) => OperatingPoint;

/** How long a repair keeps a machine standing, ms. */
const REPAIR_MS = 4 * HOUR_MS;

/** How a machine is driven over its life: its work, and the times at which it stands for repair, upkeep or a trip. */
export function operate(asset: string, script: LifeScript): Operated {
  const steps = stepsOf(script.days);
  const [speed, load] = [new Float64Array(steps), new Float64Array(steps)];
  const drive = driveOf(asset, script);
  const pauses = pausesOf(asset, script);
  const rise = script.lookAlikes.find((each) => each.kind === 'load step' && each.asset === asset);
  for (let i = 0; i < steps; i++) {
    const at = i * STEP_MS;
    const point = drive(at);
    if (pauses.some((pause) => isIn(at, pause))) continue;
    speed[i] = point.speed;
    const more = rise !== undefined && isIn(at, rise) ? rise.size : 0;
    load[i] = point.speed === 0 ? 0 : Math.min(100, point.load + more);
  }
  return { speed, load };
}

function pausesOf(asset: string, { faults, lookAlikes }: LifeScript) {
  const repairs = faults
    .filter((fault) => fault.asset === asset)
    .map(({ to }) => ({ from: to - REPAIR_MS / 2, to: to + REPAIR_MS / 2 }));
  const stops = lookAlikes.filter((each) => each.asset === asset && each.kind !== 'load step');
  return [...repairs, ...stops];
}

function driveOf(asset: string, script: LifeScript): Drive {
  switch (asset) {
    case 'pump-1':
      return pump(script.seed);
    case 'gearbox-1':
      return conveyor(script);
    case 'fan-1':
      return fan(script.seed);
    default:
      return compressor(script);
  }
}

/** Cooling water is wanted always, more by day; the motor slips a little under load. */
function pump(seed: number): Drive {
  const strays = straying(3, 3 * HOUR_MS, normals(seed, 11));
  return (at) => {
    const daily = 8 * Math.sin((2 * Math.PI * (hourOf(at) - 8)) / 24);
    const load = clamp(66 + daily - (weekdayOf(at) > 4 ? 5 : 0) + strays(), 48, 84);
    return { speed: 1488 - 0.12 * load, load };
  };
}

/** Two shifts on workdays and one on Saturday; every few hours another product. */
function conveyor({ seed, days }: LifeScript): Drive {
  const random = createRandom(mixSeed(seed, 12));
  const strays = straying(2, HOUR_MS / 6, normals(seed, 13));
  const shifts = Array.from({ length: days + 1 }, (_, day) => {
    const begins = day * DAY_MS + random.between(4.9, 5.2) * HOUR_MS;
    const hours = day % 7 === 6 ? 0 : day % 7 === 5 ? 8 : 18;
    return { from: begins, to: begins + hours * HOUR_MS };
  });
  let [product, until] = [60, 0];
  return (at) => {
    if (at >= until) [product, until] = [random.between(45, 76), at + random.between(1, 5) * HOUR_MS];
    const load = clamp(product + strays(), 35, 80);
    const isWorked = shifts.some((shift) => isIn(at, shift));
    return isWorked ? { speed: 980 - 0.05 * load, load } : { speed: 0, load: 0 };
  };
}

/** Full speed in the shifts, less at night and at the weekend; its load is the air it moves. */
function fan(seed: number): Drive {
  const strays = straying(0.02, 4 * HOUR_MS, normals(seed, 14));
  let speed = 1180;
  return (at) => {
    const isDay = hourOf(at) >= 6 && hourOf(at) < 20 && weekdayOf(at) < 5;
    const wanted = isDay ? 1480 : 1180;
    speed += clamp(wanted - speed, -60, 60); // a minute's ramp
    return { speed, load: 65 * (speed / 1480) ** 2 * (1 + strays()) };
  };
}

/** It makes the air that is used, and the air that leaks away: more than all it can is not made. */
function compressor({ seed, faults }: LifeScript): Drive {
  const strays = straying(3, HOUR_MS, normals(seed, 15));
  const leak = faults.find(({ kind }) => kind === 'leak');
  return (at) => {
    const isShift = weekdayOf(at) < 5 && hourOf(at) >= 5 && hourOf(at) < 23;
    const used = clamp((isShift ? 72 : 55) + strays(), 40, 84);
    return { speed: 2960, load: Math.min(100, used + LEAK_LOAD * (leak === undefined ? 0 : severityAt(leak, at))) };
  };
}

/** Load that a leak of severity 1 takes, %: with it the compressor runs at its end in the shifts. */
export const LEAK_LOAD = 38;

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
