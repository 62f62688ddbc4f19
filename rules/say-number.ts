/** Writes a measured value for a sentence: at most four significant digits, whole numbers in full. */
export function sayNumber(value: number): string {
  if (Math.abs(value) >= 1_000 && Math.abs(value) < 1e15) return String(Math.round(value));
  return String(Number(value.toPrecision(4)));
}

/**
 * Writes a measured value so that it can be told from `other`, which stands in the same sentence: "4.5 is above 4.5"
 * helps nobody, so digits are added until the two differ.
 */
export function sayNumberUnlike(value: number, other: number): string {
  const said = sayNumber(value);
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
