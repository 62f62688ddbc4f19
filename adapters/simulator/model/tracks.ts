import { AMBIENT, MACHINES, type Machine, SIGNALS } from './machines.ts';
import { heatTarget, lag, type OperatingPoint, pressureTarget, vibrationOf } from './physics.ts';
import { valueAt } from './profile.ts';
import { CYCLE_MS, type CycleScript } from './script.ts';

/** The sensors of the simulated plant measure this often; between two steps they repeat themselves. */
export const STEP_MS = 250;

/** Steps of one cycle. */
export const STEPS = CYCLE_MS / STEP_MS;

/** What is physically true, without noise: by tag, one value a step, in the tag's unit. */
export type Tracks = ReadonlyMap<string, Float64Array>;

/** Runs the machines through one cycle. Starts from the settled state of their first operating point. O(steps · signals). */
export function runCycle(script: CycleScript): Tracks {
  const tracks = new Map(SIGNALS.map((signal) => [signal.tag, new Float64Array(STEPS)]));
  for (const machine of MACHINES) runMachine(machine, script, tracks);
  const air = tracks.get('hall.ambient-temperature');
  // a slow breath of the hall that ends where it began
  for (let i = 0; air !== undefined && i < STEPS; i++) air[i] = AMBIENT + 0.8 * Math.sin((2 * Math.PI * i) / STEPS);
  addSpike(script, tracks);
  return tracks;
}

function runMachine(machine: Machine, script: CycleScript, tracks: Tracks): void {
  const operation = script.operations.get(machine.id);
  if (operation === undefined) return;
  const points: OperatingPoint[] = [];
  for (let i = 0; i < STEPS; i++) {
    const at = i * STEP_MS;
    points.push({ speed: valueAt(operation.speed, at), load: valueAt(operation.load, at) });
  }
  fill(tracks, `${machine.id}.speed`, (i) => at(points, i).speed);
  fill(tracks, `${machine.id}.load`, (i) => at(points, i).load);

  const shake = script.shake.get(`${machine.id}.vibration`) ?? [];
  fill(tracks, `${machine.id}.vibration`, (i) => vibrationOf(machine, at(points, i), valueAt(shake, i * STEP_MS)));

  const { pressure } = machine;
  if (pressure !== null)
    fillLagged(tracks, `${machine.id}.pressure`, pressure.lagMs, (i) => pressureTarget(machine, at(points, i)));

  for (const [signal, heat] of Object.entries(machine.heat)) {
    const tag = `${machine.id}.${signal}`;
    const extra = script.heat.get(tag) ?? [];
    fillLagged(tracks, tag, heat.lagMs, (i) => heatTarget(machine, heat, at(points, i), valueAt(extra, i * STEP_MS)));
  }
}

function fill(tracks: Tracks, tag: string, value: (step: number) => number): void {
  const track = tracks.get(tag);
  for (let i = 0; track !== undefined && i < STEPS; i++) track[i] = value(i);
}

function fillLagged(tracks: Tracks, tag: string, lagMs: number, target: (step: number) => number): void {
  let value = target(0);
  fill(tracks, tag, (i) => {
    value = lag(value, target(i), lagMs, STEP_MS);
    return value;
  });
}

function addSpike({ spike }: CycleScript, tracks: Tracks): void {
  const track = tracks.get(spike.tag);
  for (let i = spike.startsAt / STEP_MS; track !== undefined && i < spike.endsAt / STEP_MS; i++)
    track[i] = (track[i] ?? 0) + spike.height;
}

function at(points: readonly OperatingPoint[], step: number): OperatingPoint {
  return points[step] ?? { speed: 0, load: 0 };
}
