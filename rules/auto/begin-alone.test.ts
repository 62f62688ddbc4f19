import { describe, expect, it } from 'vitest';
import type { Subject } from '../detector.ts';
import { seeded } from '../math/seeded.ts';
import { auto } from './index.ts';

const subject: Subject = {
  tag: 'pump-1.temperature',
  unit: 'Cel',
  inputs: [{ tag: 'pump-1.temperature', unit: 'Cel' }],
};
const config = { learn: 480, every: 0 };

/** Rows of a tag of 50 °C with noise of 1 °C, plus `more` of each, that were told. */
function told(rows: number, more: (row: number) => number, seed = 1): number[] {
  const { normal } = seeded(seed);
  const state = auto.init(config);
  return Array.from({ length: rows }, (_, row) => row).filter((row) => {
    const value = Float64Array.of(50 + normal() + more(row));
    return auto.step(state, row * 300_000, value, config, subject).state === 'abnormal';
  });
}

describe('auto on one tag that is well', () => {
  it.each([
    [0, 32_767],
    [5, 65_535],
    [30, 32_767],
    [30, -1e140],
    [30, 1e160],
    [90, 200],
  ])('sees a step of 10 σ though its reading %i was wild by %d', (wild, far) => {
    const found = told(1_010, (row) => (row === wild ? far : row >= 1_000 ? 10 : 0));
    expect(found).toEqual([1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009]);
  });

  it('learns a tag that stood still at first', () => {
    const { normal } = seeded(2);
    const state = auto.init(config);
    const verdicts = Array.from({ length: 1_001 }, (_, row) => {
      const value = row < 150 ? 50 : 50 + normal() + (row === 1_000 ? 15 : 0);
      return auto.step(state, row * 300_000, Float64Array.of(value), config, subject).state;
    });
    expect(verdicts.indexOf('abnormal')).toBe(1_000);
  });

  it.each([0.002, 0.004, 0.006, 0.01, 0.02, 0.05])('tells a fault that grows by %d σ a reading', (slope) => {
    for (const seed of [7, 8, 9]) {
      const [first = -1] = told(2_000, (row) => slope * Math.max(0, row - 1_000), seed);
      expect(first).toBeGreaterThan(1_000);
      expect(slope * (first - 1_000)).toBeLessThan(3);
    }
  });
});
