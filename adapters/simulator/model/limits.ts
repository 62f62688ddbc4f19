/** A limit rule of the simulated plant: the script is drawn against the very numbers that the plant file carries. */
export interface LimitRule {
  /** Id of the rule in the plant file. */
  readonly id: string;
  readonly tag: string;
  readonly high: number;
  readonly highHigh: number;
  readonly deadband: number;
  /** The rule only judges while the machine turns faster than this, /min; `null`: always. */
  readonly minSpeed: number | null;
  readonly priority: 'medium' | 'high' | 'critical';
  /** ISO 14224 failure mode of the job it makes. */
  readonly failureMode: 'VIB' | 'OHE' | 'PDE';
}

/** Delays of every limit rule in the simulated plant. */
export const ON_DELAY_MS = 5_000;
export const OFF_DELAY_MS = 10_000;

/** How long a sensor must repeat itself exactly before it counts as stuck, and be silent before it counts as stale. */
export const FLATLINE_MS = 15_000;
export const STALE_MS = 15_000;

/** How long a source may be silent before people are told. */
export const LINK_ALERT_MS = 5_000;

/** Ids of the two rules that watch the instruments. */
export const FLATLINE_RULE = 'sensor-flatline';
export const STALE_RULE = 'sensor-stale';

const VIBRATION = { high: 4.5, highHigh: 7.1, deadband: 0.3, minSpeed: 100, failureMode: 'VIB' } as const;

/** Every limit rule of the simulated plant. Vibration: zone limits B/C and C/D after ISO 10816-3, group 1, rigid. */
export const LIMIT_RULES: readonly LimitRule[] = [
  { id: 'pump-1-vibration-high', tag: 'pump-1.vibration', ...VIBRATION, priority: 'high' },
  { id: 'gearbox-1-vibration-high', tag: 'gearbox-1.vibration', ...VIBRATION, priority: 'high' },
  { id: 'fan-1-vibration-high', tag: 'fan-1.vibration', ...VIBRATION, priority: 'medium' },
  { id: 'compressor-1-vibration-high', tag: 'compressor-1.vibration', ...VIBRATION, priority: 'high' },
  heat('pump-1', 'temperature', 85, 95, 'medium'),
  heat('gearbox-1', 'temperature', 85, 95, 'medium'),
  heat('gearbox-1', 'oil-temperature', 80, 95, 'high'),
  heat('fan-1', 'temperature', 80, 90, 'medium'),
  heat('compressor-1', 'temperature', 95, 110, 'critical'),
  heat('compressor-1', 'oil-temperature', 85, 95, 'high'),
  {
    id: 'compressor-1-pressure-high',
    tag: 'compressor-1.pressure',
    high: 9.5,
    highHigh: 10.5,
    deadband: 0.2,
    minSpeed: 100,
    priority: 'high',
    failureMode: 'PDE',
  },
];

/** Finds the limit rule of a tag; throws when the plant has none, which is a mistake in this folder. */
export function limitRuleOf(tag: string): LimitRule {
  const rule = LIMIT_RULES.find((candidate) => candidate.tag === tag);
  if (rule === undefined) throw new Error(`the simulated plant has no limit rule on ${tag}`);
  return rule;
}

/** A machine may be too hot while it stands still, so these are judged always. */
function heat(
  machine: string,
  signal: string,
  high: number,
  highHigh: number,
  priority: LimitRule['priority'],
): LimitRule {
  const rest = { high, highHigh, deadband: 1, minSpeed: null, priority, failureMode: 'OHE' } as const;
  return { id: `${machine}-${signal}-high`, tag: `${machine}.${signal}`, ...rest };
}
