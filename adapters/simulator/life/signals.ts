import { LIMIT_RULES } from '../model/limits.ts';
import { SIGNALS } from '../model/machines.ts';

/** One measured signal of the slow plant. */
export interface SlowSignal {
  /** `<asset>.<signal>`. */
  readonly tag: string;
  readonly asset: string;
  /** UCUM code. */
  readonly unit: string;
  readonly range: readonly [low: number, high: number];
  /** Standard deviation of the measurement, in the unit. */
  readonly sigma: number;
}

/** Those of the quick plant, and what shows a worn pump and a blocked filter. */
export const SLOW_SIGNALS: readonly SlowSignal[] = [
  ...SIGNALS.map(({ tag, asset, unit, range, sigma }) => ({ tag, asset, unit, range, sigma })),
  { tag: 'pump-1.flow', asset: 'pump-1', unit: 'm3/h', range: [0, 200], sigma: 0.6 },
  { tag: 'pump-1.filter-pressure', asset: 'pump-1', unit: 'mbar', range: [0, 400], sigma: 0.8 },
  { tag: 'compressor-1.filter-pressure', asset: 'compressor-1', unit: 'mbar', range: [0, 100], sigma: 0.3 },
];

/** What a tag must not exceed, or must not fall below, while its machine turns. */
export interface SlowLimit {
  readonly tag: string;
  readonly high?: number;
  readonly low?: number;
  readonly deadband: number;
}

/** The limits of the quick plant, and those of what it does not measure. */
export const SLOW_LIMITS: readonly SlowLimit[] = [
  ...LIMIT_RULES.map(({ tag, high, deadband }) => ({ tag, high, deadband })),
  { tag: 'pump-1.flow', low: 75, deadband: 2 },
  { tag: 'pump-1.filter-pressure', high: 150, deadband: 5 },
  { tag: 'compressor-1.filter-pressure', high: 35, deadband: 1 },
  { tag: 'compressor-1.pressure', low: 6, deadband: 0.1 },
];

/** Whether a true value is beyond a limit. */
export function isBeyond(value: number, { high, low }: SlowLimit): boolean {
  return (high !== undefined && value > high) || (low !== undefined && value < low);
}
