import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distance, nearest } from './nearest.ts';

const WORDS = [
  ...['address', 'host', 'port', 'unit', 'high', 'highHigh', 'low', 'deadband', 'onDelay', 'priority', 'on', 'with'],
  ...['pump', 'fan', 'motor', 'hydraulic-unit', 'heat-exchanger', 'compressor', 'VIB', 'OHE', 'PLU'],
  ...['limit', 'stale', 'cusum', 'page-hinkley', 'change-point', 'seasonal', 'avg', 'since', 'quality'],
  ...['press-1.vibration', 'press-1.in', 'pump-1.vibration', 'pump-1.temperature', 'class:pump.vibration'],
];

describe('nearest', () => {
  it.each([
    ['adress', 'address'],
    ['addrses', 'address'],
    ['HOST', 'host'],
    ['ohst', 'host'],
    ['prot', 'port'],
    ['hgih', 'high'],
    ['highHihg', 'highHigh'],
    ['lwo', 'low'],
    ['ondelay', 'onDelay'],
    ['prioirty', 'priority'],
    ['pumps', 'pump'],
    ['fans', 'fan'],
    ['hydralic_unit', 'hydraulic-unit'],
    ['heatexchanger', 'heat-exchanger'],
    ['compresor', 'compressor'],
    ['vib', 'VIB'],
    ['VIP', 'VIB'],
    ['cusm', 'cusum'],
    ['page-hinkly', 'page-hinkley'],
    ['changepoint', 'change-point'],
    ['press-1.vibraton', 'press-1.vibration'],
    ['presss-1.vibrtion', 'press-1.vibration'],
    ['press-1.inn', 'press-1.in'],
    ['pump1.vibration', 'pump-1.vibration'],
    ['pump-1,vibration', 'pump-1.vibration'],
    ['class:pumb.vibration', 'class:pump.vibration'],
  ])('takes %s for %s', (word, meant) => {
    expect(nearest(word, WORDS)).toBe(meant);
  });

  it.each([
    ...['D', 'x', '', 'a'.repeat(1_000), 'in', 'at', 'off'],
    ...['cost', 'sort', 'van', 'pan', 'rag', 'robot', 'lathe', 'valve', 'conveyor', 'furnace', 'XYZ'],
    ...['temperature', 'threshold', 'interval', 'expression', 'pressure', 'mean', 'ventilation'],
    ...['mixer-1.vibration', 'fan-1.vibration', 'pump-1.pressure', 'press-1.speed', 'press-1.x', 'press-1'],
    ...['class:mixer.vibration', 'class:pump.pressure'],
  ])('has no idea what %s means', (word) => {
    expect(nearest(word, WORDS)).toBeNull();
  });

  it('never proposes the word itself', () => {
    expect(nearest('host', ['host'])).toBeNull();
  });
});

describe('distance', () => {
  it('counts a swap of neighbours as one mistake', () => {
    expect(distance('hihg', 'high')).toBe(1);
    expect(distance('kitten', 'sitting')).toBe(3);
    expect(distance('', 'abc')).toBe(3);
  });

  it('is symmetric, 0 for equal words only, and at most the length of the longer word', () => {
    const word = fc.string({ maxLength: 12, unit: fc.constantFrom('a', 'b', 'c') });
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(distance(a, b)).toBe(distance(b, a));
        expect(distance(a, b) === 0).toBe(a === b);
        expect(distance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });

  it('gives the same answer below its bound', () => {
    const word = fc.string({ maxLength: 12, unit: fc.constantFrom('a', 'b', 'c') });
    fc.assert(
      fc.property(word, word, fc.integer({ min: 1, max: 6 }), (a, b, bound) => {
        const exact = distance(a, b);
        const bounded = distance(a, b, bound);
        expect(exact < bound ? bounded === exact : bounded >= bound).toBe(true);
      }),
    );
  });
});
