import { describe, expect, it } from 'vitest';
import { seeded } from '../math/seeded.ts';
import { pageHinkley } from './index.ts';

const subject = { tag: 'fan-2.current', unit: 'A' };
type Config = Parameters<typeof pageHinkley.step>[3];
const config: Config = { tolerance: 0.5, threshold: 15, minSigma: 0, learn: 100, hold: 3_600_000, every: 0 };
const MINUTE_MS = 60_000;

describe('the Page-Hinkley test', () => {
  // With a known mean it is the CUSUM with k = tolerance and h = threshold: Montgomery, table 9.3, h = 5
  it.each([
    [0.5, 38, 1.5],
    [1, 10.4, 0.3],
    [2, 4.01, 0.1],
  ])('runs as long as published after a shift of %d: %d values', (shift, published, tolerance) => {
    const { normal } = seeded(31);
    const settings = { ...config, threshold: 5 };
    let total = 0;
    for (let run = 0; run < 6_000; run++) {
      const state = { ...pageHinkley.init(settings), level: { count: 1e9, mean: 0, squares: 1e9 }, sigma: 1 };
      for (let length = 1; ; length++) {
        const input = Float64Array.of(normal() + shift);
        if (pageHinkley.step(state, length, input, settings, subject).state !== 'abnormal') continue;
        total += length;
        break;
      }
    }
    expect(Math.abs(total / 6_000 - published)).toBeLessThan(tolerance);
  });

  it('says from where to where, and since when, and learns the new level afterwards', () => {
    const { normal } = seeded(2);
    const state = pageHinkley.init(config);
    const said = Array.from({ length: 1_000 }, (_, i) => {
      const input = Float64Array.of((i < 300 ? 12 : 13) + 0.3 * normal());
      return pageHinkley.step(state, i * MINUTE_MS, input, config, subject);
    });
    const first = said.findIndex(({ state: each }) => each === 'abnormal');
    expect(first).toBeGreaterThan(300);
    expect(first).toBeLessThan(315);
    const verdict = said[first]!;
    if (verdict.state !== 'abnormal') throw new Error('unreachable: it was looked for');
    const words =
      /^fan-2\.current changed from 1[12]\.\d+ A to 1[23]\.?\d* A on average about (\d+) (s|min) ago \(scatter before 0\.\d+ A\)$/;
    expect(verdict.finding.explanation).toMatch(words);
    // told for an hour, then 100 values to learn from, then the new level is normal
    expect(said[first + 59]!.state).toBe('abnormal');
    expect(said[first + 60]!.state).toBe('unknown');
    expect(said.at(-1)!.state).toBe('normal');
  });

  it('is seldom wrong on noise', () => {
    let wrong = 0;
    for (let seed = 1; seed <= 20; seed++) {
      const { normal } = seeded(seed);
      const state = pageHinkley.init(config);
      for (let i = 0; i < 2_016; i++) {
        if (pageHinkley.step(state, i, Float64Array.of(normal()), config, subject).state === 'abnormal') {
          wrong++;
          break;
        }
      }
    }
    expect(wrong).toBe(0);
  });
});
