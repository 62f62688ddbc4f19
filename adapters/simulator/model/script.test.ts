import { describe, expect, it } from 'vitest';
import type { GroundTruth, GroundTruthEntry } from './ground-truth.ts';
import { shiftGroundTruth } from './ground-truth.ts';
import { LIMIT_RULES, ON_DELAY_MS } from './limits.ts';
import { createPlantModel } from './plant-model.ts';
import { CYCLE_MS } from './script.ts';

const SEEDS = Array.from({ length: 200 }, (_, i) => i * 7_919 + 1);
const truths: readonly [seed: number, GroundTruth][] = SEEDS.map((seed) => [
  seed,
  createPlantModel(seed).groundTruth(),
]);

describe('the script of 200 seeds', () => {
  it('begins with bearing wear on the pump that crosses its limit 25 to 40 s after the beginning', () => {
    for (const [seed, truth] of truths) {
      const faults = truth.filter((entry) => entry.kind !== 'look-alike');
      expect(truth[0], `seed ${seed}`).toBe(faults[0]);
      expect(faults[0], `seed ${seed}`).toMatchObject({
        kind: 'bearing wear',
        tag: 'pump-1.vibration',
        rule: 'pump-1-vibration-high',
        expect: 'machine alert',
      });
      expect(faults[0]?.exceedsLimitAt, `seed ${seed}`).toBeGreaterThanOrEqual(25_000);
      expect(faults[0]?.exceedsLimitAt, `seed ${seed}`).toBeLessThanOrEqual(40_000);
      const others = faults.slice(1).map((entry) => entry.exceedsLimitAt ?? entry.startsAt);
      expect(Math.min(...others), `seed ${seed}`).toBeGreaterThan(faults[0]?.exceedsLimitAt ?? 0);
    }
  });

  it('has every kind of fault, starting between 20 and 150 s and overlapping', () => {
    for (const [seed, truth] of truths) {
      for (const kind of ['imbalance', 'overheating', 'stuck sensor', 'link loss'] as const) {
        const [fault, ...more] = truth.filter((entry) => entry.kind === kind);
        expect(more, `seed ${seed}`).toEqual([]);
        expect(fault?.startsAt, `seed ${seed}: ${kind}`).toBeGreaterThanOrEqual(20_000);
        expect(fault?.startsAt, `seed ${seed}: ${kind}`).toBeLessThanOrEqual(150_000);
      }
      const at = 150_000;
      const active = truth.filter((entry) => entry.startsAt <= at && (entry.endsAt ?? 0) > at);
      expect(active.length, `seed ${seed}`).toBeGreaterThanOrEqual(3);
      expect(truth.filter((entry) => entry.kind === 'look-alike')).toHaveLength(4);
    }
  });

  it('drops one link for 20 to 30 s, away from every crossing on that link', () => {
    for (const [seed, truth] of truths) {
      const link = only(truth, 'link loss');
      const length = (link.endsAt ?? 0) - link.startsAt;
      expect(link.startsAt, `seed ${seed}`).toBeGreaterThanOrEqual(70_000);
      expect(length, `seed ${seed}`).toBeGreaterThanOrEqual(20_000);
      expect(length, `seed ${seed}`).toBeLessThanOrEqual(30_000);
      for (const entry of truth) {
        if (entry.source !== link.source || entry.exceedsLimitAt === null || entry.kind === 'bearing wear') continue;
        const isClear =
          entry.exceedsLimitAt < link.startsAt - 15_000 || entry.exceedsLimitAt > (link.endsAt ?? 0) + 15_000;
        expect(isClear, `seed ${seed}: ${entry.id} at ${entry.exceedsLimitAt}, link ${link.startsAt}`).toBe(true);
      }
    }
  });

  it('sticks a sensor that nothing else happens to, on a source that stays', () => {
    for (const [seed, truth] of truths) {
      const stuck = only(truth, 'stuck sensor');
      expect(stuck.source, `seed ${seed}`).not.toBe(only(truth, 'link loss').source);
      expect(
        truth.filter((entry) => entry.tag === stuck.tag),
        `seed ${seed}`,
      ).toHaveLength(1);
    }
  });

  it('gives every machine fault a rule, an end and ids that are unique over cycles', () => {
    const model = createPlantModel(5);
    const truth = model.groundTruth({ from: 0, to: 4 });
    expect(new Set(truth.map((entry) => entry.id)).size).toBe(truth.length);
    for (const entry of truth) expect(entry.endsAt).toBeGreaterThan(entry.startsAt);
    for (const entry of truth.filter(isLimited))
      expect(entry.alertDueAt).toBe((entry.exceedsLimitAt ?? 0) + ON_DELAY_MS);
  });
});

describe('the truth of 40 seeds', () => {
  it('exceeds a limit for longer than the on-delay exactly where the ground truth says so', () => {
    for (const seed of SEEDS.slice(0, 40)) {
      const model = createPlantModel(seed);
      const found = LIMIT_RULES.flatMap(({ tag, high }) =>
        excursions((at) => (model.truth(tag, at) ?? 0) > high)
          .filter(([from, to]) => to - from >= ON_DELAY_MS)
          .map(([from]) => `${tag} at ${from}`),
      );
      const told = model
        .groundTruth()
        .filter(isLimited)
        .map((entry) => `${entry.tag} at ${entry.exceedsLimitAt}`);
      expect(found.sort(), `seed ${seed}`).toEqual(told.sort());
    }
  });

  it('makes the rules raise exactly the machine alerts of the ground truth, in time, from noisy readings at 2 Hz', () => {
    for (const seed of SEEDS.slice(0, 40)) {
      const model = createPlantModel(seed);
      const told = model.groundTruth().filter(isLimited);
      for (const rule of LIMIT_RULES) {
        const entry = told.find((candidate) => candidate.tag === rule.tag);
        const raised = judge(rule, (at) => model.measure(rule.tag, at) ?? 0);
        expect(raised.length, `seed ${seed}: ${rule.id}`).toBe(entry === undefined ? 0 : 1);
        if (entry?.alertDueAt == null) continue;
        expect(Math.abs((raised[0] ?? 0) - entry.alertDueAt), `seed ${seed}: ${rule.id}`).toBeLessThan(2_000);
      }
    }
  });

  it('crosses the limit of the first fault steeply and goes on beyond high-high', () => {
    for (const [seed, truth] of truths.slice(0, 40)) {
      const model = createPlantModel(seed);
      const at = only(truth, 'bearing wear').exceedsLimitAt ?? 0;
      const sigma = 0.06;
      expect(model.truth('pump-1.vibration', at - 750), `seed ${seed}`).toBeLessThan(4.5 - 3 * sigma);
      expect(model.truth('pump-1.vibration', at + 750), `seed ${seed}`).toBeGreaterThan(4.5 + 3 * sigma);
      expect(model.truth('pump-1.vibration', at + 90_000), `seed ${seed}`).toBeGreaterThan(7.1);
      expect(model.truth('pump-1.temperature', at + 90_000)).toBeGreaterThan(
        (model.truth('pump-1.temperature', 0) ?? 0) + 8,
      );
    }
  });
});

it('a shifted ground truth moves every time and nothing else', () => {
  const truth = createPlantModel(1).groundTruth();
  const shifted = shiftGroundTruth(truth, 1_000);
  expect(shiftGroundTruth(shifted, -1_000)).toEqual(truth);
  expect(shifted[0]?.startsAt).toBe((truth[0]?.startsAt ?? 0) + 1_000);
});

/** A fault that a limit finds: waveforms have no limit. */
function isLimited({ expect, tag }: GroundTruthEntry): boolean {
  return expect === 'machine alert' && LIMIT_RULES.some((rule) => rule.tag === tag);
}

function only(truth: GroundTruth, kind: GroundTruthEntry['kind']): GroundTruthEntry {
  const entry = truth.find((candidate) => candidate.kind === kind);
  if (entry === undefined) throw new Error(`no ${kind}`);
  return entry;
}

/** The spans in which something is true, seen at 4 Hz over one cycle. */
function excursions(isTrue: (at: number) => boolean): [from: number, to: number][] {
  const spans: [number, number][] = [];
  let since: number | null = null;
  for (let at = 0; at <= CYCLE_MS; at += 250) {
    const now = at < CYCLE_MS && isTrue(at);
    if (now && since === null) since = at;
    if (!now && since !== null) {
      spans.push([since, at]);
      since = null;
    }
  }
  return spans;
}

/** When a limit rule with deadband and on-delay raises, reading twice a second: by the book, not by our detector. */
function judge(rule: { readonly high: number; readonly deadband: number }, read: (at: number) => number): number[] {
  const raised: number[] = [];
  let since: number | null = null;
  let isRaised = false;
  for (let at = 130; at < CYCLE_MS; at += 500) {
    const isAbove = read(at) > (since === null ? rule.high : rule.high - rule.deadband);
    if (!isAbove) {
      since = null;
      isRaised = false;
      continue;
    }
    since ??= at;
    if (!isRaised && at - since >= ON_DELAY_MS) {
      raised.push(since + ON_DELAY_MS);
      isRaised = true;
    }
  }
  return raised;
}
