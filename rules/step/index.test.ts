import { describe, expect, it } from 'vitest';
import { seeded } from '../math/seeded.ts';
import { step } from './index.ts';

const subject = { tag: 'tank-1.level', unit: '%' };
const config = { readings: 15, deviations: 6, minSigma: 0, hold: 3_600_000, gap: 300_000 };

function judge(values: readonly number[], settings: Partial<typeof config> = {}) {
  const all = { ...config, ...settings };
  const state = step.init(all);
  return values.map((value, i) => step.step(state, i * 1_000, Float64Array.of(value), all, subject));
}

/** Noise of standard deviation 0.5 around 40. */
function noise(count: number, seed = 3): number[] {
  const { normal } = seeded(seed);
  return Array.from({ length: count }, () => 40 + 0.5 * normal());
}

const jumpAt = (place: number, by: number, count: number) =>
  noise(count).map((value, i) => (i < place ? value : value + by));

const count = (verdicts: readonly { state: string }[]) => verdicts.filter(({ state }) => state === 'abnormal').length;

describe('step', () => {
  it('tells a jump of the level one window after it, and for as long as the level stays there', () => {
    const verdicts = judge(jumpAt(100, 12, 300));
    const first = verdicts.findIndex(({ state }) => state === 'abnormal');
    expect(first).toBe(114);
    expect(verdicts.slice(114).every(({ state }) => state === 'abnormal')).toBe(true);
    const last = verdicts.at(-1);
    expect(last?.state === 'abnormal' && last.finding.explanation).toMatch(
      /^tank-1\.level jumped from 39\.92 % to 52\.03 % 3 min ago and its noise stayed the same/,
    );
  });

  it('is normal again when the level comes back', () => {
    const back = jumpAt(100, 12, 300).map((value, i) => (i < 200 ? value : value - 12));
    const verdicts = judge(back);
    expect(verdicts[199]?.state).toBe('abnormal');
    expect(verdicts[207]?.state).toBe('normal');
    expect(count(verdicts.slice(207))).toBe(0);
    expect(verdicts[299]?.state).toBe('normal');
  });

  it('takes the new level for normal after the time given', () => {
    const verdicts = judge(jumpAt(100, 12, 300), { hold: 60_000 });
    expect(verdicts[173]?.state).toBe('abnormal');
    expect(verdicts.slice(174).every(({ state }) => state === 'normal')).toBe(true);
  });

  it('says nothing about a slow change of the same size, a spike, or a change that brings noise along', () => {
    expect(count(judge(noise(300).map((value, i) => value + 12 * Math.min(1, Math.max(0, (i - 100) / 10)))))).toBe(0);
    expect(count(judge(noise(300).with(150, 90)))).toBe(0);
    const louder = noise(300).map((value, i) => (i < 150 ? value : 60 + 10 * (value - 40)));
    expect(count(judge(louder))).toBe(0);
  });

  it('says nothing about healthy signals: noise, a slow wave, a random walk, a sensor of few levels', () => {
    const { normal } = seeded(8);
    let place = 0;
    const walk = Array.from({ length: 30_000 }, () => {
      place += normal();
      return place;
    });
    const healthy = [
      noise(30_000, 5),
      noise(5_000).map((value, i) => value + 10 * Math.sin(i / 40)),
      walk,
      noise(5_000).map((value, i) => Math.round(value + 3 * Math.sin(i / 200))),
    ];
    for (const values of healthy) expect(count(judge(values))).toBe(0);
  });

  it('knows nothing of a signal that does not move but once, unless its resolution is given', () => {
    const still = Array.from({ length: 60 }, (_, i) => (i < 30 ? 3 : 4));
    expect(judge(still).every(({ state }) => state === 'unknown' || state === 'normal')).toBe(true);
    expect(count(judge(still, { minSigma: 0.01 }))).toBeGreaterThan(0);
  });

  it('knows nothing of an analyser whose value is held from one analysis to the next', () => {
    const analyses = noise(600);
    expect(count(judge(Array.from({ length: 3_000 }, (_, i) => analyses[Math.floor(i / 5)] ?? 0)))).toBe(0);
  });

  it('knows nothing from a bad reading, and compares nothing across a hole', () => {
    expect(judge(noise(60).with(40, Number.NaN))[40]).toEqual({ state: 'unknown' });
    const state = step.init(config);
    const verdicts = jumpAt(100, 12, 200).map((value, i) =>
      step.step(state, (i < 100 ? i : 10_000 + i) * 1_000, Float64Array.of(value), config, subject),
    );
    expect(count(verdicts)).toBe(0);
  });

  it('goes on from a state that was saved, which is never above a kilobyte', () => {
    const settings = { ...config, readings: 18 };
    const live = step.init(settings);
    let saved = JSON.stringify(live);
    const values = [...jumpAt(100, 12, 300), ...jumpAt(0, 1e-7, 100).map((value) => -value * 1e-9)];
    for (const [i, value] of values.entries()) {
      const restored = JSON.parse(saved) as typeof live;
      const at = 1_790_000_000_000.25 + i * 1_000;
      const again = step.step(restored, at, Float64Array.of(value), settings, subject);
      expect(again).toEqual(step.step(live, at, Float64Array.of(value), settings, subject));
      saved = JSON.stringify(live);
      expect(saved.length).toBeLessThanOrEqual(1_024);
    }
  });
});
