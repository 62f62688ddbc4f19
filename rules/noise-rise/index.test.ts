import { describe, expect, it } from 'vitest';
import { seeded } from '../math/seeded.ts';
import { noiseRise } from './index.ts';

const subject = { tag: 'pump-1.pressure', unit: 'bar' };
const config = { times: 4, window: 30, learn: 500, gap: 300_000 };

function judge(values: readonly number[], settings: Partial<typeof config> = {}) {
  const all = { ...config, ...settings };
  const state = noiseRise.init(all);
  return values.map((value, i) => noiseRise.step(state, i * 1_000, Float64Array.of(value), all, subject));
}

/** Noise of standard deviation 0.03 around 5. */
function noise(count: number, seed = 3): number[] {
  const { normal } = seeded(seed);
  return Array.from({ length: count }, () => 5 + 0.03 * normal());
}

const count = (verdicts: readonly { state: string }[]) => verdicts.filter(({ state }) => state === 'abnormal').length;

describe('noise-rise', () => {
  it('tells a sensor that scatters more than it did, in standard deviations, and until it is quiet again', () => {
    const values = noise(8_000).map((value, i) => (i < 700 || i > 6_000 ? value : 5 + 9 * (value - 5)));
    const verdicts = judge(values, { window: 1_000 });
    const first = verdicts.findIndex(({ state }) => state === 'abnormal');
    expect(first).toBeGreaterThan(700);
    expect(first).toBeLessThan(1_500);
    const late = verdicts[5_900];
    expect(late?.state === 'abnormal' && late.finding.value).toBeCloseTo(0.27, 1);
    expect(late?.state === 'abnormal' && late.finding.explanation).toMatch(
      /^pump-1\.pressure has scattered by 0\.2\d+ bar for [\d a-z]+ where 0\.0[23]\d+ bar is usual/,
    );
    expect(count(verdicts.slice(8_000 - 500))).toBe(0);
  });

  it('is soon: within half a window of noise nine times as large', () => {
    const verdicts = judge(noise(800).map((value, i) => (i < 700 ? value : 5 + 9 * (value - 5))));
    expect(count(verdicts.slice(700, 730))).toBeGreaterThan(5);
  });

  it('says nothing about a jump or a spike of any height, a ramp, a wave, or twice the noise', () => {
    const healthy = [
      noise(20_000, 17),
      noise(2_000).map((value, i) => (i < 1_000 ? value : value + 1e6)),
      noise(2_000).with(1_500, 1e6),
      noise(2_000).map((value, i) => (i < 1_000 ? value : value + (i - 1_000) / 50)),
      noise(5_000).map((value, i) => value + Math.sin(i / 50)),
      noise(5_000).map((value, i) => (i < 1_000 ? value : 5 + 2 * (value - 5))),
    ];
    for (const values of healthy) expect(count(judge(values))).toBe(0);
  });

  it.each([
    { window: 10, times: 4 },
    { window: 30, times: 2 },
    { window: 10, times: 2 },
  ])(
    'takes a jump or a spike of any height for no noise, and noise for noise, at $window readings and $times times',
    (set) => {
      for (let seed = 1; seed <= 20; seed++) {
        const well = noise(700, seed);
        expect(count(judge(well.with(600, 1e6), set).slice(600, 603))).toBe(0);
        expect(
          count(
            judge(
              well.map((value, i) => value + (i < 600 ? 0 : 1e6)),
              set,
            ).slice(600, 603),
          ),
        ).toBe(0);
        expect(
          count(
            judge(
              well.map((value, i) => (i < 600 ? value : 5 + 9 * (value - 5))),
              set,
            ),
          ),
        ).toBeGreaterThan(5);
      }
    },
  );

  it('knows nothing while it learns, from a bad reading, and of a signal that never moved', () => {
    const verdicts = judge(noise(600).with(550, Number.NaN));
    expect(verdicts.slice(0, 501).every(({ state }) => state === 'unknown')).toBe(true);
    expect(verdicts[501]?.state).toBe('normal');
    expect(verdicts[550]).toEqual({ state: 'unknown' });
    expect(judge(Array.from({ length: 700 }, () => 2)).at(-1)).toEqual({ state: 'unknown' });
  });
});
