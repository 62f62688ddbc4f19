import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Subject, Verdict } from '../detector.ts';
import { seeded } from '../math/seeded.ts';
import { type AutoState, auto } from './index.ts';
import { FIT_PIECES } from './learn.ts';
import { fitToEnd } from './watch.ts';

const subject: Subject = {
  tag: 'pump-1.load',
  unit: '%',
  inputs: [
    { tag: 'pump-1.load', unit: '%' },
    { tag: 'pump-1.current', unit: 'A' },
    { tag: 'pump-1.temperature', unit: 'Cel' },
    { tag: 'pump-1.vibration', unit: 'mm/s' },
  ],
};
const config = { learn: 400, every: 0 };
/** With the last piece of the fit a reading is judged already. */
const judgedFrom = 400 + FIT_PIECES - 1;

/** A pump under a load that changes: its current, temperature and vibration follow it. `warmer`: what a fault adds, °C. */
function pump({ seed = 1, warmer = () => 0 }: { seed?: number; warmer?: (reading: number) => number } = {}) {
  const { normal } = seeded(seed);
  let load = 0;
  return (reading: number) => {
    load = 0.9 * load + normal();
    return Float64Array.of(
      60 + 5 * load,
      40 + 3 * load + 0.3 * normal(),
      50 + 2 * load + 0.4 * normal() + warmer(reading),
      3 + 0.1 * load + 0.1 * normal(),
    );
  };
}

function run(state: AutoState, from: number, to: number, inputs: (reading: number) => Float64Array): Verdict[] {
  return Array.from({ length: to - from }, (_, i) =>
    auto.step(state, (from + i) * 1000, inputs(from + i), config, subject),
  );
}

afterEach(() => vi.restoreAllMocks());

describe('auto', () => {
  it('says nothing while it learns and nothing of a machine that is well', () => {
    const verdicts = run(auto.init(config), 0, 4_000, pump());
    expect(verdicts.slice(0, judgedFrom).every(({ state }) => state === 'unknown')).toBe(true);
    expect(verdicts.slice(judgedFrom).every(({ state }) => state === 'normal')).toBe(true);
  });

  it('finds a rise that the changes of the load hide, and names the tag, the number and the time', () => {
    const faulty = pump({ warmer: (reading) => (reading >= 1_000 ? 2 : 0) });
    const verdicts = run(auto.init(config), 0, 1_100, faulty);
    const first = verdicts.findIndex(({ state }) => state === 'abnormal');
    expect(first).toBeGreaterThanOrEqual(1_000);
    expect(first).toBeLessThan(1_020);
    const verdict = verdicts.at(-1)!;
    if (verdict.state !== 'abnormal') throw new Error('the alarm has ended');
    expect(verdict.finding.explanation).toMatch(
      /^pump-1\.temperature is [\d.]+ °C where [\d.]+ °C ± [\d.]+ °C is normal at what the other 3 tags show: too high for 9\d s, over the last \d+ readings [\d.]+ times its usual scatter \(learnt from 400 readings\)$/,
    );
    expect(verdict.finding.contributions?.[0]?.tag).toBe('pump-1.temperature');
    expect(verdict.finding.value).toBeGreaterThan(verdict.finding.limit);
  });

  it('says how far from normal it is, however far that is', () => {
    for (const warmer of [4, 40]) {
      const verdict = run(
        auto.init(config),
        0,
        1_100,
        pump({ warmer: (reading) => (reading >= 1_000 ? warmer : 0) }),
      ).at(-1)!;
      if (verdict.state !== 'abnormal') throw new Error('the alarm has ended');
      const [, normal] = /°C where ([\d.]+) °C ±/.exec(verdict.finding.explanation)!;
      expect(Math.abs(verdict.finding.value - Number(normal) - warmer)).toBeLessThan(2);
    }
  });

  it('names the part that leads when another hears its fault, in the sentence and first of the contributions', () => {
    const { normal } = seeded(12);
    const tags = ['bearing-1', 'bearing-2'].flatMap((part) => [`${part}.vibration`, `${part}.temperature`]);
    const inputs = tags.map((tag) => ({ tag, unit: '' }));
    const state = auto.init(config);
    const findings = Array.from({ length: 1_400 }, (_, reading) => {
      const wear = 0.01 * Math.max(0, reading - 1_000);
      const shaft = Float64Array.of(
        3 + wear + 0.1 * normal(),
        50 + normal(),
        3 + wear / 3 + 0.1 * normal(),
        50 + normal(),
      );
      const verdict = auto.step(state, reading * 1_000, shaft, config, { ...inputs[0]!, inputs });
      return verdict.state === 'abnormal' ? verdict.finding : null;
    });
    const first = findings.findIndex((finding) => finding !== null);
    expect(first).toBeGreaterThan(1_000);
    expect(findings.slice(first).every((finding) => finding !== null)).toBe(true);
    expect(findings[first]?.contributions?.[0]?.tag).toBe('bearing-1.vibration');
    const named = findings.slice(first).map((finding) => finding?.explanation.split(' ')[0]);
    expect(named).toEqual(findings.slice(first).map((finding) => finding?.contributions?.[0]?.tag));
    expect(findings.at(-1)?.contributions?.map(({ tag }) => tag)).toContain('bearing-2.vibration');
  });

  it('ends the alarm when the machine is well again', () => {
    const verdicts = run(
      auto.init(config),
      0,
      1_300,
      pump({ warmer: (reading) => (reading >= 1_000 && reading < 1_100 ? 2 : 0) }),
    );
    expect(verdicts.at(-1)?.state).toBe('normal');
  });

  it('goes on from a state that was written down as if nothing had happened', () => {
    const late = (reading: number) => (reading < 1_000 ? 0 : 2);
    const [left, right] = [pump({ seed: 2, warmer: late }), pump({ seed: 2, warmer: late })];
    const whole = run(auto.init(config), 0, 1_500, left);
    let state = auto.init(config);
    const pieces: Verdict[] = [];
    for (let from = 0; from < 1_500; from += 300) {
      pieces.push(...run(state, from, from + 300, right));
      state = JSON.parse(JSON.stringify(state)) as AutoState; // what a checkpoint does
    }
    expect(pieces).toEqual(whole);
    expect(whole.some(({ state }) => state === 'abnormal')).toBe(true);
  });

  it('judges means over a time, so that readings of a fast tag teach as long as it is told', () => {
    const means = { learn: 400, every: 10_000 };
    const faulty = pump({ seed: 4, warmer: (reading) => (reading >= 10_000 ? 1 : 0) });
    const state = auto.init(means);
    const verdicts = Array.from(
      { length: 11_000 },
      (_, i) => auto.step(state, i * 1_000, faulty(i), means, subject).state,
    );
    expect(verdicts.indexOf('normal')).toBeGreaterThan(4_000);
    expect(verdicts.indexOf('normal')).toBeLessThan(4_040);
    expect(verdicts.indexOf('abnormal')).toBeGreaterThan(10_000);
    expect(verdicts.indexOf('abnormal')).toBeLessThan(10_200);
  });

  it('keeps at most 4 KB of state a tag, while it learns and after', () => {
    const state = auto.init({ learn: 480, every: 0 });
    const well = pump({ seed: 5 });
    let most = 0;
    for (let i = 0; i < 1_000; i++) {
      auto.step(state, i * 1_000, well(i), { learn: 480, every: 0 }, subject);
      if (i % 20 === 19) most = Math.max(most, JSON.stringify(state).length / well(i).length);
    }
    expect(most).toBeLessThan(4_096);
  });

  it('takes a missing reading for no evidence', () => {
    const well = pump({ seed: 3 });
    const verdicts = run(auto.init(config), 0, 2_000, (reading) => {
      const inputs = well(reading);
      if (reading % 3 === 0) inputs[2] = Number.NaN;
      return inputs;
    });
    expect(verdicts.slice(judgedFrom).every(({ state }) => state === 'normal')).toBe(true);
  });

  it('does not take a cold machine for ill while the sensor beside is dead', () => {
    const { normal } = seeded(9);
    const state = auto.init(config);
    const verdicts = run(state, 0, 1_600, (reading) => {
      const warmth = -12 * Math.exp(-(reading % 200) / 8); // it starts cold
      const load = normal();
      const isDead = reading >= 900 && reading < 1_500;
      return Float64Array.of(
        60 + 5 * load,
        40 + 3 * load + 0.3 * normal(),
        50 + 2 * warmth + 0.4 * normal(),
        isDead ? Number.NaN : 45 + 2 * warmth + 0.4 * normal(),
      );
    });
    expect(verdicts.slice(judgedFrom).filter(({ state: said }) => said !== 'normal')).toEqual([]);
  });

  it.each([
    ['fewer numbers than tags', (inputs: Float64Array) => inputs.subarray(0, 2)],
    ['more numbers than tags', (inputs: Float64Array) => Float64Array.of(...inputs, 7)],
    ['no finite number', () => Float64Array.of(Infinity, -Infinity, Number.NaN, Infinity)],
  ])('finds what comes after readings of %s', (_, damaged) => {
    const faulty = pump({ seed: 8, warmer: (reading) => (reading >= 1_000 ? 4 : 0) });
    const state = auto.init(config);
    const verdicts = run(state, 0, 1_100, (reading) => {
      const inputs = faulty(reading);
      return reading === 100 || reading === 399 || reading === 700 ? damaged(inputs) : inputs;
    });
    expect(verdicts.slice(judgedFrom, 1_000).every(({ state }) => state === 'normal')).toBe(true);
    expect(verdicts.at(-1)?.state).toBe('abnormal');
    expect(state).toEqual(JSON.parse(JSON.stringify(state))); // which NaN and undefined do not survive
  });

  it('does no more than one piece of the fit with one reading, at the most tags and readings it takes', () => {
    const most = { learn: 500, every: 0 };
    const tags = Array.from({ length: 100 }, (_, i) => ({ tag: `press-1.t${i}`, unit: 'Cel' }));
    expect(auto.refuseTag?.(most, { ...tags[0]!, inputs: tags })).toBeNull();
    const { normal } = seeded(6);
    const state = auto.init(most);
    const sort = vi.spyOn(Float64Array.prototype, 'sort');
    const medians: number[] = [];
    for (let i = 0; i < 520; i++) {
      sort.mockClear();
      const inputs = Float64Array.from(tags, () => normal());
      auto.step(state, i * 1000, inputs, most, { ...tags[0]!, inputs: tags });
      medians.push(sort.mock.calls.length);
    }
    // two medians of each tag, centre and width, are what one fit takes
    expect(Math.max(...medians)).toBe(2 * tags.length);
    expect(medians.filter((count) => count > 0)).toHaveLength(FIT_PIECES);
    expect(state.watch.model?.readings).toBe(500);
  });

  it('learns the same in pieces with restarts between them as at once', () => {
    const nothing = () => new Float64Array(4).fill(Number.NaN);
    const atOnce = auto.init(config);
    run(atOnce, 0, 400, pump({ seed: 7 }));
    let inPieces = JSON.parse(JSON.stringify(atOnce)) as AutoState;
    fitToEnd(atOnce.watch);
    for (let piece = 0; piece < FIT_PIECES - 1; piece++) {
      run(inPieces, 400 + piece, 401 + piece, nothing);
      expect(inPieces.watch.model).toBeNull();
      inPieces = JSON.parse(JSON.stringify(inPieces)) as AutoState; // what a checkpoint does
    }
    run(inPieces, judgedFrom, judgedFrom + 1, nothing);
    run(atOnce, judgedFrom, judgedFrom + 1, nothing);
    expect(inPieces.watch.model?.readings).toBe(400);
    expect(inPieces).toEqual(atOnce);
  });

  it('refuses more than one piece of the fit can take', () => {
    const refusal = (learn: number, tags: number) =>
      auto.refuseTag?.({ learn, every: 0 }, { ...subject, inputs: new Array<typeof subject>(tags).fill(subject) });
    expect(refusal(400, 101)).toBe('at most 100 tags are judged together, not 101: make a rule for each machine');
    expect(refusal(2_000, 40)).toBe('learn of 2000 is too much for 40 tags: at most 1250');
    expect(refusal(2_000, 25)).toBeNull();
  });
});
