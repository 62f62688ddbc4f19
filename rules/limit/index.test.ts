import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limit } from './index.ts';

const vibration = { tag: 'pump-1.vibration', unit: 'mm/s' };

/** Judges values one after the other. */
function judge(config: Parameters<typeof limit.init>[0], values: readonly number[], subject = vibration) {
  const state = limit.init(config);
  return values.map((value, index) => limit.step(state, index * 1_000, Float64Array.of(value), config, subject));
}

const levels = (config: Parameters<typeof limit.init>[0], values: readonly number[]) =>
  judge(config, values).map((verdict) => (verdict.state === 'abnormal' ? verdict.level : verdict.state));

const sentence = (config: Parameters<typeof limit.init>[0], values: readonly number[], subject = vibration) => {
  const last = judge(config, values, subject).at(-1);
  return last?.state === 'abnormal' ? limit.say!(last.finding, config, subject) : null;
};

describe('limit', () => {
  it('names the level of each limit that is exceeded, and a value on the limit is not', () => {
    const config = { lowLow: 1, low: 2, high: 8, highHigh: 9, deadband: 0 };
    expect(levels(config, [5, 8, 8.1, 9.1, 5, 2, 1.9, 0.9])).toEqual([
      'normal',
      'normal',
      'H',
      'HH',
      'normal',
      'normal',
      'L',
      'LL',
    ]);
  });

  it('leaves a limit only when the value is back beyond its deadband', () => {
    const config = { high: 4.5, highHigh: 7.1, deadband: 0.5 };
    expect(levels(config, [4.6, 4.4, 4.1, 4, 4.4, 7.2, 6.7, 6.6, 4.1, 3.9])).toEqual([
      'H',
      'H',
      'H',
      'normal',
      'normal',
      'HH',
      'HH',
      'H',
      'H',
      'normal',
    ]);
  });

  it('leaves a low limit only when the value has risen beyond its deadband', () => {
    const config = { low: 2, lowLow: 1, deadband: 0.25 };
    expect(levels(config, [1.9, 2.2, 2.25, 0.5, 1.2, 1.25, 2.3])).toEqual([
      'L',
      'L',
      'normal',
      'LL',
      'LL',
      'L',
      'normal',
    ]);
  });

  it('goes straight from one side to the other', () => {
    expect(levels({ low: 2, high: 8, deadband: 1 }, [9, 1, 9])).toEqual(['H', 'L', 'H']);
  });

  it('works with second limits only', () => {
    expect(levels({ lowLow: 1, highHigh: 9, deadband: 0 }, [5, 10, 0])).toEqual(['normal', 'HH', 'LL']);
  });

  it('knows nothing from a bad reading and keeps its place', () => {
    const config = { high: 4.5, deadband: 0.5 };
    expect(levels(config, [5, Number.NaN, 4.2, Number.POSITIVE_INFINITY])).toEqual(['H', 'unknown', 'H', 'unknown']);
  });

  it('says the value, the unit, the limit and how far', () => {
    const config = { low: 1, high: 4.5, highHigh: 7.1, deadband: 0.2 };
    expect(sentence(config, [5.12])).toBe('pump-1.vibration is 5.12 mm/s, 0.62 mm/s above the high limit of 4.5 mm/s');
    expect(sentence(config, [7.234567])).toBe(
      'pump-1.vibration is 7.235 mm/s, 0.1346 mm/s above the high-high limit of 7.1 mm/s',
    );
    expect(sentence(config, [0.5])).toBe('pump-1.vibration is 0.5 mm/s, 0.5 mm/s below the low limit of 1 mm/s');
    expect(sentence(config, [5, 4.4])).toBe(
      'pump-1.vibration is 4.4 mm/s, not yet clear of the high limit of 4.5 mm/s',
    );
  });

  it('says enough digits to tell the value from the limit', () => {
    expect(sentence({ high: 4.5, deadband: 0 }, [4.50001])).toContain('is 4.50001 mm/s, ');
    expect(sentence({ high: 1500, deadband: 0 }, [1500.25], { tag: 'fan-1.speed', unit: '' })).toBe(
      'fan-1.speed is 1500.3, 0.25 above the high limit of 1500',
    );
  });

  it('scores 0 inside, 0.5 at the first limit and 1 at the second', () => {
    const scores = judge({ high: 4, highHigh: 8, deadband: 0 }, [3, 4.000001, 6, 9]).map((verdict) =>
      verdict.state === 'unknown' ? null : Math.round(verdict.score * 100) / 100,
    );
    expect(scores).toEqual([0, 0.5, 0.75, 1]);
  });

  it.each([
    [{ deadband: 0 }, 'at least one'],
    [{ low: 5, high: 4, deadband: 0 }, 'low (5) must be lower than high (4)'],
    [{ high: 4, highHigh: 4, deadband: 0 }, 'high (4) must be lower than highHigh (4)'],
    [{ lowLow: 3, highHigh: 2, deadband: 0 }, 'lowLow (3) must be lower than highHigh (2)'],
    [{ low: 1, high: 4, deadband: 3 }, 'deadband (3) must be smaller'],
  ])('refuses %j', (config, reason) => {
    expect(limit.refuse?.(config)).toContain(reason);
  });

  it('refuses a deadband that lets the alert of a tag never return within its range', () => {
    const within = { ...vibration, range: [0, 50] } as const;
    expect(limit.refuseTag?.({ high: 4, deadband: 5 }, within)).toContain(
      'an alert of pump-1.vibration would never end: it ends at -1',
    );
    expect(limit.refuseTag?.({ low: 40, deadband: 11 }, within)).toContain('it ends at 51');
    expect(limit.refuseTag?.({ high: 4, deadband: 4 }, within)).toBeNull();
    expect(limit.refuseTag?.({ high: 4, deadband: 5 }, vibration)).toBeNull();
  });

  it('accepts settings that fit together', () => {
    expect(limit.refuse?.({ low: -10, high: 4, highHigh: 5.5, deadband: 1 })).toBeNull();
  });

  it.each([
    [
      { high: 80, highHigh: 85, deadband: 5 },
      [79, 81, 86, 82, 80, 76, 75],
      ['normal', 'H', 'HH', 'HH', 'H', 'H', 'normal'],
    ],
    [{ lowLow: 1, low: 2, deadband: 1.5 }, [3, 0.5, 2.4, 2.5, 3.5], ['normal', 'LL', 'LL', 'L', 'normal']],
  ])('returns with a deadband that reaches the other limit: %j', (config, values, expected) => {
    expect(limit.refuse?.(config)).toBeNull();
    expect(levels(config, values)).toEqual(expected);
  });

  it('leaves a limit at the end of the range, however the deadband is rounded', () => {
    const high = { high: 4.5, deadband: 4.4 }; // 4.5 - 4.4 = 0.09999999999999964
    expect(limit.refuseTag?.(high, { ...vibration, range: [0.1, 50] })).toBeNull();
    expect(levels(high, [5, 0.2, 0.1])).toEqual(['H', 'H', 'normal']);
    const low = { low: 0.1, deadband: 0.2 }; // 0.1 + 0.2 = 0.30000000000000004
    expect(limit.refuseTag?.(low, { ...vibration, range: [0, 0.3] })).toBeNull();
    expect(levels(low, [0, 0.2, 0.3])).toEqual(['L', 'L', 'normal']);
  });

  it('is abnormal above the limit and normal at limit minus deadband, whatever came before', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -100, max: 100, noNaN: true })), (values) => {
        const config = { low: -20, high: 20, highHigh: 40, deadband: 5 };
        const verdicts = judge(config, values);
        values.forEach((value, index) => {
          const { state } = verdicts[index]!;
          if (value > 20 || value < -20) expect(state).toBe('abnormal');
          if (value <= 15 && value >= -15) expect(state).toBe('normal');
        });
      }),
    );
  });
});
