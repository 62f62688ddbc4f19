import { AMBIENT, type Heat, type Machine } from './machines.ts';

/** Where a machine is at one moment: speed in /min, load in %. */
export interface OperatingPoint {
  readonly speed: number;
  readonly load: number;
}

/**
 * Vibration without any noise, mm/s RMS: grows with the square of speed and with load, peaks at a critical speed.
 * `shake` is what a fault adds at full speed; unbalance forces grow with speed², so it does too.
 */
export function vibrationOf(machine: Machine, point: OperatingPoint, shake: number): number {
  const n = point.speed / machine.speed;
  const { floor, speed, load } = machine.vibration;
  return floor + (speed + shake) * n * n + (load * point.load) / 100 + resonanceOf(machine, point.speed);
}

/** The temperature a machine is moving towards, Cel; `extra` is what a fault adds, K. */
export function heatTarget(machine: Machine, heat: Heat, point: OperatingPoint, extra: number): number {
  const n = point.speed / machine.speed;
  return AMBIENT + n * (heat.idle + (heat.load * point.load) / 100) + extra;
}

/** The pressure a machine is moving towards, bar. */
export function pressureTarget(machine: Machine, point: OperatingPoint): number {
  if (machine.pressure === null) return 0;
  const n = point.speed / machine.speed;
  return machine.pressure.speed * n * n + (machine.pressure.load * point.load) / 100;
}

/** One step of a first-order lag: exact for a target that holds during the step, whatever its length. */
export function lag(value: number, target: number, lagMs: number, stepMs: number): number {
  return target + (value - target) * Math.exp(-stepMs / lagMs);
}

function resonanceOf(machine: Machine, speed: number): number {
  if (machine.resonance === null) return 0;
  const distance = (speed - machine.resonance.at) / machine.resonance.width;
  return machine.resonance.peak * Math.exp(-distance * distance);
}
