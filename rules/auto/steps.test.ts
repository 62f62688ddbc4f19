import { describe, expect, it } from 'vitest';
import type { Subject } from '../detector.ts';
import { seeded } from '../math/seeded.ts';
import { type AutoState, auto } from './index.ts';
import { TUNING } from './model.ts';
import { advanceSteps, fitSteps } from './steps.ts';
import { fitToEnd } from './watch.ts';

const inputs = ['flow', 'current', 'vibration'].map((name) => ({ tag: `pump-1.${name}`, unit: '' }));
const subject: Subject = { ...inputs[0]!, inputs };
const config = { learn: 400, every: 0 };

/** A pump whose flow drifts, and falls by 1.7 between `from` and `to`. */
function throttled(from: number, to: number) {
  const { normal } = seeded(11);
  return (reading: number) => {
    const drift = 0.8 * Math.sin((2 * Math.PI * reading) / 800);
    const fault = reading >= from && reading < to ? -1.7 : 0;
    return Float64Array.of(32 + 0.4 * (drift + normal()) + fault, 5 + 0.1 * normal(), 2 + 0.1 * normal());
  };
}

function run(state: AutoState, from: number, to: number, at: (reading: number) => Float64Array) {
  return Array.from({ length: to - from }, (_, i) => {
    const verdict = auto.step(state, (from + i) * 1_000, at(from + i), config, subject);
    fitToEnd(state.watch);
    return { isAlarm: verdict.state === 'abnormal', isChange: state.isChange, verdict };
  });
}

describe('the chart of shifts', () => {
  // Var(EWMA_f - EWMA_s) of white noise = 1/(2f-1) + 1/(2s-1) - 2/(f+s-1), with weights 1/f and 1/s (Lucas & Saccucci, Technometrics 32(1), 1990)
  it('knows the deviation of white noise', () => {
    const { normal } = seeded(3);
    const { stepReadings: fast, stepMemory: slow } = TUNING;
    const variance = 1 / (2 * fast - 1) + 1 / (2 * slow - 1) - 2 / (fast + slow - 1);
    const steps = fitSteps([Float64Array.from({ length: 200_000 }, normal)]);
    expect(steps.sigma[0]! / Math.sqrt(variance)).toBeCloseTo(1, 1);
    expect(steps.holds[0]).toBe(true);
  });

  it('makes no alarm of a channel that has no level to shift from', () => {
    const { normal } = seeded(4);
    let level = 0;
    const walk = Float64Array.from({ length: 500 }, () => {
      level += normal();
      return level + 0.3 * normal();
    });
    const steps = fitSteps([walk]);
    expect(steps.holds[0]).toBe(false);
    const around = { level: [0], limit: 5, readings: 500, isAlarm: false };
    for (let i = 0; i < 100; i++) expect(advanceSteps(steps, Float64Array.of(1_000), around).ratio).toBe(0);
  });
});

describe('auto', () => {
  it('finds a shift soon of a channel whose level drifts, and sees it end', () => {
    const seen = run(auto.init(config), 0, 1_200, throttled(800, 1_000));
    const alarms = seen.flatMap(({ isAlarm }, reading) => (isAlarm ? [reading] : []));
    expect(alarms[0]).toBeGreaterThanOrEqual(800);
    expect(alarms[0]).toBeLessThan(830);
    expect(alarms.at(-1)).toBeGreaterThanOrEqual(1_000);
    expect(alarms.at(-1)).toBeLessThan(1_040);
    expect(alarms).toHaveLength(alarms.at(-1)! - alarms[0]! + 1);
  });

  it('says of a shift what was normal before it', () => {
    const seen = run(auto.init(config), 0, 850, throttled(800, 1_000));
    const last = seen.at(-1)!.verdict;
    if (last.state !== 'abnormal') throw new Error('no alarm');
    expect(last.finding.explanation).toMatch(/^pump-1\.flow is [\d.]+ where [\d.]+ ± [\d.]+ is normal .*: too low/);
    const [, expected = ''] = /where ([\d.]+) ±/.exec(last.finding.explanation) ?? [];
    expect(Math.abs(Number(expected) - 32)).toBeLessThan(1);
    expect(last.finding.contributions?.[0]?.tag).toBe('pump-1.flow');
  });

  it('tells of each change once: when a shift comes and when it goes', () => {
    const seen = run(auto.init(config), 0, 1_200, throttled(800, 1_000));
    const changes = seen.flatMap(({ isChange }, reading) => (isChange ? [reading] : []));
    expect(changes).toHaveLength(2);
    expect(changes[0]).toBeGreaterThanOrEqual(800);
    expect(changes[0]).toBeLessThan(830);
    expect(changes[1]).toBeGreaterThanOrEqual(1_000);
    expect(changes[1]).toBeLessThan(1_030);
  });

  it('goes on without the chart from a state in which there was none', () => {
    const state = auto.init(config);
    run(state, 0, 500, throttled(800, 1_000));
    const { steps: _, ...model } = state.watch.model!;
    const { shifting: __, ...watch } = state.watch;
    const old: AutoState = { ...state, watch: { ...watch, model } };
    const first = 500 + run(old, 500, 1_000, throttled(800, 1_000)).findIndex(({ isAlarm }) => isAlarm);
    expect(first).toBeGreaterThanOrEqual(800);
    expect(old.watch.model?.steps).toBeUndefined();
  });
});
