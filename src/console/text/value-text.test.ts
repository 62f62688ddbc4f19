import { describe, expect, test } from 'vitest';
import { quantityText, tagLabel, unitSign, valueText } from './value-text.ts';

describe('a value', () => {
  test('keeps the same decimals over the whole range of its tag', () => {
    expect(valueText(9.876, [0, 50])).toBe('9.88');
    expect(valueText(0.5, [0, 50])).toBe('0.50');
    expect(valueText(71.26, [0, 150])).toBe('71.3');
    expect(valueText(1487.6, [0, 3000])).toBe('1488');
  });

  test('without a range takes decimals from its own size', () => {
    expect(valueText(0.01234, null)).toBe('0.012');
    expect(valueText(1234.5, null)).toBe('1235');
    expect(valueText(0, null)).toBe('0');
  });

  test('that is missing or not finite is a dash', () => {
    expect(valueText(null, null)).toBe('–');
    expect(valueText(Number.NaN, [0, 1])).toBe('–');
  });

  test('never shows a minus before zero, and a real minus elsewhere', () => {
    expect(valueText(-0.001, [0, 50])).toBe('0.00');
    expect(valueText(-3.2, [-10, 10])).toBe('−3.20');
  });

  test('carries its unit with a space that does not break', () => {
    expect(quantityText(71.2, 'Cel', [0, 150])).toBe('71.2\u00a0°C');
    expect(quantityText(3, null, null)).toBe('3.00');
  });
});

describe('a unit', () => {
  test('is shown by its usual sign, and as it is when there is none', () => {
    expect(unitSign('Cel')).toBe('°C');
    expect(unitSign('mm/s')).toBe('mm/s');
    expect(unitSign(null)).toBe('');
  });
});

describe('a tag', () => {
  test('is named within its asset', () => {
    expect(tagLabel('pump-1.vibration', 'pump-1')).toBe('Vibration');
    expect(tagLabel('pump-1.bearing-de.rms', 'pump-1')).toBe('Bearing de rms');
  });

  test('that is only its asset keeps its full name', () => {
    expect(tagLabel('pump-1.', 'pump-1')).toBe('pump-1.');
  });
});
