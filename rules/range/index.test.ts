import { describe, expect, it } from 'vitest';
import { range } from './index.ts';

const subject = { tag: 'pump-1.temperature', unit: 'Cel', range: [-50, 150] as const };
const config = { margin: 2.5, for: 10_000 };

function judge(readings: readonly (readonly [second: number, value: number])[], settings = {}, about = {}) {
  const all = { ...config, ...settings };
  const state = range.init(all);
  return readings.map(([second, value]) =>
    range.step(state, second * 1_000, Float64Array.of(value), all, { ...subject, ...about }),
  );
}

const everySecond = (from: number, to: number, value: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => [from + i, value] as const);

describe('range', () => {
  it('is abnormal when the value has been outside the range of its tag for the given time', () => {
    const verdicts = judge([[0, 20], ...everySecond(1, 11, -200)]);
    expect(new Set(verdicts.slice(0, 11).map(({ state }) => state))).toEqual(new Set(['normal']));
    expect(verdicts[11]).toEqual({
      state: 'abnormal',
      score: 1,
      finding: {
        value: -200,
        limit: -55,
        explanation:
          'pump-1.temperature has read -200 °C for 10 s, below -55 °C, where its instrument measures nothing: wiring, scale or sensor',
      },
    });
  });

  it('believes a value within the margin, and one exactly on the limit', () => {
    expect(judge(everySecond(0, 60, 155)).every(({ state }) => state === 'normal')).toBe(true);
    expect(judge(everySecond(0, 60, 155.1)).at(-1)?.state).toBe('abnormal');
  });

  it('takes limits of its own as they are written, each before that of the tag', () => {
    expect(judge(everySecond(0, 10, 121), { high: 120 }).at(-1)).toMatchObject({ finding: { limit: 120 } });
    expect(judge(everySecond(0, 10, -56), { high: 120 }).at(-1)).toMatchObject({ finding: { limit: -55 } });
  });

  it('says nothing about a short excursion, and begins anew with the next', () => {
    const verdicts = judge([...everySecond(0, 8, 400), [9, 20], ...everySecond(10, 19, 400)]);
    expect(verdicts.every(({ state }) => state === 'normal')).toBe(true);
  });

  it('is normal again with the first reading inside', () => {
    expect(judge([...everySecond(0, 20, 400), [21, 149]]).at(-1)?.state).toBe('normal');
  });

  it('is abnormal at once when no time is to pass', () => {
    expect(judge([[0, 400]], { for: 0 })[0]?.state).toBe('abnormal');
  });

  it('knows nothing from a bad reading, which does not end the excursion', () => {
    const verdicts = judge([...everySecond(0, 5, 400), [6, Number.NaN], ...everySecond(7, 10, 400)]);
    expect(verdicts[6]).toEqual({ state: 'unknown' });
    expect(verdicts.at(-1)?.state).toBe('abnormal');
  });

  it('does not count a hole of an hour as time outside', () => {
    expect(
      judge([
        [0, 400],
        [3_600, 400],
      ]).at(-1)?.state,
    ).toBe('normal');
  });

  it('refuses limits upside down, and a tag of which no limit is known', () => {
    expect(range.refuse?.({ ...config, low: 5, high: 5 })).toBe('low (5) must be lower than high (5)');
    expect(range.refuseTag?.(config, { tag: 'a.b', unit: '' })).toBe('needs low or high, because a.b has no range');
    expect(range.refuseTag?.(config, subject)).toBeNull();
    expect(range.refuseTag?.({ ...config, high: 3 }, { tag: 'a.b', unit: '' })).toBeNull();
  });
});
