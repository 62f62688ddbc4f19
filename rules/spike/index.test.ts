import { describe, expect, it } from 'vitest';
import { seeded } from '../math/seeded.ts';
import { spike } from './index.ts';

const subject = { tag: 'pump-1.pressure', unit: 'bar' };
const config = { readings: 21, deviations: 10, minSigma: 0, longest: 3, tell: 'at-once' as const, gap: 300_000 };

function judge(values: readonly number[], settings: Partial<Parameters<typeof spike.init>[0]> = {}) {
  const all = { ...config, ...settings };
  const state = spike.init(all);
  return values.map((value, i) => spike.step(state, i * 1_000, Float64Array.of(value), all, subject));
}

function noise(count: number, seed = 3): number[] {
  const { normal } = seeded(seed);
  return Array.from({ length: count }, () => 5 + 0.1 * normal());
}

const count = (verdicts: readonly { state: string }[]) => verdicts.filter(({ state }) => state === 'abnormal').length;

describe('spike', () => {
  it('tells a single wild reading, at once and only while it is away', () => {
    const verdicts = judge(noise(60).with(40, 9));
    expect(verdicts[40]).toMatchObject({ state: 'abnormal', finding: { value: 9 } });
    const finding = verdicts[40]?.state === 'abnormal' ? verdicts[40].finding.explanation : '';
    expect(finding).toMatch(/^pump-1\.pressure jumped to 9 bar where [45]\.\d+ bar ± [01]\.?\d* bar came before/);
    expect(verdicts[41]?.state).toBe('normal');
    expect(count(verdicts)).toBe(1);
  });

  it('waits until the value has come back when told to, and tells the farthest reading', () => {
    const verdicts = judge(noise(60).with(40, 7).with(41, 1), { tell: 'returned' });
    expect(verdicts.slice(40, 42)).toEqual([{ state: 'unknown' }, { state: 'unknown' }]);
    expect(verdicts[42]).toMatchObject({ state: 'abnormal', finding: { value: 1 } });
    expect(count(verdicts)).toBe(1);
  });

  it('takes a value that stays away for the new level', () => {
    const moved = noise(200).map((value, i) => (i < 100 ? value : value + 4));
    const verdicts = judge(moved, { tell: 'returned' });
    expect(count(verdicts)).toBe(0);
    expect(verdicts.slice(-75).every(({ state }) => state === 'normal')).toBe(true);
    expect(count(judge(moved))).toBe(3);
  });

  it('says nothing about healthy signals: noise, a slow wave, a ramp, a sensor of few levels', () => {
    const healthy = [
      noise(50_000, 11),
      noise(5_000).map((value, i) => value + Math.sin(i / 60)),
      noise(5_000).map((value, i) => value + i / 50),
      noise(5_000).map((value) => Math.round(value)),
      noise(5_000, 5).map((value) => Math.round(value * 4) / 4),
    ];
    for (const values of healthy) expect(count(judge(values, { readings: 31 })) + count(judge(values))).toBe(0);
  });

  it('knows nothing of a signal that never moved, unless its resolution is given', () => {
    const still = Array.from({ length: 40 }, () => 3);
    expect(judge([...still, 4]).at(-1)?.state).toBe('unknown');
    expect(judge([...still, 4], { minSigma: 0.05 }).at(-1)?.state).toBe('abnormal');
  });

  it('knows nothing from a bad reading and learns nothing from it', () => {
    const verdicts = judge(noise(60).with(30, Number.NaN).with(40, 9));
    expect(verdicts[30]).toEqual({ state: 'unknown' });
    expect(verdicts[40]?.state).toBe('abnormal');
  });

  it('compares with nothing from before a hole', () => {
    const state = spike.init(config);
    for (const [i, value] of noise(40).entries()) spike.step(state, i * 1_000, Float64Array.of(value), config, subject);
    expect(spike.step(state, 4_000_000, Float64Array.of(50), config, subject)).toEqual({ state: 'unknown' });
  });

  it('keeps at most a kilobyte', () => {
    const settings = { ...config, readings: 31, longest: 5 };
    const state = spike.init(settings);
    const { normal } = seeded(9);
    for (let i = 0; i < 5_000; i++) {
      const value = -1e-5 * normal() * (i % 50 > 45 ? 1e9 : 1);
      spike.step(state, 1_790_000_000_000.25 + i, Float64Array.of(value), settings, subject);
      expect(JSON.stringify(state).length).toBeLessThanOrEqual(1_024);
    }
  });
});
