import { describe, expect, it } from 'vitest';
import { isKnownUnit, meantUnit } from './units.ts';

describe('isKnownUnit', () => {
  it.each([
    ...[
      'mm/s',
      'Cel',
      'bar',
      'A',
      'Hz',
      '/min',
      '%',
      '1',
      'm/s2',
      'kW.h',
      'm3/h',
      'L/min',
      'kPa',
      'mbar',
      '[degF]',
      '[psi]',
    ],
    ...[
      '[g]',
      'm[g]',
      'um',
      'dB',
      'deg',
      'kg',
      'N.m',
      'V',
      'mA',
      'kHz',
      'W/m2',
      '{parts}/h',
      '/min{rotations}',
      '10*3/uL',
    ],
    ...[
      '[in_i]/s',
      'mm[Hg]',
      'kV.A',
      '[ppm]',
      't/h',
      'g/cm3',
      's-1',
      '%{RH}',
      'mS/cm',
      'h',
      'kWh'.replace('kWh', 'kJ'),
    ],
  ])('knows %s', (unit) => {
    expect(isKnownUnit(unit)).toBe(true);
  });

  it.each(['°C', 'rpm', 'degC', 'm/s²', 'foo', 'mm / s', 'mm//s', '/', 'psi', 'kWh', '', 'ohm', 'constructor'])(
    'does not know %j',
    (unit) => {
      expect(isKnownUnit(unit)).toBe(false);
    },
  );

  it('knows every unit that it proposes', () => {
    for (const written of [
      '°C',
      'RPM',
      'psi',
      'kWh',
      'm/s²',
      '°F',
      'Ohm',
      'µm',
      'hp',
      'gpm',
      'cfm',
      'lpm',
      'ips',
      'pH',
      'ppm',
      'Bar',
      'Nm',
      'kw',
      'mm/sec',
      'm3/hr',
    ]) {
      const meant = meantUnit(written);
      expect(meant).not.toBeNull();
      expect(isKnownUnit(meant ?? '')).toBe(true);
    }
    expect(meantUnit('foo')).toBeNull();
  });
});
