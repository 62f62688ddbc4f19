import { describe, expect, it } from 'vitest';
import { auto } from './auto/index.ts';
import type { Subject } from './detector.ts';
import { ewma } from './ewma/index.ts';
import { forecast } from './forecast/index.ts';
import { detectors } from './index.ts';
import { limit } from './limit/index.ts';
import { seeded } from './math/seeded.ts';
import { drawDetector } from './picture.ts';
import { range } from './range/index.ts';

const subject: Subject = { tag: 'pump-1.vibration', unit: 'mm/s' };
const SETTINGS = { high: 4.5, highHigh: 7.1, low: 1, deadband: 0.2 };

describe('what a detector sees on a tag', () => {
  it('is the limits at which it decides, and where it lets go', () => {
    const { limits, says } = drawDetector('limit', { config: SETTINGS, state: null, subject, input: 0 });
    expect(says).toBe('limits HH 7.1 mm/s, H 4.5 mm/s, L 1 mm/s; a limit is left 0.2 mm/s inside it');
    expect(limits.map(({ leftAt }) => leftAt)).toEqual([6.9, 4.3, 1.2]);
    for (const { level, value, leftAt } of limits) {
      const outwards = Math.sign(value - leftAt);
      const state = limit.init(SETTINGS);
      const levelAt = (reading: number) => {
        const verdict = limit.step(state, 0, Float64Array.of(reading), SETTINGS, subject);
        return verdict.state === 'abnormal' ? verdict.level : null;
      };
      expect(levelAt(value + outwards * 1e-6)).toBe(level);
      expect(levelAt(leftAt + outwards * 1e-6)).toBe(level);
      expect(levelAt(leftAt - outwards * 1e-6)).not.toBe(level);
    }
  });

  it('is where readings stop being believed', () => {
    const config = { margin: 2.5, for: 0 };
    const ranged: Subject = { ...subject, range: [0, 100] };
    const { limits } = drawDetector('range', { config, state: null, subject: ranged, input: 0 });
    expect(limits.map(({ value }) => value)).toEqual([-2.5, 102.5]);
    const verdict = (value: number) => range.step(range.init(config), 0, Float64Array.of(value), config, ranged).state;
    expect([-2.6, -2.4, 102.4, 102.6].map(verdict)).toEqual(['abnormal', 'normal', 'normal', 'abnormal']);
  });

  it('is the zones of the standard in the unit of the tag, and none for a unit without zones', () => {
    const config = { standard: 'iso-10816-3', group: '2', foundation: 'rigid', deadband: 0 };
    const draw = (unit: string) =>
      drawDetector('iso-zone', { config, state: null, subject: { ...subject, unit }, input: 0 });
    expect(draw('mm/s').zones.map(({ to }) => to)).toEqual([1.4, 2.8, 4.5, null]);
    expect(draw('um').zones.map(({ to }) => to)).toEqual([22, 45, 71, null]);
    expect(draw('bar')).toMatchObject({ state: 'not drawn', zones: [] });
    const narrow = { config: { ...config, deadband: 0.1 }, state: null, subject, input: 0 };
    expect(drawDetector('iso-zone', narrow).limits.map(({ leftAt }) => leftAt)).toEqual([4.4, 2.7]);
  });

  it('has the numbers of the finding, of a mean that was learnt', () => {
    const config = { lambda: 0.2, sigmas: 5, minSigma: 0, learn: 50 };
    const state = ewma.init(config);
    const { normal } = seeded(3);
    const draw = () => drawDetector('ewma', { config, state: JSON.parse(JSON.stringify(state)), subject, input: 0 });
    for (let i = 0; i < 30; i++) ewma.step(state, i, Float64Array.of(2 + 0.1 * normal()), config, subject);
    expect(draw()).toMatchObject({ state: 'learning', says: 'learning: 30 of 50 readings', normal: null });
    for (let i = 30; i < 90; i++) {
      const verdict = ewma.step(state, i, Float64Array.of((i < 60 ? 2 : 3) + 0.1 * normal()), config, subject);
      if (i < 89) continue;
      if (verdict.state !== 'abnormal') throw new Error('the shift was not seen');
      expect(draw().normal).toMatchObject({ value: verdict.finding.value, high: verdict.finding.limit });
    }
  });

  it('has the numbers of the finding, of what follows from the other tags', () => {
    const inputs = [
      { tag: 'press-1.load', unit: '%' },
      { tag: 'press-1.current', unit: 'A' },
    ];
    const joined: Subject = { ...inputs[0]!, inputs };
    const config = { learn: 360, every: 0 };
    const state = auto.init(config);
    const { normal } = seeded(5);
    const draw = () =>
      drawDetector('auto', { config, state: JSON.parse(JSON.stringify(state)), subject: joined, input: 1 });
    expect(draw().says).toBe('learning: 0 of 360 readings');
    for (let i = 0; i < 430; i++) {
      const load = 50 + 10 * normal();
      const values = Float64Array.of(load, 10 + 0.4 * load + 0.2 * normal() + (i < 410 ? 0 : 8));
      const verdict = auto.step(state, i * 1_000, values, config, joined);
      if (i < 429) continue;
      if (verdict.state !== 'abnormal') throw new Error('the fault was not seen');
      const picture = draw();
      expect(picture.says).toBe('learnt what is normal from the other tag (from 360 readings)');
      const seen = picture.normalAt?.(values, 0);
      expect(seen?.value).toBe(values[1]);
      expect(seen?.high).toBeCloseTo(verdict.finding.limit, 0);
      expect(seen?.expected).toBeCloseTo(10 + 0.4 * load, 0);
      expect(picture.normalAt?.(Float64Array.of(load, Number.NaN), 0)).toBeNull();
    }
  });

  it('is the line of the last medians and when it reaches the limit', () => {
    const DAY_MS = 86_400_000;
    const config = {
      ...{ high: 7.1, within: 30 * DAY_MS, soon: 7 * DAY_MS },
      ...{ growth: 'linear' as const, every: 3_600_000, blocks: 72, sigmas: 3 },
    };
    const state = forecast.init(config);
    const { normal } = seeded(1);
    const draw = () =>
      drawDetector('forecast', { config, state: JSON.parse(JSON.stringify(state)), subject, input: 0 });
    const step = (hour: number) =>
      forecast.step(state, hour * 3_600_000, Float64Array.of(2 + hour / 96 + 0.05 * normal()), config, subject);
    for (let hour = 0; hour < 40; hour++) step(hour);
    expect(draw()).toMatchObject({ state: 'learning', says: 'learning: 39 of 48 medians', forecast: null });
    for (let hour = 40; hour < 119; hour++) step(hour);
    const verdict = step(119);
    if (verdict.state !== 'abnormal') throw new Error('the trend was not seen');
    const { forecast: drawn, says } = draw();
    expect(says).toBe(verdict.finding.explanation);
    expect(drawn?.now.value).toBe(verdict.finding.value);
    expect(drawn?.limit).toBe(7.1);
    expect((drawn!.p50At - 119 * 3_600_000) / 3_600_000).toBeCloseTo(verdict.rul!.p50, 6);
    expect(drawn!.from.value).toBeLessThan(drawn!.now.value);
    expect([drawn!.p10At, drawn!.p50At].every((at) => at < drawn!.p90At)).toBe(true);
  });

  it('is empty for a detector that has nothing on the chart', () => {
    for (const { kind } of detectors.filter((one) => one.kind === 'stale' || one.kind === 'expression'))
      expect(drawDetector(kind, { config: {}, state: null, subject, input: 0 }).state).toBe('not drawn');
  });
});
