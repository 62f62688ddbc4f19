/** The sources of the simulated plant, as the plant file names them. */
export type SourceId = 'hall-plc' | 'line-ua' | 'sensors';

/** How a temperature follows the machine: it moves towards `ambient + idle·n + load·n·L` with one time constant. */
export interface Heat {
  /** Rise over ambient while turning without load, K. */
  readonly idle: number;
  /** Further rise at full load, K. */
  readonly load: number;
  readonly lagMs: number;
}

/** One simulated machine: what it is, and the few numbers its physics need. */
export interface Machine {
  readonly id: string;
  readonly name: string;
  /** Class in the plant file. */
  readonly class: 'pump' | 'gearbox' | 'fan' | 'compressor';
  readonly criticality: 'A' | 'B' | 'C';
  /** Operating point before the script begins and at the end of every cycle: /min and %. */
  readonly speed: number;
  readonly load: number;
  /** mm/s RMS: standing still, added at full speed (with speed²), added at full load. */
  readonly vibration: { readonly floor: number; readonly speed: number; readonly load: number };
  /** A critical speed that is passed on the way up and down: mm/s at the peak, /min. */
  readonly resonance: { readonly peak: number; readonly at: number; readonly width: number } | null;
  readonly heat: Readonly<Record<string, Heat>>;
  /** bar: at rest, added at full speed (with speed²), added at full load. */
  readonly pressure: { readonly speed: number; readonly load: number; readonly lagMs: number } | null;
}

/** Air in the hall, Cel: where every temperature starts from. */
export const AMBIENT = 22;

/** The machines. Chosen so that every healthy value stays well below its limit at any load the script draws. */
export const MACHINES: readonly Machine[] = [
  {
    id: 'pump-1',
    name: 'Cooling water pump',
    class: 'pump',
    criticality: 'A',
    speed: 1480,
    load: 70,
    vibration: { floor: 0.2, speed: 1.15, load: 0.9 },
    resonance: null,
    heat: { temperature: { idle: 14, load: 22, lagMs: 25_000 } },
    pressure: { speed: 6.5, load: -1.5, lagMs: 1_500 },
  },
  {
    id: 'gearbox-1',
    name: 'Conveyor gearbox',
    class: 'gearbox',
    criticality: 'B',
    speed: 980,
    load: 60,
    vibration: { floor: 0.2, speed: 1.3, load: 1 },
    resonance: null,
    heat: {
      temperature: { idle: 16, load: 36, lagMs: 20_000 },
      'oil-temperature': { idle: 14, load: 32, lagMs: 25_000 },
    },
    pressure: null,
  },
  {
    id: 'fan-1',
    name: 'Exhaust fan',
    class: 'fan',
    criticality: 'C',
    speed: 1480,
    load: 65,
    vibration: { floor: 0.2, speed: 1, load: 0.6 },
    resonance: { peak: 5.2, at: 700, width: 176 },
    heat: { temperature: { idle: 12, load: 20, lagMs: 20_000 } },
    pressure: null,
  },
  {
    id: 'compressor-1',
    name: 'Screw compressor',
    class: 'compressor',
    criticality: 'A',
    speed: 2960,
    load: 80,
    vibration: { floor: 0.2, speed: 1.4, load: 0.8 },
    resonance: null,
    heat: {
      temperature: { idle: 30, load: 34, lagMs: 25_000 },
      'oil-temperature': { idle: 20, load: 25, lagMs: 25_000 },
    },
    pressure: { speed: 6, load: 2.2, lagMs: 8_000 },
  },
];

/** One measured signal of the simulated plant. */
export interface Signal {
  /** `<asset>.<signal>`. */
  readonly tag: string;
  readonly asset: string;
  readonly signal: string;
  /** UCUM code. */
  readonly unit: string;
  readonly range: readonly [low: number, high: number];
  readonly source: SourceId;
  /** Standard deviation of the measurement, in the unit. */
  readonly sigma: number;
  /** `file`: in the plant file. `adopted`: nobody configured it, it appears by adoption. */
  readonly known: 'file' | 'adopted';
}

const KINDS = {
  vibration: { unit: 'mm/s', range: [0, 50], sigma: 0.06 },
  temperature: { unit: 'Cel', range: [-20, 200], sigma: 0.12 },
  'oil-temperature': { unit: 'Cel', range: [-20, 200], sigma: 0.12 },
  'ambient-temperature': { unit: 'Cel', range: [-20, 60], sigma: 0.05 },
  pressure: { unit: 'bar', range: [0, 25], sigma: 0.03 },
  speed: { unit: '/min', range: [0, 5000], sigma: 1.5 },
  load: { unit: '%', range: [0, 120], sigma: 0.5 },
} as const satisfies Record<string, Pick<Signal, 'unit' | 'range' | 'sigma'>>;

/** Every signal, in the order of the register map. */
export const SIGNALS: readonly Signal[] = [
  ...signalsOf('pump-1', 'hall-plc', ['vibration', 'temperature', 'speed', 'load', 'pressure']),
  ...signalsOf('gearbox-1', 'line-ua', ['vibration', 'temperature', 'oil-temperature', 'speed', 'load']),
  ...signalsOf('compressor-1', 'line-ua', ['temperature', 'oil-temperature', 'pressure', 'speed', 'load']),
  ...signalsOf('compressor-1', 'sensors', ['vibration']),
  ...signalsOf('fan-1', 'sensors', ['vibration', 'temperature', 'speed', 'load']),
  ...signalsOf('hall', 'sensors', ['ambient-temperature']).map((signal) => ({ ...signal, known: 'adopted' as const })),
];

/** Finds a machine by its id; `undefined` for anything that is none, such as the hall. */
export function machineOf(id: string): Machine | undefined {
  return MACHINES.find((machine) => machine.id === id);
}

function signalsOf(asset: string, source: SourceId, signals: readonly (keyof typeof KINDS)[]): Signal[] {
  return signals.map((signal) => ({
    tag: `${asset}.${signal}`,
    asset,
    signal,
    source,
    known: 'file' as const,
    ...KINDS[signal],
  }));
}
