import { numberIn, widthOf } from './registers.ts';
import type { Address } from './settings.ts';

/** One way to read raw registers, and how much speaks for it. */
export interface Guess {
  readonly type: Address['type'];
  readonly order: Address['order'];
  readonly byte?: 'low' | 'high';
  readonly scale: number;
  readonly value: number;
  /** Higher is more plausible, in bits; guesses with the same score cannot be told apart by what was read. */
  readonly score: number;
}

const TYPES = [
  'int16',
  'uint16',
  'int32',
  'uint32',
  'float32',
  'float64',
  'int64',
  'uint64',
  'bcd16',
  'bcd32',
  'int8',
  'uint8',
] as const satisfies readonly Address['type'][];
const ORDERS = ['ABCD', 'CDAB', 'BADC', 'DCBA'] as const satisfies readonly Address['order'][];
const SCALES = [1, 0.1, 0.01, 0.001, 10, 100];
/** A value so much smaller than the largest that fits is rather none: a float with its words swapped is 1e-38. */
const TINY = 1e-3;
/**
 * What speaks for a float beside that it fits: sign and exponent are right by chance for one pattern in 2^9 (2^12) per
 * doubling, less what a wider type is rarer (2^5, 2^6).
 */
const FLOAT_BITS = { float32: 4, float64: 6 } as const;
/** Each digit below ten is one of ten in sixteen. */
const DECIMAL_DIGIT_BITS = Math.log2(16 / 10);
/** Half a register is rare, and so are decimals, floats that must still be scaled, and numbers counted in tens. */
const [RARE_BITS, SCALED_FLOAT_BITS, MULTIPLE_BITS] = [-2, -2, -4];
/** Where measurements of a unit usually are; UCUM codes. */
const USUAL: Readonly<Record<string, readonly [number, number]>> = {
  Cel: [-50, 300],
  '%': [0, 100],
  bar: [0, 400],
  Hz: [0, 1_000],
  '/min': [0, 20_000],
  V: [0, 1_000],
  A: [0, 1_000],
  kW: [0, 5_000],
  'mm/s': [0, 100],
};
/** What measurements are when nobody says anything about them. */
const ANYTHING = [-100_000, 100_000] as const;
const LEAST_OF_ANYTHING = 1e-3;

/** The values that fit: the tag's own range, else what is usual for its unit. */
export function fittingRange(hint: {
  readonly unit: string | null;
  readonly range: readonly [number, number] | null;
}): readonly [low: number, high: number] {
  return hint.range ?? USUAL[hint.unit ?? ''] ?? ANYTHING;
}

/**
 * Ranks every type × order × scale by how plausible the value is that it makes of `bytes` (as they came over the wire,
 * from the tag's first register on). Values outside of the range, and such as are next to nothing, are left out. Sizes
 * of measurements are taken to be spread evenly over their logarithms (S. Newcomb, Am. J. Math. 4, 1881), so that the
 * noughts in front of a small number speak for no type.
 */
export function guess(bytes: Buffer, range: readonly [low: number, high: number]): Guess[] {
  const guesses = waysToRead().flatMap((way) => {
    const address = { unitId: 1, table: 'holding', register: 0, scale: 1, offset: 0, ...way } satisfies Address;
    const length = 2 * widthOf(address);
    if (bytes.length < length) return [];
    const raw = numberIn(address, bytes.subarray(0, length));
    if (raw === null) return [];
    return SCALES.flatMap((scale) => {
      const value = Number(raw) * scale;
      if (!fits(value, range)) return [];
      const score = bitsFor(way.type, { raw: Number(raw), scale }) - Math.log2(spanOf(way.type, scale, range));
      return [{ ...way, scale, value, score: Math.round(score * 10) / 10 }];
    });
  });
  return guesses.sort((a, b) => b.score - a.score);
}

type Way = Pick<Guess, 'type' | 'order' | 'byte'>;

/** Types of one register have only two orders, and those of a byte only a half. */
function waysToRead(): Way[] {
  return TYPES.flatMap((type): Way[] => {
    if (type === 'int8' || type === 'uint8') {
      return [
        { type, order: 'ABCD', byte: 'low' },
        { type, order: 'ABCD', byte: 'high' },
      ];
    }
    const isOneRegister = type.endsWith('16');
    return ORDERS.filter((order) => !isOneRegister || order === 'ABCD' || order === 'BADC').map((order) => ({
      type,
      order,
    }));
  });
}

function fits(value: number, range: readonly [number, number]): boolean {
  return value >= range[0] && value <= range[1] && Math.abs(value) >= leastOf(range);
}

function leastOf(range: readonly [number, number]): number {
  return range === ANYTHING ? LEAST_OF_ANYTHING : Math.max(Math.abs(range[0]), Math.abs(range[1])) * TINY;
}

function bitsFor(type: Way['type'], { raw, scale }: { readonly raw: number; readonly scale: number }): number {
  const multiple = scale > 1 ? MULTIPLE_BITS : 0;
  switch (type) {
    case 'float32':
    case 'float64':
      return FLOAT_BITS[type] + (scale === 1 ? 0 : SCALED_FLOAT_BITS);
    case 'bcd16':
    case 'bcd32':
      return String(raw).length * DECIMAL_DIGIT_BITS + RARE_BITS + multiple;
    case 'int8':
    case 'uint8':
      return RARE_BITS + multiple;
    default:
      return multiple;
  }
}

/** How many doublings the values that fit span, as far as type and scale reach: the fewer, the more it says that one fits. */
function spanOf(type: Way['type'], scale: number, range: readonly [number, number]): number {
  const [low, high] = range;
  const most = Math.max(Math.abs(low), Math.abs(high));
  const nearest = low > 0 ? low : high < 0 ? -high : 0;
  const least = Math.max(leastOf(range), nearest, type.startsWith('float') ? 0 : scale);
  return Math.max(1, Math.log2(most / least));
}
