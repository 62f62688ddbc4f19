import { type Powers, sayQuantity } from './quantity-words.ts';

/** `target = source * factor + offset`. */
export interface Conversion {
  readonly factor: number;
  readonly offset: number;
}

/** Why there is no conversion: a unit is none that can be converted, or the two measure different things. */
export type NoConversion = { readonly unknown: string } | { readonly apart: readonly [from: string, to: string] };

/** A unit in base units: `base = x * factor + offset`, with the power of each of them. */
interface Measure {
  readonly factor: number;
  readonly offset: number;
  readonly powers: Powers;
}

const BASE = ['m', 's', 'g', 'rad', 'K', 'C', 'cd'];

const PREFIXES: Readonly<Record<string, number>> = {
  ...{ Y: 1e24, Z: 1e21, E: 1e18, P: 1e15, T: 1e12, G: 1e9, M: 1e6, k: 1e3, h: 1e2, da: 1e1 },
  ...{ d: 1e-1, c: 1e-2, m: 1e-3, u: 1e-6, n: 1e-9, p: 1e-12, f: 1e-15, a: 1e-18, z: 1e-21, y: 1e-24 },
};

/** Atoms that take a prefix: how many of which unit one of them is. UCUM 2.1, tables 2 and 4–16. */
const METRIC: Readonly<Record<string, readonly [number, string]>> = {
  ...{ Hz: [1, 's-1'], N: [1, 'kg.m/s2'], Pa: [1, 'N/m2'], J: [1, 'N.m'], W: [1, 'J/s'], A: [1, 'C/s'], V: [1, 'J/C'] },
  ...{ F: [1, 'C/V'], Ohm: [1, 'V/A'], S: [1, 'A/V'], mho: [1, 'S'], Wb: [1, 'V.s'], T: [1, 'Wb/m2'], H: [1, 'Wb/A'] },
  ...{ sr: [1, 'rad2'], lm: [1, 'cd.sr'], lx: [1, 'lm/m2'], Bq: [1, 's-1'], Gy: [1, 'J/kg'], Sv: [1, 'J/kg'] },
  ...{ mol: [6.022_140_76e23, '1'], kat: [1, 'mol/s'], eV: [1.602_176_634e-19, 'J'], L: [1, 'dm3'], l: [1, 'dm3'] },
  ...{
    bar: [1e5, 'Pa'],
    t: [1e3, 'kg'],
    ar: [100, 'm2'],
    cal: [4.184, 'J'],
    '[g]': [9.806_65, 'm/s2'],
    G: [1e-4, 'T'],
  },
  ...{
    P: [0.1, 'Pa.s'],
    St: [1e-4, 'm2/s'],
    VA: [1, 'V.A'],
    var: [1, 'V.A'],
    bit: [1, '1'],
    By: [8, 'bit'],
    Bd: [1, 's-1'],
  },
  ...{ 'm[Hg]': [133.322, 'kPa'], 'm[H2O]': [9.806_65, 'kPa'] },
};

/** Atoms that stand alone. */
const PLAIN: Readonly<Record<string, readonly [number, string]>> = {
  ...{ '%': [1e-2, '1'], '[ppth]': [1e-3, '1'], '[ppm]': [1e-6, '1'], '[ppb]': [1e-9, '1'], '[pi]': [Math.PI, '1'] },
  ...{ min: [60, 's'], h: [60, 'min'], d: [24, 'h'], wk: [7, 'd'], mo: [30.4375, 'd'], a: [365.25, 'd'] },
  ...{ deg: [Math.PI / 180, 'rad'], "'": [1 / 60, 'deg'], "''": [1 / 3600, 'deg'], circ: [2 * Math.PI, 'rad'] },
  ...{ atm: [101_325, 'Pa'], '[degR]': [5 / 9, 'K'], '[in_i]': [2.54, 'cm'], '[ft_i]': [12, '[in_i]'] },
  ...{
    '[yd_i]': [3, '[ft_i]'],
    '[mi_i]': [5_280, '[ft_i]'],
    '[lb_av]': [453.592_37, 'g'],
    '[oz_av]': [1 / 16, '[lb_av]'],
  },
  ...{ '[lbf_av]': [1, '[lb_av].[g]'], '[psi]': [1, '[lbf_av]/[in_i]2'], '[HP]': [550, '[ft_i].[lbf_av]/s'] },
  ...{ '[gal_us]': [231, '[in_i]3'], '[Btu]': [1_054.35, 'J'], '[cft_i]': [1, '[ft_i]3'], '[cin_i]': [1, '[in_i]3'] },
  ...{ '[sft_i]': [1, '[ft_i]2'], "[in_i'Hg]": [1, 'm[Hg].[in_i]/m'], "[in_i'H2O]": [1, 'm[H2O].[in_i]/m'] },
  ...{ '[kn_i]': [1_852, 'm/h'] },
};

/** Scales that do not begin at nothing: `K = x * factor + offset`. Within a longer unit (`Cel/min`) only steps count. */
const SCALES: Readonly<Record<string, readonly [factor: number, offset: number]>> = {
  Cel: [1, 273.15],
  '[degF]': [5 / 9, (459.67 * 5) / 9],
};

/**
 * How a value in one UCUM unit becomes one in another. Knows units made of the usual atoms with `.`, `/`, powers and
 * prefixes; no parentheses, and no logarithmic units (`dB`, `[pH]`) unless both are the same.
 * Source: The Unified Code for Units of Measure 2.1, §4 and tables 1–16.
 */
export function conversionBetween(from: string, to: string): Conversion | NoConversion {
  if (from === to) return { factor: 1, offset: 0 };
  const source = measureOf(from);
  if (source === null) return { unknown: from };
  const target = measureOf(to);
  if (target === null) return { unknown: to };
  if (!BASE.every((base) => (source.powers[base] ?? 0) === (target.powers[base] ?? 0)))
    return { apart: [sayQuantity(inOrder(source.powers)), sayQuantity(inOrder(target.powers))] };
  return {
    factor: tidy(source.factor / target.factor),
    offset: tidy((source.offset - target.offset) / target.factor),
  };
}

function measureOf(unit: string): Measure | null {
  const bare = withoutAnnotations(unit);
  const scale = Object.hasOwn(SCALES, bare) ? SCALES[bare] : undefined;
  if (scale !== undefined) return { factor: scale[0], offset: scale[1], powers: { K: 1 } };
  let factor = 1;
  const powers: Record<string, number> = {};
  // `a/b.c` is (a/b)·c in UCUM: each sign belongs to the term behind it alone.
  for (const [, sign, term = ''] of `${bare.startsWith('/') ? '' : '.'}${bare}`.matchAll(/([./])([^./]*)/g)) {
    const measure = termOf(term);
    if (measure === null) return null;
    const power = sign === '/' ? -1 : 1;
    factor *= measure.factor ** power;
    for (const [base, n] of Object.entries(measure.powers)) powers[base] = (powers[base] ?? 0) + n * power;
  }
  return { factor, offset: 0, powers };
}

/** An annotation such as `{blades}` says nothing about the unit; alone it stands for 1. */
function withoutAnnotations(unit: string): string {
  return unit
    .replace(/(^|[./])\{[\x21-\x7a|~]*\}/g, (_all, before: string) => `${before}1`)
    .replace(/\{[\x21-\x7a|~]*\}/g, '');
}

function termOf(term: string): Measure | null {
  if (/^\d+$/.test(term)) return { factor: Number(term), offset: 0, powers: {} };
  const [, ten] = /^10[*^]([+-]?\d+)$/.exec(term) ?? [];
  if (ten !== undefined) return { factor: 10 ** Number(ten), offset: 0, powers: {} };
  const [, atom = '', exponent = '1'] = /^(.+?)([+-]?\d+)?$/.exec(term) ?? [];
  const one = atomOf(atom);
  const power = Number(exponent);
  if (one === null) return null;
  const powers = Object.fromEntries(Object.entries(one.powers).map(([base, n]) => [base, n * power]));
  return { factor: one.factor ** power, offset: 0, powers };
}

function atomOf(atom: string): Measure | null {
  if (BASE.includes(atom)) return { factor: 1, offset: 0, powers: { [atom]: 1 } };
  if (Object.hasOwn(SCALES, atom)) return { factor: SCALES[atom]![0], offset: 0, powers: { K: 1 } };
  if (Object.hasOwn(PLAIN, atom)) return times(PLAIN[atom]!);
  if (Object.hasOwn(METRIC, atom)) return times(METRIC[atom]!);
  for (const [prefix, factor] of Object.entries(PREFIXES)) {
    const rest = atom.slice(prefix.length);
    if (!atom.startsWith(prefix) || !(BASE.includes(rest) || Object.hasOwn(METRIC, rest))) continue;
    const one = atomOf(rest);
    if (one) return { ...one, factor: one.factor * factor };
  }
  return null;
}

function times([factor, unit]: readonly [number, string]): Measure | null {
  const one = measureOf(unit);
  return one && { ...one, factor: one.factor * factor };
}

/** Powers of ten and the like miss each other by a bit or two in binary: 1000.0000000000002 is 1000. */
function tidy(value: number): number {
  const short = Number(value.toPrecision(12));
  return Math.abs(value - short) <= 8 * Number.EPSILON * Math.abs(value) ? short : value;
}

function inOrder(powers: Powers): Powers {
  return Object.fromEntries(BASE.map((base) => [base, powers[base] ?? 0]));
}
