import { describe, expect, it } from 'vitest';
import { seeded } from '../math/seeded.ts';
import { rate } from './index.ts';

const subject = { tag: 'press-1.oil-temperature', unit: 'Cel' };
type Config = Parameters<typeof rate.step>[3];
const config: Config = { rise: 2, per: 'minute', over: 600_000 };

/** What is said at each second. */
function watch(seconds: number, measure: (second: number) => number, settings: Config = config) {
  const state = rate.init(settings);
  return Array.from({ length: seconds }, (_, second) =>
    rate.step(state, second * 1_000, Float64Array.of(measure(second)), settings, subject),
  );
}

describe('the rate', () => {
  it('is that of the tag, whatever an eighth of the readings say', () => {
    const { normal } = seeded(4);
    const climbing = (second: number) => (second % 300 < 30 ? 0 : 50 + (3 * second) / 60 + 0.2 * normal());
    const last = watch(900, climbing).at(-1)!;
    if (last.state !== 'abnormal') throw new Error('3 °C a minute were missed');
    expect(last.finding.explanation).toMatch(
      /^press-1\.oil-temperature rises by (3|2\.9\d*|3\.0\d*) °C a minute, from \d+\.?\d* °C to \d+\.?\d* °C in 9 min; 2 °C a minute is allowed$/,
    );
  });

  it('is allowed below the limit, in the other direction and in noise', () => {
    const { normal } = seeded(5);
    const slow = (second: number) => 50 + (1.5 * second) / 60 + normal();
    expect(watch(900, slow).at(-1)!.state).toBe('normal');
    expect(watch(900, (second) => 500 - (5 * second) / 60).at(-1)!.state).toBe('normal');
    expect(
      watch(3_600, () => 50 + 5 * normal(), { ...config, rise: 0.001 }).filter((each) => each.state === 'abnormal')
        .length,
    ).toBeLessThan(40);
  });

  it('returns below nine tenths of the limit, not at it', () => {
    const speeds = (second: number) =>
      (second < 900 ? 2.1 * second : second < 1_800 ? 1_890 + 1.9 * (second - 900) : 3_600 + (second - 1_800)) / 60;
    const said = watch(2_700, speeds);
    expect(said[890]!.state).toBe('abnormal');
    expect(said[1_790]!.state).toBe('abnormal');
    expect(said[2_690]!.state).toBe('normal');
  });

  it('is unknown while too little is known', () => {
    expect(watch(300, (second) => 10 * second).at(-1)!.state).toBe('unknown');
    expect(rate.refuse!({ per: 'minute', over: 600_000 })).toMatch(/rise, fall/);
  });
});
