import { describe, expect, it } from 'vitest';
import type { DetectorPicture } from '../src/model/tag-picture.ts';
import { cusum } from './cusum/index.ts';
import type { Finding, Subject, Verdict } from './detector.ts';
import { zoneOfVelocity } from './features/judging.ts';
import { seeded } from './math/seeded.ts';
import { multivariate } from './multivariate/index.ts';
import { pageHinkley } from './page-hinkley/index.ts';
import { drawDetector } from './picture.ts';
import { seasonal } from './seasonal/index.ts';
import { states } from './states/index.ts';
import { thermal } from './thermal/index.ts';

const HOUR_MS = 3_600_000;
const subject: Subject = { tag: 'pump-1.vibration', unit: 'mm/s' };

function findingOf(verdict: Verdict): Finding {
  if (verdict.state !== 'abnormal') throw new Error(`the verdict is ${verdict.state}`);
  return verdict.finding;
}

/** As the API has it: with the memory as it is saved. */
function draw(
  kind: string,
  { config, state, of = subject, input = 0 }: { config: unknown; state: unknown; of?: Subject; input?: number },
): DetectorPicture {
  return drawDetector(kind, { config, state: JSON.parse(JSON.stringify(state)), subject: of, input });
}

describe('what a detector learnt, as it is drawn, has the numbers of its finding', () => {
  it('of a cumulative sum: the mean since it began, and the reference it is taken from', () => {
    const config = { shift: 1, falseEvery: 100_000, minSigma: 0, learn: 100, every: 0 };
    const state = cusum.init(config);
    const { normal } = seeded(3);
    const step = (i: number, value: number) => cusum.step(state, i, Float64Array.of(value), config, subject);
    for (let i = 0; i < 60; i++) step(i, 2 + 0.1 * normal());
    expect(draw('cusum', { config, state })).toMatchObject({ state: 'learning', normal: null });
    for (let i = 60; i < 100; i++) step(i, 2 + 0.1 * normal());
    let last: Verdict = { state: 'unknown' };
    for (let i = 100; i < 130; i++) last = step(i, 2.3 + 0.1 * normal());
    const { value, limit } = findingOf(last);
    const drawn = draw('cusum', { config, state }).normal;
    expect(drawn?.value).toBeCloseTo(value, 10);
    expect(drawn?.high).toBeCloseTo(limit, 10);
    expect(drawn?.expected).toBeCloseTo(2, 1);
  });

  it('of a change: what it was before', () => {
    const config = { tolerance: 0.5, threshold: 15, minSigma: 0, learn: 100, hold: 24 * HOUR_MS, every: 0 };
    const state = pageHinkley.init(config);
    const { normal } = seeded(4);
    let last: Verdict = { state: 'unknown' };
    for (let i = 0; i < 140; i++) {
      const value = (i < 110 ? 5 : 6) + 0.1 * normal();
      last = pageHinkley.step(state, i * 1_000, Float64Array.of(value), config, subject);
    }
    const drawn = draw('page-hinkley', { config, state }).normal;
    expect(drawn?.expected).toBeCloseTo(findingOf(last).limit, 10);
    expect(drawn?.value).toBeCloseTo(6, 0);
    expect(draw('page-hinkley', { config, state: pageHinkley.init(config) }).state).toBe('learning');
  });

  it('of several tags: what was usual of each', () => {
    const inputs = ['flow', 'current', 'head'].map((name) => ({ tag: `pump-1.${name}`, unit: '' }));
    const of: Subject = { ...inputs[0]!, inputs };
    const config = { learn: 200, share: 0.9, chance: 0.001, lasting: 1, every: 0 };
    const state = multivariate.init(config);
    const { normal } = seeded(5);
    const row = (extra: number) => {
      const load = normal();
      return Float64Array.of(load + extra, 2 * load + 0.1 * normal(), 0.1 * normal() - load);
    };
    for (let i = 0; i < 200; i++) multivariate.step(state, i, row(0), config, of);
    const values = row(9);
    const { value, limit } = findingOf(multivariate.step(state, 200, values, config, of));
    const input = [...values].indexOf(value);
    const drawn = draw('multivariate', { config, state, of, input }).normalAt?.(values, 200);
    expect(drawn?.value).toBe(value);
    expect([drawn?.low, drawn?.high]).toContainEqual(expect.closeTo(limit, 10));
  });

  it('of operating states: the band of the state that holds', () => {
    const inputs = [
      { tag: 'fan-1.vibration', unit: 'mm/s' },
      { tag: 'fan-1.speed', unit: '/min' },
    ];
    const of: Subject = { ...inputs[0]!, inputs };
    const config = { off: 10, width: 500, settle: 0, learn: 50, sigmas: 6, minSigma: 0 };
    const state = states.init(config);
    const { normal } = seeded(6);
    const at = (speed: number, extra: number) => Float64Array.of(speed / 500 + 0.05 * normal() + extra, speed);
    const step = (i: number, values: Float64Array) => states.step(state, i, values, config, of);
    for (let i = 0; i < 60; i++) step(i, at(700, 0));
    for (let i = 60; i < 120; i++) step(i, at(1_300, 0));
    let last: Verdict = { state: 'unknown' };
    for (let i = 120; i < 140; i++) last = step(i, at(1_300, 1));
    const { normalAt } = draw('states', { config, state, of });
    expect(normalAt?.(Float64Array.of(3, 1_300), 0)?.high).toBeCloseTo(findingOf(last).limit, 10);
    expect(normalAt?.(Float64Array.of(3, 700), 0)?.expected).toBeCloseTo(1.4, 1);
    expect(normalAt?.(Float64Array.of(3, 0), 0)).toBeNull();
    expect(normalAt?.(Float64Array.of(3, 9_000), 0)).toBeNull(); // never seen
  });

  it('of the hour of the week: the band of the time it is drawn at', () => {
    const config = { deviations: 6, lasting: 1, minSigma: 0, learn: 14 * 24 * HOUR_MS, every: HOUR_MS };
    const of: Subject = { ...subject, timezone: 'UTC' };
    const state = seasonal.init(config);
    const { normal } = seeded(7);
    const isDay = (hour: number) => hour % 24 >= 6 && hour % 24 < 18;
    const step = (hour: number, value: number) =>
      seasonal.step(state, hour * HOUR_MS, Float64Array.of(value), config, of);
    expect(draw('seasonal', { config, state, of }).state).toBe('learning');
    const hours = 4 * 168;
    for (let hour = 0; hour < hours; hour++) step(hour, (isDay(hour) ? 10 : 2) + 0.2 * normal());
    step(hours, 2);
    step(hours + 1, 12);
    const verdict = step(hours + 2, 2); // ends the hour before
    const at = (hours + 1.5) * HOUR_MS;
    const { normalAt } = draw('seasonal', { config, state, of });
    expect(normalAt?.(Float64Array.of(12), at)?.high).toBeCloseTo(findingOf(verdict).limit, 10);
    expect(normalAt?.(Float64Array.of(12), at + 9 * HOUR_MS)?.expected).toBeCloseTo(10, 0);
    expect(normalAt?.(Float64Array.of(12), HOUR_MS)).toBeNull(); // it judged nothing yet
  });
});

describe('what a detector takes from its settings', () => {
  it('is how hot a part may be at its load, where the detector changes its mind', () => {
    const inputs = [
      { tag: 'panel.l1', unit: '[degF]' },
      { tag: 'panel.l2', unit: 'Cel' },
      { tag: 'panel.load', unit: '%' },
    ];
    const of: Subject = { ...inputs[0]!, inputs };
    const config = { compare: 'similar' as const, exponent: 2, raiseFrom: 'probable' as const, learn: 5 };
    const { normalAt } = draw('thermal', { config, state: {}, of });
    const drawn = normalAt?.(Float64Array.of(100, 30, 70), 0);
    expect(drawn?.expected).toBeCloseTo(86, 10); // 30 °C
    const stateAt = (part: number) => thermal.step({}, 0, Float64Array.of(part, 30, 70), config, of).state;
    expect([drawn!.high - 0.01, drawn!.high + 0.01].map(stateAt)).toEqual(['normal', 'abnormal']);
    expect(normalAt?.(Float64Array.of(100, 30, 39), 0)).toBeNull();

    const own = { ...config, compare: 'own' as const };
    expect(draw('thermal', { config: own, state: { learning: [9, 9] }, of }).says).toBe(
      'learning its baseline: 2 of 5 readings; below 40 % of panel.load nothing is judged',
    );
    const state = { baseline: 20 };
    const above = draw('thermal', { config: own, state, of }).normalAt?.(Float64Array.of(100, 30, 70), 0);
    const ownAt = (part: number) => thermal.step(state, 0, Float64Array.of(part, 30, 70), own, of).state;
    expect([above!.high - 0.01, above!.high + 0.01].map(ownAt)).toEqual(['normal', 'abnormal']);
  });

  it('is the zones of a velocity, and what is notable of a strength', () => {
    const inputs = ['bearing', 'outer', 'velocity_rms', 'speed'].map((name) => ({
      tag: `pump-1.de.${name}`,
      unit: name === 'velocity_rms' ? 'mm/s' : '',
    }));
    const of: Subject = { ...inputs[0]!, inputs };
    const config = { standard: 'iso-10816-3' as const, group: '1' as const, foundation: 'rigid' as const };
    const [bearing, outer, velocity, speed] = inputs.map((_, input) =>
      draw('bearing', { config, state: null, of, input }),
    );
    expect(bearing?.limits).toEqual([{ level: 'H', value: 1, leftAt: 1 }]);
    expect(outer?.limits).toEqual([{ level: null, value: 1, leftAt: 1 }]);
    expect(speed?.state).toBe('not drawn');
    for (const { name, from, to } of velocity!.zones)
      expect(zoneOfVelocity(((from ?? 0) + (to ?? 99)) / 2, config).zone).toBe(name);
    expect(draw('rotor', { config: { standard: 'iso-10816-3' }, state: null, of, input: 2 }).zones).toEqual([]);
  });

  it.each([
    ['tag("pump-1.temp") > 80.0', [80]],
    ['avg("pump-1.temp", 10m) >= -5 && tag("pump-1.speed") > 100.0', [-5]],
    ['(max("pump-1.temp", duration("10m")) < 12.5) || tag("pump-1.speed") > 1.0', [12.5]],
    ['tag("pump-1.speed") > 100.0 && tag("pump-1.temp") > 80.0', []],
    ['stddev("pump-1.temp", 10m) > 3.0', []],
    ['tag("pump-1.temp") > 80.0 * 2.0', []],
    ['tag("pump-1.temp") - tag("pump-1.speed") > 80.0', []],
  ])('is the number that %s compares the tag with: %j', (alarm, values) => {
    const of: Subject = {
      tag: 'pump-1.speed',
      unit: '',
      inputs: [
        { tag: 'pump-1.speed', unit: '' },
        { tag: 'pump-1.temp', unit: 'Cel' },
      ],
    };
    const { limits } = draw('expression', { config: { alarm }, state: null, of, input: 1 });
    expect(limits.map(({ value }) => value)).toEqual(values);
  });
});
