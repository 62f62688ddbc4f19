import { describe, expect, it } from 'vitest';
import { seeded } from '../math/seeded.ts';
import { trend } from './index.ts';

const subject = { tag: 'press-1.oil-temperature', unit: 'Cel' };
const HOUR_MS = 3_600_000;
const config: Parameters<typeof trend.step>[3] = {
  perDay: 0.5,
  direction: 'both',
  every: HOUR_MS,
  blocks: 72,
  sigmas: 3,
};

/** What is said after each hour of `measure`, four readings in each. */
function watch(hours: number, measure: (hour: number) => number, settings = config) {
  const state = trend.init(settings);
  const said = [];
  for (let quarter = 0; quarter <= 4 * hours; quarter++) {
    const verdict = trend.step(
      state,
      (quarter * HOUR_MS) / 4,
      Float64Array.of(measure(quarter / 4)),
      settings,
      subject,
    );
    if (quarter % 4 === 0) said.push(verdict);
  }
  return { said, state };
}

describe('a trend', () => {
  const { normal } = seeded(5);
  const rising = (hour: number) => 60 + (1.2 * hour) / 24 + 0.2 * normal();

  it('is told with its slope, its interval, its span and what is allowed', () => {
    const { said } = watch(80, rising);
    const last = said.at(-1)!;
    if (last.state !== 'abnormal') throw new Error('a rise of 18 times the scatter was missed');
    expect(last.finding.explanation).toMatch(
      /^press-1\.oil-temperature rises by 1\.\d+ °C a day \(\d\.\d+ to \d\.\d+ at 3 standard deviations\), from 6\d\.?\d* °C to 6\d\.?\d* °C over the last 3 d; 0\.5 °C a day is allowed$/,
    );
    expect(last.finding.value).toBeCloseTo(60 + (1.2 * 79) / 24, 0);
    expect(said.slice(0, 48).every(({ state }) => state === 'unknown')).toBe(true);
  });

  it('that is not as steep, or goes the other way, is normal', () => {
    expect(watch(80, rising, { ...config, perDay: 2 }).said.at(-1)!.state).toBe('normal');
    expect(watch(80, rising, { ...config, direction: 'down' }).said.at(-1)!.state).toBe('normal');
  });

  it('is not told of noise, however small the slope that is allowed', () => {
    let wrong = 0;
    for (let seed = 1; seed <= 6; seed++) {
      const noise = seeded(seed);
      const { said } = watch(100, () => 60 + noise.normal(), { ...config, perDay: 1e-6 });
      if (said.some(({ state }) => state === 'abnormal')) wrong++;
    }
    expect(wrong).toBe(0);
  });

  it('goes on after a restart as if there had been none, in less than 4 KB', () => {
    const { state } = watch(200, rising, { ...config, blocks: 90 });
    const text = JSON.stringify(state);
    expect(text.length).toBeLessThan(4_096);
    const copy = JSON.parse(text) as typeof state;
    for (let hour = 201; hour < 240; hour++) {
      const input = Float64Array.of(60 + hour / 20);
      expect(trend.step(copy, hour * HOUR_MS, input, config, subject)).toEqual(
        trend.step(state, hour * HOUR_MS, input, config, subject),
      );
    }
  });

  it('is unknown at a bad reading', () => {
    const { state } = watch(80, rising);
    expect(trend.step(state, 81 * HOUR_MS, Float64Array.of(Number.NaN), config, subject).state).toBe('unknown');
  });
});
