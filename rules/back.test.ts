import { describe, expect, it } from 'vitest';
import { backToNormal } from './back.ts';
import { bearing } from './bearing/index.ts';
import type { Finding, Subject } from './detector.ts';
import { figuresOf } from './figures.ts';
import { detectors } from './index.ts';
import { noiseDeath } from './noise-death/index.ts';
import { noiseRise } from './noise-rise/index.ts';
import { stale } from './stale/index.ts';
import { thermal } from './thermal/index.ts';

const before: Finding = { value: 9, limit: 4, explanation: 'too high' };
const subject: Subject = { tag: 'pump-1.load', unit: 'kW' };
const joined: Subject = {
  ...subject,
  inputs: [
    { tag: 'pump-1.load', unit: 'kW' },
    { tag: 'pump-1.current', unit: 'A' },
  ],
};

describe('what is told of an alert that returned', () => {
  it('is the newest reading of the tag that was told of', () => {
    const contributions = [{ tag: 'pump-1.current', share: 0.9 }];
    const seen = { before: { ...before, contributions }, subject: joined };
    expect(backToNormal(Float64Array.of(50, 3), seen)).toEqual({
      ...{ value: 3, limit: 4 },
      explanation: 'pump-1.current is 3 A, which is normal again; it was 9 A',
    });
    expect(backToNormal(Float64Array.of(50, 3), { before, subject: joined })?.value).toBe(50);
    expect(backToNormal(Float64Array.of(50, Number.NaN), seen)).toBeNull();
  });

  it('of a fault in captures is its strength', () => {
    const inputs = Float64Array.of(0.31);
    const point = { tag: 'pump-1.de.bearing', unit: '', inputs: [{ tag: 'pump-1.de.bearing', unit: '' }] };
    const seen = { before: { ...before, value: 3.3, limit: 1 }, subject: point, state: bearing.init({} as never) };
    expect(bearing.back!(inputs, {} as never, seen)).toEqual({
      ...{ value: 0.31, limit: 1 },
      explanation:
        'pump-1.de: no damage of the bearing is notable any more, its strength is 0.31 where 1 is notable; it was 3.30',
    });
  });

  it('of a hot part is the difference, also to its own baseline', () => {
    const tags = ['panel.l1', 'hall.air'].map((tag) => ({ tag, unit: 'Cel' }));
    const seen = { before, subject: { ...tags[0]!, inputs: tags }, state: { baseline: 12 } };
    const config = { compare: 'own', learn: 20, exponent: 1.6, raiseFrom: 'possible' } as const;
    expect(thermal.back!(Float64Array.of(41, 26), config, seen)).toMatchObject({
      value: 3,
      explanation: expect.stringMatching(/^panel\.l1 is 3\.0 K over its own baseline, 12\.0 K .*; it was 9\.0 K$/),
    });
    expect(thermal.back!(Float64Array.of(41, 26), { ...config, compare: 'ambient' }, seen)?.value).toBe(15);
  });

  it('of silence is that it is over, and of a frozen sensor how much it scatters', () => {
    const silent = { value: 720, limit: 60, explanation: 'no reading' };
    const heard = stale.back!(Float64Array.of(1), { after: 60_000 }, { before: silent, subject, state: {} as never });
    expect(heard).toEqual({
      ...{ value: 0, limit: 60 },
      explanation: 'pump-1.load has readings again; there was none for 12 min',
    });
    const state = { before: 1, last: 0, differences: 50, learnt: 2, present: 1.9, since: null };
    const moving = noiseDeath.back!(Float64Array.of(1), { share: 0.2 } as never, { before, subject, state });
    expect(moving?.value).toBeCloseTo((1.9 * Math.sqrt(Math.PI)) / 2, 9);
    expect(moving?.explanation).toMatch(/^pump-1\.load scatters by .* kW again; it was 9 kW$/);
  });

  it('of a noisy sensor is how much it scatters', () => {
    const state = { before: 60.64, last: 0, differences: 50, learnt: 0.1, present: 0.12, since: null };
    const found = noiseRise.back!(Float64Array.of(60.64), { times: 4 } as never, { before, subject, state });
    expect(found?.value).toBeCloseTo((0.12 * Math.sqrt(Math.PI)) / 2, 9);
    expect(found?.limit).toBeCloseTo((0.4 * Math.sqrt(Math.PI)) / 2, 9);
    expect(found?.explanation).toMatch(/^pump-1\.load scatters by only 0\.1\d+ kW again; it was 9 kW$/);
  });

  it('is the newest reading only of detectors that find a level of the tag', () => {
    const levels = ['flatline', 'spike', 'step', 'drift', 'ewma', 'rate', 'cusum', 'page-hinkley', 'change-point']
      .concat(['seasonal', 'states', 'trend', 'forecast', 'multivariate', 'auto'])
      .sort();
    const plain = detectors.filter(({ back }) => !back).map(({ kind }) => kind);
    expect(plain.sort()).toEqual(levels);
    for (const kind of plain) expect(figuresOf(kind).value).toMatch(/^(Value|Smoothed value|Mean since the shift)/);
    expect(figuresOf('noise-rise').value).toMatch(/^Scatter/);
  });
});
