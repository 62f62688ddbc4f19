import { describe, expect, it } from 'vitest';
import { seeded } from '../math/seeded.ts';
import { states } from './index.ts';

type Config = Parameters<typeof states.step>[3];
const SECOND_MS = 1_000;
const config: Config = { off: 50, width: 250, settle: 120 * SECOND_MS, learn: 300, sigmas: 6, minSigma: 0 };
const inputs = [
  { tag: 'pump-1.vibration', unit: 'mm/s' },
  { tag: 'pump-1.speed', unit: '/min' },
];
const subject = { ...inputs[0]!, inputs };

/** Off, idle at 620 and full at 1,480 rpm in turn, 15 min each; after a change the vibration swings for 90 s. */
function pump(seed: number, louder: (second: number) => number = () => 0) {
  const { normal } = seeded(seed);
  return (second: number) => {
    const [turn, inTurn] = [Math.floor(second / 900) % 4, second % 900];
    const speed = turn === 0 ? 0 : turn === 2 ? 1_480 : 620;
    const swing = inTurn < 90 ? 8 * Math.exp(-inTurn / 30) : 0;
    return Float64Array.of(speed / 400 + swing + louder(second) + 0.1 * normal(), speed + 5 * normal());
  };
}

function watch(seconds: number, measure: (second: number) => Float64Array) {
  const state = states.init(config);
  const said = Array.from({ length: seconds }, (_, second) =>
    states.step(state, second * SECOND_MS, measure(second), config, subject),
  );
  return { said, state };
}

describe('operating states', () => {
  it('starts, stops and other speeds never alarm', () => {
    const { said, state } = watch(8 * 3_600, pump(1));
    expect(said.filter((each) => each.state === 'abnormal')).toEqual([]);
    expect(said.filter((each) => each.state === 'normal').length).toBeGreaterThan(8_000);
    expect(Object.keys(state.states)).toEqual(['2', '5']);
    expect(JSON.stringify(state).length).toBeLessThan(4_096);
  });

  it('off is not judged, whatever the tag says', () => {
    const { said } = watch(
      3 * 3_600,
      pump(2, (second) => (second > 7_200 && second % 3_600 < 900 ? 50 : 0)),
    );
    expect(said.slice(7_320, 8_100).every((each) => each.state === 'unknown')).toBe(true);
  });

  it('what is too much for idling is told, though it is less than at full speed', () => {
    const { said } = watch(
      4 * 3_600,
      pump(3, (second) => (second > 3 * 3_600 ? 0.5 : 0)),
    );
    const at = said.findIndex((each) => each.state === 'abnormal');
    expect(at).toBeGreaterThan(3 * 3_600 + 900 + 120);
    expect(at).toBeLessThan(3 * 3_600 + 900 + 150);
    const verdict = said[at + 60]!;
    if (verdict.state !== 'abnormal') throw new Error('the alarm has ended');
    expect(verdict.finding.explanation).toMatch(
      /^pump-1\.vibration is 2(\.0\d+)? mm\/s on average where 1\.5\d* mm\/s ± 0\.2\d* mm\/s is normal with pump-1\.speed at 500 to 750 rpm: too high for 60 s \(learnt from 300 readings of this state\)$/,
    );
  });

  // λ = 0.2, L = 2.962 has an average run length of 500: Lucas & Saccucci 1990, table 3
  it('runs as long without a fault as published', () => {
    const { normal } = seeded(5);
    const settings = { ...config, sigmas: 2.962 };
    let total = 0;
    for (let run = 0; run < 1_500; run++) {
      const state = { ...states.init(settings), anchor: 1_480, states: { 5: { count: 300, mean: 0, squares: 299 } } };
      for (let length = 1; ; length++) {
        const row = Float64Array.of(normal(), 1_480);
        if (states.step(state, length, row, settings, subject).state !== 'abnormal') continue;
        total += length;
        break;
      }
    }
    expect(Math.abs(total / 1_500 - 500)).toBeLessThan(40);
  });

  it('needs the tag that says the state', () => {
    expect(states.refuseTag!(config, inputs[0]!)).toMatch(/needs two tags/);
    expect(states.refuseTag!(config, subject)).toBeNull();
  });
});
