/** Unit codes (UCUM) whose usual sign differs from their code. */
const UNIT_SIGNS: Readonly<Record<string, string>> = {
  Cel: '°C',
  '[degF]': '°F',
  Ohm: 'Ω',
  deg: '°',
  'm3/h': 'm³/h',
  'm/s2': 'm/s²',
  '/min': '1/min',
  um: 'µm',
  '1': '',
  'l/min': 'l/min',
};

/** Shows a unit code as the sign on a nameplate: `Cel` becomes `°C`. */
export function unitSign(unit: string | null): string {
  return unit === null ? '' : (UNIT_SIGNS[unit] ?? unit);
}

/**
 * Writes a value with as many decimals as its size deserves, always the same number for the same tag, so that a live
 * number does not dance. They follow from the range, or from the value where there is none.
 */
export function valueText(value: number | null, range: readonly number[] | null): string {
  if (value === null || !Number.isFinite(value)) return '–';
  if (value === 0 && spanOf(range) === null) return '0'; // nothing says how exact
  const decimals = decimalsFor(spanOf(range) ?? Math.abs(value));
  const text = value.toFixed(decimals);
  return Number(text) === 0 ? text.replace('-', '') : text.replace('-', '−');
}

/** Writes a value with its unit, joined by a space that does not break. */
export function quantityText(value: number | null, unit: string | null, range: readonly number[] | null): string {
  const sign = unitSign(unit);
  return sign === '' ? valueText(value, range) : `${valueText(value, range)}\u00a0${sign}`;
}

/** Names a tag within its asset: `pump-1.bearing-de.vibration` of `pump-1` becomes `Bearing de vibration`. */
export function tagLabel(tag: string, asset: string): string {
  const own = tag.startsWith(`${asset}.`) ? tag.slice(asset.length + 1) : tag;
  const words = own.replace(/[-_.]+/g, ' ').trim();
  return words === '' ? tag : words.charAt(0).toUpperCase() + words.slice(1);
}

function spanOf(range: readonly number[] | null): number | null {
  const [low, high] = range ?? [];
  return low === undefined || high === undefined ? null : high - low;
}

function decimalsFor(span: number): number {
  if (span >= 500) return 0;
  if (span >= 60) return 1;
  if (span >= 1) return 2;
  return 3;
}
