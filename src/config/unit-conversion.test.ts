import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conversionBetween } from './unit-conversion.ts';

const convert = (value: number, from: string, to: string) => {
  const found = conversionBetween(from, to);
  if (!('factor' in found)) throw new Error(JSON.stringify(found));
  return value * found.factor + found.offset;
};

describe('conversionBetween', () => {
  // NIST SP 811 (2008), appendix B.9, and fixed points of the temperature scales.
  it.each<[value: number, from: string, expected: number, to: string]>([
    [212, '[degF]', 100, 'Cel'],
    [-40, '[degF]', -40, 'Cel'],
    [0, 'Cel', 273.15, 'K'],
    [100, 'Cel', 671.67, '[degR]'],
    [1, '[psi]', 6.894_757_293_168_36, 'kPa'],
    [1, 'atm', 1.013_25, 'bar'],
    [1, '[in_i]/s', 25.4, 'mm/s'],
    [1, '[g]', 9_806.65, 'mm/s2'],
    [1, '[HP]', 745.699_871_582_27, 'W'],
    [1, '[gal_us]/min', 0.227_124_707, 'm3/h'],
    [1, 'mm[Hg]', 133.322, 'Pa'],
    [1, "[in_i'Hg]", 3.386_378_8, 'kPa'],
    [1, 'kW.h', 3.6, 'MJ'],
    [60, '/min', 1, 'Hz'],
    [1, 'circ/s', 360, 'deg/s'],
    [50, '%', 0.5, '1'],
    [1, '10*3/uL', 1e9, '/L'],
    [1_000, '{parts}/h', 1_000, '/h'],
    [1, '[degF]/min', 5 / 9, 'Cel/min'],
    [1, 'L/s.h', 3_600, 'L'],
  ])('%d %s is %d %s', (value, from, expected, to) => {
    expect(Math.abs(convert(value, from, to) - expected)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(expected)));
  });

  it('meets round factors exactly', () => {
    expect(conversionBetween('mm/s', 'm/s')).toEqual({ factor: 0.001, offset: 0 });
    expect(conversionBetween('mbar', 'kPa')).toEqual({ factor: 0.1, offset: 0 });
    expect(conversionBetween('kHz', 'Hz')).toEqual({ factor: 1_000, offset: 0 });
  });

  it('says which unit it does not know, and what two units measure that do not go together', () => {
    expect(conversionBetween('rpm', '/min')).toEqual({ unknown: 'rpm' });
    expect(conversionBetween('bar', 'constructor')).toEqual({ unknown: 'constructor' });
    expect(conversionBetween('dB', 'V')).toEqual({ unknown: 'dB' });
    expect(conversionBetween('dB', 'dB')).toEqual({ factor: 1, offset: 0 });
    expect(conversionBetween('m/s2', 'mm/s')).toEqual({ apart: ['an acceleration', 'a speed'] });
  });

  it('comes back to where it began, between any units of one kind, and never throws', () => {
    const kinds = [
      ['Pa', 'bar', '[psi]', 'mbar', 'atm', 'm[H2O]', 'N/mm2'],
      ['Cel', 'K', '[degF]', '[degR]', 'mK'],
      ['m/s', 'mm/s', '[in_i]/s', 'km/h', '[kn_i]', '[ft_i]/min'],
      ['W', 'kW', '[HP]', '[Btu]/h', 'V.A', 'J/s'],
    ];
    const pair = fc
      .constantFrom(...kinds)
      .chain((units) => fc.tuple(fc.constantFrom(...units), fc.constantFrom(...units)));
    fc.assert(
      fc.property(pair, fc.double({ min: -1e6, max: 1e6, noNaN: true }), ([from, to], value) => {
        const back = convert(convert(value, from, to), to, from);
        expect(Math.abs(back - value)).toBeLessThanOrEqual(1e-9 * Math.max(1_000, Math.abs(value)));
      }),
    );
    fc.assert(fc.property(fc.string(), fc.string(), (from, to) => void conversionBetween(from, to)));
  });
});
