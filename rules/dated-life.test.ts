import { describe, expect, it } from 'vitest';
import { type AlertMemory, type AlertTransition, calm, step } from './alert-state.ts';
import type { Verdict } from './detector.ts';

const HOUR_MS = 3_600_000;
const policy = { onDelayMs: 0, offDelayMs: 0 };

/** Abnormal at one level, with a life of half to twice as many hours; `null`: it does not say. */
const left = (p50: number | null): Verdict => ({
  state: 'abnormal',
  score: 0.5,
  level: 'H',
  finding: { value: 3, limit: 7.1, explanation: 'wear' },
  ...(p50 !== null && { rul: { p10: p50 / 2, p50, p90: 2 * p50 } }),
});
const calmAgain: Verdict = { state: 'normal', score: 0 };

/** Plays verdicts, `[hour, verdict]`, and answers with every effect; the memory goes through a checkpoint each time. */
function play(verdicts: readonly (readonly [number, Verdict])[], from: AlertMemory = calm) {
  let memory = from;
  const effects: AlertTransition[] = [];
  for (const [hour, verdict] of verdicts) {
    const next = step(memory, { kind: 'condition', verdict }, hour * HOUR_MS, policy);
    memory = JSON.parse(JSON.stringify(next.memory)) as AlertMemory;
    effects.push(...next.effects);
  }
  return { memory, effects, told: effects.map(({ effect, at }) => `${effect}@${at / HOUR_MS}`) };
}

describe('the remaining life of an alert', () => {
  it('is told when it is raised, counted from the verdict that said these numbers first', () => {
    const { effects, memory } = play([
      [10, left(240)],
      [10.5, left(240)],
    ]);
    expect(effects).toMatchObject([{ effect: 'raised', rul: { at: 10 * HOUR_MS, p10: 120, p50: 240, p90: 480 } }]);
    expect(memory.rul!.at).toBe(10 * HOUR_MS);
  });

  it('is told again when it is half or twice what was to be expected, and not while time merely passes', () => {
    const asForecast = Array.from({ length: 24 }, (_, day) => [24 * day, left(24 * (30 - day))] as const);
    expect(play(asForecast).told).toEqual(['raised@0']);
    const { told, effects } = play([
      [0, left(240)],
      [48, left(150)], // 192 were expected
      [72, left(84)],
      [73, left(84)],
      [96, left(120)],
    ]);
    expect(told).toEqual(['raised@0', 'changed@72', 'changed@96']);
    expect(effects.map(({ rul }) => rul!.p50)).toEqual([240, 84, 120]);
  });

  it('is no news below an hour, however it changes', () => {
    const { told } = play([
      [0, left(0.9)],
      [0.1, left(0.1)],
      [0.2, left(0)],
      [0.3, left(0.8)],
    ]);
    expect(told).toEqual(['raised@0']);
  });

  it('is told of an alert that an older program raised without it, and forgotten when the alert is normal again', () => {
    const before = play([[0, left(null)]]);
    const { told, memory } = play([[1, left(240)]], before.memory);
    expect(told).toEqual(['changed@1']);
    const returned = step(memory, { kind: 'condition', verdict: calmAgain }, 2 * HOUR_MS, policy);
    expect(returned.effects).toMatchObject([{ effect: 'returned', rul: { p50: 240 } }]);
    const cleared = step(returned.memory, { kind: 'acknowledge', by: 'ana' }, 3 * HOUR_MS, policy);
    expect(cleared.effects).toMatchObject([{ effect: 'cleared', rul: { p50: 240 } }]);
    expect(cleared.memory).not.toHaveProperty('rul');
    expect(play([[4, left(null)]], cleared.memory).effects[0]).not.toHaveProperty('rul');
  });
});
