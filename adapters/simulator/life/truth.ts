import { AMBIENT, MACHINES, type Machine } from '../model/machines.ts';
import { heatTarget, lag, type OperatingPoint, vibrationOf } from '../model/physics.ts';
import { type LifeScript, type MachineFault, type MachineFaultKind, severityAt } from './episodes.ts';
import { LEAK_LOAD, operate } from './operation.ts';
import { SLOW_LIMITS, SLOW_SIGNALS } from './signals.ts';
import { DAY_MS, HOUR_MS, hourOf, isIn, normals, STEP_MS, stepsOf, straying } from './time-line.ts';

/** What is physically true over a life, without the sensors' noise: by tag, one value a step, tag unit. */
export type SlowTracks = ReadonlyMap<string, Float64Array>;

/** Minutes in which a temperature follows: windings and bearings, oil; real machines, not the quick ones of the demo. */
const LAG_MS: Readonly<Record<string, number>> = {
  'pump-1.temperature': 25 * 60_000,
  'gearbox-1.temperature': 60 * 60_000,
  'gearbox-1.oil-temperature': 80 * 60_000,
  'fan-1.temperature': 20 * 60_000,
  'compressor-1.temperature': 12 * 60_000,
  'compressor-1.oil-temperature': 15 * 60_000,
};

/** Clean filters at full flow, mbar. */
const PUMP_FILTER = 40;
const COMPRESSOR_FILTER = 12;
/** Pump at its nominal point: m³/h and bar. */
const PUMP_FLOW = 118;

/** Runs the plant through a life. O(steps · signals). */
export function runLife(script: LifeScript): SlowTracks {
  const steps = stepsOf(script.days);
  const tracks = new Map(SLOW_SIGNALS.map(({ tag }) => [tag, new Float64Array(steps)]));
  const air = tracks.get('hall.ambient-temperature')!;
  breathe(air, script);
  for (const [index, machine] of MACHINES.entries())
    runMachine(machine, { script, tracks, air, key: 100 * (index + 1) });
  return tracks;
}

/** The hall: season, sun, weather, a hot day. */
function breathe(air: Float64Array, { seed, days, season, lookAlikes }: LifeScript): void {
  const weather = straying(0.9, 18 * HOUR_MS, normals(seed, 1));
  const hot = lookAlikes.find(({ kind }) => kind === 'hot day');
  for (let i = 0; i < air.length; i++) {
    const at = i * STEP_MS;
    const daily = 2.5 * Math.sin((2 * Math.PI * (hourOf(at) - 9)) / 24);
    const heat = hot && isIn(at, hot) ? hot.size * Math.sin((Math.PI * (at - hot.from)) / (hot.to - hot.from)) : 0;
    air[i] = AMBIENT - 1 + season * (at / (days * DAY_MS) - 0.5) + daily + weather() + heat;
  }
}

interface Run {
  readonly script: LifeScript;
  readonly tracks: Map<string, Float64Array>;
  readonly air: Float64Array;
  /** Of its streams of random numbers. */
  readonly key: number;
}

function runMachine(machine: Machine, { script, tracks, air, key }: Run): void {
  const { id } = machine;
  const { seed } = script;
  const { speed, load } = operate(id, script);
  tracks.get(`${id}.speed`)!.set(speed);
  tracks.get(`${id}.load`)!.set(load);
  const fault = script.faults.find(({ asset }) => asset === id);
  const sick = (kind: MachineFaultKind, at: number) => (fault?.kind === kind ? severityAt(fault, at) : 0);
  const cleaned = script.lookAlikes.find((each) => each.kind === 'cleaning' && each.asset === id);
  const dirt = (at: number) => (cleaned !== undefined && at >= cleaned.to ? 1 - cleaned.size : 1);
  const point = (i: number): OperatingPoint => ({ speed: speed[i]!, load: load[i]! });
  const healthy = vibrationOf(machine, machine, 0);

  // what rests on it, how it is aligned when warm, what it pumps: vibration never stands quite still
  const unrest = straying(0.025, 6 * HOUR_MS, normals(seed, key + 1));
  const toLimit = SLOW_LIMITS.find(({ tag }) => tag === `${id}.vibration`)!.high! - healthy;
  fill(tracks, `${id}.vibration`, (i, at) => {
    const shake = toLimit * (sick('bearing wear', at) + sick('imbalance', at)) + 0.3 * sick('pump wear', at);
    return vibrationOf(machine, point(i), shake) * dirt(at) * (1 + unrest());
  });

  for (const [signal, heat] of Object.entries(machine.heat)) {
    const tag = `${id}.${signal}`;
    const cooling = straying(0.7, DAY_MS, normals(seed, key + 2 + signal.length));
    const settled = heatTarget(machine, heat, machine, 0) + 3;
    const headroom = SLOW_LIMITS.find((limit) => limit.tag === tag)!.high! - settled;
    let value = air[0]!;
    fill(tracks, tag, (i, at) => {
      const n = speed[i]! / machine.speed;
      const ill = n * headroom * (fault?.tag === tag ? 1 : 0.25) * sick('overheating', at);
      const worn = n * 7 * sick('bearing wear', at);
      const dirty = n * 8 * (dirt(at) - 1);
      value = lag(
        value,
        heatTarget(machine, heat, point(i), ill + worn + dirty + cooling()) + air[i]! - AMBIENT,
        LAG_MS[tag]!,
        STEP_MS,
      );
      return value;
    });
  }
  if (id === 'pump-1') runWater(tracks, { speed, load, sick });
  if (id === 'compressor-1') runAir(tracks, { speed, load, sick, normal: normals(seed, key + 50), fault });
}

interface Fluid {
  readonly speed: Float64Array;
  readonly load: Float64Array;
  readonly sick: (kind: MachineFaultKind, at: number) => number;
}

/** Flow follows the load, pressure falls with it; worn rings let water back, a blocked strainer throttles. */
function runWater(tracks: Map<string, Float64Array>, { speed, load, sick }: Fluid): void {
  let [flow, pressure, filter] = [0, 0, 0];
  for (let i = 0; i < speed.length; i++) {
    const at = i * STEP_MS;
    const n = speed[i]! / 1480;
    const wear = sick('pump wear', at);
    const clogged = sick('blocked filter', at);
    flow = n * PUMP_FLOW * (0.55 + (0.45 * load[i]!) / 66) * (1 - 0.3 * wear) * (1 - 0.06 * Math.min(2, clogged));
    pressure = n * n * (6.5 - (1.5 * load[i]!) / 100) * (1 - 0.13 * wear) * (1 - 0.05 * Math.min(2, clogged));
    // from clean to the limit at nominal flow
    filter = (PUMP_FILTER + (150 - PUMP_FILTER) * clogged) * (flow / PUMP_FLOW) ** 2;
    tracks.get('pump-1.flow')![i] = Math.max(0, flow);
    tracks.get('pump-1.pressure')![i] = Math.max(0, pressure);
    tracks.get('pump-1.filter-pressure')![i] = filter;
  }
}

/** The network is held at 7.3 bar until more is wanted than the compressor makes; then its pressure falls. */
function runAir(
  tracks: Map<string, Float64Array>,
  {
    speed,
    load,
    sick,
    normal,
    fault,
  }: Fluid & { readonly normal: () => number; readonly fault: MachineFault | undefined },
): void {
  const band = straying(0.08, 20 * 60_000, normal);
  let pressure = 7.3;
  for (let i = 0; i < speed.length; i++) {
    const at = i * STEP_MS;
    const n = speed[i]! / 2960;
    const leak = sick('leak', at);
    // of what the compressor can't make any more
    const missing = fault?.kind === 'leak' && load[i]! >= 100 ? Math.max(0, LEAK_LOAD * leak - 26) : 0;
    const wanted = n === 0 ? 5.5 : 7.3 - 0.11 * missing + band();
    pressure = lag(pressure, wanted, 10 * 60_000, STEP_MS);
    tracks.get('compressor-1.pressure')![i] = pressure;
    const clogged = sick('blocked filter', at);
    tracks.get('compressor-1.filter-pressure')![i] =
      n * (COMPRESSOR_FILTER + (35 - COMPRESSOR_FILTER) * clogged) * (0.4 + (0.6 * load[i]!) / 75) ** 2;
  }
}

function fill(tracks: Map<string, Float64Array>, tag: string, value: (step: number, atMs: number) => number): void {
  const track = tracks.get(tag)!;
  for (let i = 0; i < track.length; i++) track[i] = value(i, i * STEP_MS);
}
