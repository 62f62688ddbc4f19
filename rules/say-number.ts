/** Writes a measured value for a sentence: at most four significant digits, whole numbers in full. */
export function sayNumber(value: number): string {
  const size = Math.abs(value);
  if (size >= 1_000 && size < 1e15) return String(Math.round(value));
  return sayByTens(value, size) ?? String(Number(value.toPrecision(4)));
}

/** Nearer than this to the middle between two last digits, the rounding of a product may decide. */
const TIE = 1e-6;

/**
 * The same four digits without writing and reading them in between, as a standing alert is explained at every reading:
 * a whole number over a power of ten is the very number that those digits are read as. `null`: too near to a tie to know.
 */
function sayByTens(value: number, size: number): string | null {
  if (!(size >= 0.01 && size < 1_000)) return null;
  const tens = size >= 100 ? 10 : size >= 10 ? 100 : size >= 1 ? 1_000 : size >= 0.1 ? 10_000 : 100_000;
  const scaled = value * tens;
  const below = Math.floor(scaled);
  const beyond = scaled - below;
  if (Math.abs(beyond - 0.5) < TIE) return null;
  return String((beyond < 0.5 ? below : below + 1) / tens);
}

/**
 * Writes a measured value so that it can be told from `other`, which stands in the same sentence: "4.5 is above 4.5"
 * helps nobody, so digits are added until the two differ.
 */
export function sayNumberUnlike(value: number, other: number): string {
  const said = sayNumber(value);
  if (Math.abs(value - other) > Math.abs(value) / 1_000) return said; // rounding moves it by half of that
  if (value === other || Number(said) !== other) return said;
  for (let digits = 5; digits <= 17; digits++) {
    const longer = Number(value.toPrecision(digits));
    if (longer !== other) return String(longer);
  }
  return String(value);
}

/** UCUM codes that nobody says as they are written. */
const SAID: Readonly<Record<string, string>> = { Cel: '°C', '[degF]': '°F', '/min': 'rpm', um: 'µm', Ohm: 'Ω' };

/** Writes a number that is already text with its unit as it is said: `5.12 mm/s`, `81.7 °C`. The unit may be empty. */
export function withUnit(said: string, unit: string): string {
  return unit === '' ? said : `${said} ${SAID[unit] ?? unit}`;
}
