/** Metric prefixes of UCUM. */
const PREFIXES = ['da', 'Y', 'Z', 'E', 'P', 'T', 'G', 'M', 'k', 'h', 'd', 'c', 'm', 'u', 'n', 'p', 'f', 'a', 'z', 'y'];

/** Atoms that take a prefix: `kW`, `mbar`. */
const METRIC: ReadonlySet<string> = new Set([
  ...['m', 's', 'g', 'K', 'A', 'V', 'W', 'J', 'N', 'Pa', 'Hz', 'Ohm', 'S', 'F', 'H', 'C', 'T', 'Wb', 'cd', 'lm', 'lx'],
  ...[
    'rad',
    'mol',
    'eV',
    'L',
    'l',
    'bar',
    't',
    'Cel',
    'Bq',
    'Gy',
    'Sv',
    'sr',
    'B',
    'B[SPL]',
    'B[V]',
    'B[W]',
    'Bd',
    'bit',
  ],
  ...['By', 'cal', '[g]', 'G', 'P', 'St', 'mho', 'kat', 'ar', 'VA', 'var'],
]);

/** Atoms that stand alone. */
const PLAIN: ReadonlySet<string> = new Set([
  ...[
    '%',
    '[ppth]',
    '[ppm]',
    '[ppb]',
    'min',
    'h',
    'd',
    'wk',
    'mo',
    'a',
    'deg',
    "'",
    "''",
    'circ',
    '[pi]',
    '[pH]',
    'atm',
  ],
  ...[
    '[degF]',
    '[degR]',
    '[psi]',
    '[in_i]',
    '[ft_i]',
    '[yd_i]',
    '[mi_i]',
    '[lb_av]',
    '[oz_av]',
    '[lbf_av]',
    '[HP]',
    '[gal_us]',
  ],
  ...[
    '[Btu]',
    '[cft_i]',
    '[cin_i]',
    '[sft_i]',
    "[in_i'Hg]",
    'm[Hg]',
    'mm[Hg]',
    'm[H2O]',
    'mm[H2O]',
    "[in_i'H2O]",
    '[kn_i]',
    '[RH]',
  ],
]);

/** What people write, and the code they mean. */
const MEANT: Readonly<Record<string, string>> = {
  '°c': 'Cel',
  degc: 'Cel',
  celsius: 'Cel',
  '°f': '[degF]',
  degf: '[degF]',
  fahrenheit: '[degF]',
  kelvin: 'K',
  rpm: '/min',
  'u/min': '/min',
  '1/min': '/min',
  hz: 'Hz',
  khz: 'kHz',
  psi: '[psi]',
  kwh: 'kW.h',
  mwh: 'MW.h',
  wh: 'W.h',
  ohm: 'Ohm',
  ω: 'Ohm',
  percent: '%',
  pct: '%',
  ppm: '[ppm]',
  sec: 's',
  'm/s²': 'm/s2',
  'm/s^2': 'm/s2',
  'm³/h': 'm3/h',
  'm^3/h': 'm3/h',
  'm³': 'm3',
  µm: 'um',
  μm: 'um',
  hp: '[HP]',
  amp: 'A',
  ampere: 'A',
  volt: 'V',
  watt: 'W',
  kpa: 'kPa',
  mpa: 'MPa',
  db: 'dB',
  ph: '[pH]',
  inch: '[in_i]',
  in: '[in_i]',
  ft: '[ft_i]',
  'in/s': '[in_i]/s',
  ips: '[in_i]/s',
  gal: '[gal_us]',
  gpm: '[gal_us]/min',
  cfm: '[cft_i]/min',
  lpm: 'L/min',
  '°': 'deg',
  '° c': 'Cel',
  'grad c': 'Cel',
  'mm/sec': 'mm/s',
  'm/sec': 'm/s',
  'l/sec': 'l/s',
  'm3/hr': 'm3/h',
  'min-1': '/min',
  upm: '/min',
  nm: 'N.m',
  knm: 'kN.m',
  kw: 'kW',
};

/** Codes that are right and seldom meant, and what nearly everybody means by them. */
const SELDOM: Readonly<Record<string, { readonly is: string; readonly meant: string }>> = {
  C: { is: 'coulomb', meant: 'Cel' },
  F: { is: 'farad', meant: '[degF]' },
};

/**
 * Whether a text is a UCUM code made of the usual atoms: `mm/s`, `m3/h`, `kW.h`, `/min`, `{parts}/h`. Not the whole of
 * UCUM, so a unit that is not known here deserves a warning and no more.
 * Source: The Unified Code for Units of Measure 2.1, §2 (syntax), tables 1–16.
 */
export function isKnownUnit(unit: string): boolean {
  const terms = unit.startsWith('/') ? unit.slice(1) : unit;
  return terms.split(/[./]/).every(isKnownTerm);
}

/** The code that was probably meant by a unit that is none. */
export function meantUnit(unit: string): string | null {
  const lower = unit.toLowerCase();
  return MEANT[lower] ?? (lower !== unit && isKnownUnit(lower) ? lower : null);
}

/** What a code stands for that is right and seldom meant, such as `C` (coulomb), and the one that probably was; `null` for all others. */
export function seldomUnit(unit: string): { readonly is: string; readonly meant: string } | null {
  return SELDOM[unit] ?? null;
}

function isKnownTerm(term: string): boolean {
  const bare = term.replace(/\{[\x21-\x7a|~]*\}$/, ''); // an annotation such as {blades} says nothing about the unit
  if (bare === '' || /^\d+$/.test(bare) || /^10[*^][+-]?\d+$/.test(bare)) return term !== '';
  const [, atom = ''] = /^(.+?)[+-]?\d*$/.exec(bare) ?? [];
  if (PLAIN.has(atom) || METRIC.has(atom)) return true;
  return PREFIXES.some((prefix) => atom.startsWith(prefix) && METRIC.has(atom.slice(prefix.length)));
}
