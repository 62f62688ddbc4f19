import { parseDuration } from '../model/duration.ts';

/** What people write behind a number for a duration, and our sign for it. */
const DURATION_WORDS: Readonly<Record<string, readonly string[]>> = {
  ms: ['msec', 'msecs', 'millis', 'millisecond', 'milliseconds', 'millisekunde', 'millisekunden'],
  s: ['sec', 'secs', 'second', 'seconds', 'sek', 'sekunde', 'sekunden'],
  m: ['min', 'mins', 'minute', 'minutes', 'minuten'],
  h: ['hr', 'hrs', 'hour', 'hours', 'std', 'stunde', 'stunden'],
  d: ['day', 'days', 'tag', 'tage'],
  w: ['wk', 'week', 'weeks', 'woche', 'wochen'],
  y: ['a', 'yr', 'year', 'years', 'jahr', 'jahre'],
};

/** How to write the number that a text was meant for: of `80,5`, `1.000,5` and `80 °C`; empty where it is none of these. */
export function hintAtNumber(text: string): string {
  if (/^[+-]?\d{1,3}(,\d{3})+$/.test(text))
    return `: a decimal has a point, ${text.replace(',', '.')}, and thousands have nothing, ${text.replaceAll(',', '')}`;
  const plain = plainNumber(text);
  if (plain !== null) return `: a decimal has a point, ${plain}`;
  const [, number = '', unit = ''] = /^([+-]?\d+(?:[.,]\d+)?)\s*([^\d\s.,:-].{0,19})$/u.exec(text) ?? [];
  return unit === '' ? '' : `: write ${number.replace(',', '.')} without a unit`;
}

/** How to write two numbers of a list that were written as one text: of `0-100`, `0..100` and `0 to 100 bar`; empty where it is none. */
export function hintAtPair(text: string): string {
  const pair =
    /^\s*([+-]?\d+(?:\.\d+)?)\s*(?:-|–|—|\.{2,3}|…|,|;|\/|to|bis)\s*([+-]?\d+(?:\.\d+)?)(?:\s*[^\d\s.,:-].{0,19})?\s*$/u;
  const [, from, to] = pair.exec(text) ?? [];
  return from === undefined ? '' : `: write [${from}, ${to}]`;
}

/** Which word stands for a number of a priority: people count from the most urgent. Empty for other words and numbers. */
export function hintAtRank(value: unknown, words: readonly string[]): string {
  if (typeof value !== 'number' || !words.includes('critical')) return '';
  const word = words.toReversed()[value - 1];
  return word === undefined ? '' : `: if 1 is your most urgent, write ${word}`;
}

function plainNumber(text: string): string | null {
  if (/^[+-]?\d+,\d+$/.test(text)) return text.replace(',', '.');
  if (/^[+-]?\d{1,3}(\.\d{3})+,\d+$/.test(text)) return text.replaceAll('.', '').replace(',', '.');
  return /^[+-]?\d{1,3}(,\d{3})+\.\d+$/.test(text) ? text.replaceAll(',', '') : null;
}

/** How to write the duration that something was meant for: of `10 min`, `1,5h` and a bare number; empty where it is none. */
export function hintAtDuration(value: unknown): string {
  if (typeof value === 'number' || (typeof value === 'string' && /^\d+(\.\d+)?$/.test(value)))
    return `: without a unit nobody knows what it counts, write ${value}s or ${value}m`;
  if (typeof value !== 'string') return '';
  const [, number = '', word = ''] = /^(\d+(?:[.,]\d+)?)\s*(\p{L}+)\.?$/u.exec(value.trim()) ?? [];
  const lower = word.toLowerCase();
  const [sign = lower] = Object.entries(DURATION_WORDS).find(([, words]) => words.includes(lower)) ?? [];
  const meant = `${number.replace(',', '.')}${sign}`;
  return parseDuration(meant) === null ? '' : `: write ${meant}`;
}

/**
 * What went wrong with a key that nobody knows, by how it looks: `high:80` has no blank behind its colon, and the second half of
 * `{ high: 80,5 }` became a key. Empty where it looks like a word.
 */
export function hintAtKey(key: string, isEmpty: boolean): string {
  const [, name, value] = /^([\w-]+):(\S+)$/.exec(key) ?? [];
  if (name !== undefined) return `: a blank is missing behind the colon, ${name}: ${value}`;
  if (isEmpty && /^\d+$/.test(key)) return ': the number before it has a decimal comma, write a point';
  return '';
}

/** How a name is written in letters and signs that a name may have: `Pump_1` → `pump-1`; `null` where nothing of it is left. */
export function meantName(name: string): string | null {
  const spelt: Readonly<Record<string, string>> = { ä: 'ae', ö: 'oe', ü: 'ue', ß: 'ss' };
  const meant = name
    .toLowerCase()
    .replaceAll(/[äöüß]/g, (letter) => spelt[letter] ?? letter)
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
  return meant === '' ? null : meant;
}
