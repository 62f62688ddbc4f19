import { describe, expect, it } from 'vitest';
import { flatline } from './index.ts';

const subject = { tag: 'fan-1.temperature', unit: 'Cel' };
const config = { for: 20_000, tolerance: 0, minReadings: 10 };

/** Judges `[seconds, value]` pairs and answers with every verdict. */
function judge(readings: readonly (readonly [number, number])[], settings = config) {
  const state = flatline.init(settings);
  return readings.map(([seconds, value]) =>
    flatline.step(state, seconds * 1_000, Float64Array.of(value), settings, subject),
  );
}

const everySecond = (from: number, to: number, value: (second: number) => number) =>
  Array.from({ length: to - from + 1 }, (_, index) => [from + index, value(from + index)] as const);

describe('flatline', () => {
  it('is abnormal when the value has not moved for the given time', () => {
    const verdicts = judge(everySecond(0, 20, () => 47.3));
    expect(verdicts[19]?.state).toBe('normal');
    expect(verdicts[20]).toEqual({
      state: 'abnormal',
      score: 1,
      finding: {
        value: 47.3,
        limit: 0,
        explanation:
          'fan-1.temperature has read exactly 47.3 °C for 20 s while readings kept arriving: the sensor may be stuck',
      },
    });
  });

  it('is normal again as soon as the value moves', () => {
    expect(judge([...everySecond(0, 30, () => 47.3), [31, 47.4]]).at(-1)?.state).toBe('normal');
  });

  it('stays normal while the value moves by more than the tolerance', () => {
    const verdicts = judge(
      everySecond(0, 60, (second) => 47 + (second % 2) / 10),
      { ...config, tolerance: 0.05 },
    );
    expect(new Set(verdicts.map(({ state }) => state))).toEqual(new Set(['normal']));
  });

  it('allows movement within the tolerance, but not a slow drift out of it', () => {
    const settings = { ...config, tolerance: 0.5 };
    expect(
      judge(
        everySecond(0, 20, (second) => 47 + (second % 2) / 10),
        settings,
      ).at(-1),
    ).toMatchObject({
      state: 'abnormal',
      finding: { explanation: expect.stringContaining('has stayed within 0.5 °C of 47 °C for 20 s') },
    });
    expect(
      judge(
        everySecond(0, 60, (second) => 47 + second / 10),
        settings,
      ).at(-1)?.state,
    ).toBe('normal');
  });

  it('wants enough readings', () => {
    expect(judge([0, 5, 10, 15, 20, 25, 30, 35, 40].map((second) => [second, 1])).at(-1)?.state).toBe('normal');
    expect(judge([0, 5, 10, 15, 20, 25, 30, 35, 40, 45].map((second) => [second, 1])).at(-1)?.state).toBe('abnormal');
  });

  it('knows nothing from a bad reading, which does not interrupt the run', () => {
    const verdicts = judge(everySecond(0, 21, (second) => (second === 10 ? Number.NaN : 1)));
    expect(verdicts[10]).toEqual({ state: 'unknown' });
    expect(verdicts[21]?.state).toBe('abnormal');
  });

  it('starts again after a hole in the readings', () => {
    const verdicts = judge([...everySecond(0, 15, () => 1), ...everySecond(3_600, 3_619, () => 1)]);
    expect(verdicts.some(({ state }) => state === 'abnormal')).toBe(false);
  });

  it('goes on after its state was saved and restored', () => {
    const state = flatline.init(config);
    for (const [second] of everySecond(0, 15, () => 1))
      flatline.step(state, second * 1_000, Float64Array.of(1), config, subject);
    const restored = JSON.parse(JSON.stringify(state)) as typeof state;
    for (let second = 16; second < 20; second++)
      flatline.step(restored, second * 1_000, Float64Array.of(1), config, subject);
    expect(flatline.step(restored, 20_000, Float64Array.of(1), config, subject).state).toBe('abnormal');
  });
});
