import { describe, expect, it } from 'vitest';
import { seeded } from '../math/seeded.ts';
import { noiseDeath } from './index.ts';

const subject = { tag: 'fan-1.vibration', unit: 'mm/s' };
const config = { share: 0.2, window: 30, learn: 500, gap: 300_000 };

function judge(values: readonly number[], settings: Partial<typeof config> = {}) {
  const all = { ...config, ...settings };
  const state = noiseDeath.init(all);
  return values.map((value, i) => noiseDeath.step(state, i * 1_000, Float64Array.of(value), all, subject));
}

/** Noise of standard deviation 0.3 around 2. */
function noise(count: number, seed = 3): number[] {
  const { normal } = seeded(seed);
  return Array.from({ length: count }, () => 2 + 0.3 * normal());
}

const count = (verdicts: readonly { state: string }[]) => verdicts.filter(({ state }) => state === 'abnormal').length;

describe('noise-death', () => {
  it('tells a frozen sensor that dithers by its last digit', () => {
    const verdicts = judge(noise(1_000).map((value, i) => (i < 700 ? value : 2.1 + 0.01 * (i % 2))));
    const first = verdicts.findIndex(({ state }) => state === 'abnormal');
    expect(first).toBeGreaterThan(710);
    expect(first).toBeLessThan(740);
    expect(verdicts.slice(first).every(({ state }) => state === 'abnormal')).toBe(true);
    const last = verdicts.at(-1);
    expect(last?.state === 'abnormal' && last.finding.explanation).toMatch(
      /^fan-1\.vibration has scattered by only 0\.008\d+ mm\/s for 5 min where 0\.3001 mm\/s is usual: the sensor may be/,
    );
  });

  it('measures noise by the standard deviation, whatever the level does slowly', () => {
    const verdicts = judge(
      noise(40_000).map((value, i) => (i < 39_000 ? value + i / 1_000 : 0)),
      { learn: 38_000 },
    );
    const found = verdicts.at(-1);
    expect(found?.state === 'abnormal' && found.finding.limit / config.share).toBeCloseTo(0.3, 2);
  });

  it('tells a signal that is filtered too much', () => {
    let smooth = 2;
    const filtered = noise(2_000).map((value, i) => {
      smooth += 0.02 * (value - smooth);
      return i < 1_000 ? value : smooth;
    });
    expect(judge(filtered).at(-1)?.state).toBe('abnormal');
  });

  it('is normal again when the noise is back', () => {
    const verdicts = judge(noise(1_200).map((value, i) => (i < 700 || i > 900 ? value : 2)));
    expect(verdicts[900]?.state).toBe('abnormal');
    expect(verdicts.slice(950).every(({ state }) => state === 'normal')).toBe(true);
  });

  it('says nothing about healthy signals: noise, half the noise, a wave, a step, one spike while it learns', () => {
    const healthy = [
      noise(60_000, 17),
      noise(5_000).map((value, i) => (i < 1_000 ? value : 2 + (value - 2) / 2)),
      noise(5_000).map((value, i) => value + Math.sin(i / 50)),
      noise(5_000).map((value, i) => (i < 2_000 ? value : value + 30)),
      noise(5_000).with(250, 1e6),
    ];
    for (const values of healthy) expect(count(judge(values))).toBe(0);
  });

  it('knows nothing while it learns, from a bad reading, and of a signal that never moved', () => {
    const verdicts = judge(noise(600).with(550, Number.NaN));
    expect(verdicts.slice(0, 501).every(({ state }) => state === 'unknown')).toBe(true);
    expect(verdicts[501]?.state).toBe('normal');
    expect(verdicts[550]).toEqual({ state: 'unknown' });
    expect(judge(Array.from({ length: 700 }, () => 2)).at(-1)).toEqual({ state: 'unknown' });
  });

  it('does not take a change across a hole for noise', () => {
    const state = noiseDeath.init(config);
    const times = (i: number) => (i < 700 ? i : 10_000 + i) * 1_000;
    const values = noise(900).map((value, i) => (i < 700 ? value : 50));
    const verdicts = values.map((value, i) =>
      noiseDeath.step(state, times(i), Float64Array.of(value), config, subject),
    );
    expect(verdicts.slice(740).every(({ state: said }) => said === 'abnormal')).toBe(true);
  });
});
