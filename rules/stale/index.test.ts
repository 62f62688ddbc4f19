import { describe, expect, it } from 'vitest';
import type { Verdict } from '../detector.ts';
import { stale } from './index.ts';

const subject = { tag: 'pump-1.vibration', unit: 'mm/s' };
const config = { after: 15_000 };

/** Ticks once a second from `from` to `to` seconds, both included, and answers with the last verdict. */
function tickSeconds(state: ReturnType<typeof stale.init>, from: number, to: number): Verdict {
  let last: Verdict = { state: 'unknown' };
  for (let second = from; second <= to; second++) last = stale.tick!(state, second * 1_000, config, subject);
  return last;
}

describe('stale', () => {
  it('is abnormal once nothing was heard for the given time', () => {
    const state = stale.init(config);
    stale.step(state, 500, Float64Array.of(3), config, subject);
    expect(tickSeconds(state, 1, 15).state).toBe('normal');
    expect(tickSeconds(state, 16, 16)).toEqual({
      state: 'abnormal',
      score: 1,
      finding: { value: 15.5, limit: 15, explanation: 'no reading from pump-1.vibration for 16 s' },
    });
  });

  it('is normal again with the next value', () => {
    const state = stale.init(config);
    tickSeconds(state, 0, 30);
    expect(stale.step(state, 30_500, Float64Array.of(3), config, subject)).toEqual({ state: 'normal', score: 0 });
    expect(tickSeconds(state, 31, 40).state).toBe('normal');
  });

  it('counts from the first tick before anything was heard, and knows nothing until then', () => {
    const state = stale.init(config);
    expect(tickSeconds(state, 100, 114)).toEqual({ state: 'unknown' });
    expect(tickSeconds(state, 115, 115)).toMatchObject({
      state: 'abnormal',
      finding: { explanation: 'no reading from pump-1.vibration for 15 s' },
    });
  });

  it('takes a tag that sends only bad readings for a silent one', () => {
    const state = stale.init(config);
    stale.step(state, 0, Float64Array.of(3), config, subject);
    for (let second = 1; second < 15; second++) {
      expect(stale.step(state, second * 1_000, Float64Array.of(Number.NaN), config, subject).state).toBe('normal');
    }
    expect(stale.step(state, 15_000, Float64Array.of(Number.NaN), config, subject).state).toBe('abnormal');
  });

  it('does not count the time in which the service itself was away', () => {
    const state = stale.init(config);
    stale.step(state, 0, Float64Array.of(3), config, subject);
    tickSeconds(state, 0, 10);
    const restored = JSON.parse(JSON.stringify(state)) as typeof state;
    expect(tickSeconds(restored, 3_610, 3_614).state).toBe('normal');
    expect(tickSeconds(restored, 3_615, 3_615).state).toBe('abnormal');
  });

  it('starts afresh when a reading came before the first tick after a time away', () => {
    const state = stale.init(config);
    tickSeconds(state, 0, 3);
    stale.step(state, 100_000, Float64Array.of(3), config, subject);
    expect(tickSeconds(state, 101, 115).state).toBe('normal');
    expect(tickSeconds(state, 116, 116).state).toBe('abnormal');
  });
});
