import { type Machine, machineOf } from './machines.ts';
import { directionAt, type Profile, valueAt } from './profile.ts';
import type { Random } from './random.ts';

/** How a machine is driven over one cycle: speed in /min, load in %. */
export interface Operation {
  readonly speed: Profile;
  readonly load: Profile;
}

/** What a machine is doing. `idle` = turning with little to do. */
export type OperatingState = 'off' | 'start-up' | 'run-down' | 'idle' | 'run';

/** Load below which a turning machine counts as idle, %. */
const IDLE_LOAD = 30;

/** Names what a machine is doing at one moment. */
export function operatingStateAt(operation: Operation, atMs: number): OperatingState {
  const speed = valueAt(operation.speed, atMs);
  const direction = directionAt(operation.speed, atMs);
  if (direction === 'rising') return 'start-up';
  if (direction === 'falling') return 'run-down';
  if (speed < 1) return 'off';
  return valueAt(operation.load, atMs) < IDLE_LOAD ? 'idle' : 'run';
}

/** The pump runs at changing load until it is stopped for its repair, and starts again 33 s later. */
export function pumpOperation(random: Random, repairAt: number): Operation {
  const { speed, load } = sure('pump-1');
  const loads: [number, number][] = [[0, load]];
  let level = load;
  // not before a minute is over: the first fault must not ride on a change of load
  for (let at = random.between(60_000, 80_000); at < repairAt - 20_000; at += random.between(50_000, 90_000)) {
    const next = random.between(60, 85);
    loads.push([at, level], [at + 4_000, next]);
    level = next;
  }
  const off = repairAt + 8_000;
  const on = repairAt + 33_000;
  const running = repairAt + 45_000;
  return {
    speed: [
      [repairAt, speed],
      [off, 0],
      [on, 0],
      [running, speed],
    ],
    load: [...loads, [repairAt, level], [off, 0], [on, 0], [running, load]],
  };
}

/** The gearbox turns steadily; one load step warms it. */
export function gearboxOperation(step: {
  readonly startsAt: number;
  readonly endsAt: number;
  readonly load: number;
}): Operation {
  const { speed, load } = sure('gearbox-1');
  return {
    speed: [[0, speed]],
    load: [
      [step.startsAt, load],
      [step.startsAt + 3_000, step.load],
      [step.endsAt - 3_000, step.load],
      [step.endsAt, load],
    ],
  };
}

/** When the fan passes its critical speed, besides how it is driven. */
export interface FanOperation {
  readonly operation: Operation;
  readonly runDown: readonly [fromMs: number, toMs: number];
  readonly startUp: readonly [fromMs: number, toMs: number];
}

/** The fan is stopped after a while and is back at full speed by 70 s: it passes its critical speed twice. */
export function fanOperation(random: Random): FanOperation {
  const { speed, load } = sure('fan-1');
  const stop = Math.round(random.between(17_000, 22_000));
  const off = stop + Math.round((speed / 150) * 1_000);
  const start = Math.round(random.between(40_000, 46_000));
  // 62 to 85 /min per second: 2 to 3.5 s above the vibration limit, less than its on-delay
  const running = start + Math.round((speed / random.between(62, 85)) * 1_000);
  const shape = (full: number): Profile => [
    [stop, full],
    [off, 0],
    [start, 0],
    [running, full],
  ];
  return {
    operation: { speed: shape(speed), load: shape(load) },
    runDown: [stop, off],
    startUp: [start, running],
  };
}

/** The compressor loads and unloads at full speed, as screw compressors do. */
export function compressorOperation(random: Random): Operation {
  const { speed, load } = sure('compressor-1');
  const loads: [number, number][] = [[0, load]];
  let level = load;
  for (let at = random.between(15_000, 40_000); at < 350_000; ) {
    const idleMs = random.between(20_000, 35_000);
    const next = random.between(75, 88);
    loads.push([at, level], [at + 3_000, 22], [at + idleMs, 22], [at + idleMs + 3_000, next]);
    level = next;
    at += idleMs + random.between(40_000, 70_000);
  }
  // back where the cycle began, with time left to cool down to it
  loads.push([430_000, level], [433_000, load]);
  return { speed: [[0, speed]], load: loads };
}

function sure(id: string): Machine {
  const machine = machineOf(id);
  if (machine === undefined) throw new Error(`the simulated plant has no machine ${id}`);
  return machine;
}
