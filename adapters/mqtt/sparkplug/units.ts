/** Units as people write them, and their codes. */
const UCUM: ReadonlyMap<string, string> = new Map([
  ['°C', 'Cel'],
  ['℃', 'Cel'],
  ['degC', 'Cel'],
  ['°F', '[degF]'],
  ['degF', '[degF]'],
  ['rpm', '/min'],
  ['RPM', '/min'],
  ['1/min', '/min'],
  ['psi', '[psi]'],
  ['PSI', '[psi]'],
  ['m³/h', 'm3/h'],
  ['m³', 'm3'],
  ['m/s²', 'm/s2'],
  ['m/s^2', 'm/s2'],
  ['µm', 'um'],
  ['μm', 'um'],
  ['Nm', 'N.m'],
  ['kWh', 'kW.h'],
  ['Ω', 'Ohm'],
  ['°', 'deg'],
]);

/** The UCUM code of an `engUnit`; any other text is handed on as it is. */
export function ucumOf(unit: string | null): string | null {
  return unit === null ? null : (UCUM.get(unit) ?? unit);
}
