import { describe, expect, it } from 'vitest';
import { seeded } from '../math/seeded.ts';
import { type Life, learnFleet, readingsLeft } from './fleet.ts';
import { condition, startHistory } from './history.ts';

/** A machine that is well for a while and then wears to its failure; one channel shows the wear, one shows nothing. */
function life(seed: number): Life {
  const { uniform, normal } = seeded(seed);
  const [well, wearing] = [60 + Math.round(60 * uniform()), 60 + Math.round(40 * uniform())];
  const history = startHistory(2);
  return Array.from({ length: well + wearing }, (_, i) => {
    const wear = Math.max(0, (i - well) / wearing);
    return condition(history, Float64Array.of(10 * wear + 0.5 * normal(), normal()));
  });
}
const lives = (from: number, count: number) => Array.from({ length: count }, (_, i) => life(from + i));

describe('remaining life learnt from a fleet', () => {
  const fleet = learnFleet(lives(1, 40));
  const unseen = lives(1_000, 40);

  it('holds what its interval promises for machines that were not in it', () => {
    let [told, inside] = [0, 0];
    let error = 0;
    for (const machine of unseen) {
      for (let at = 0; at < machine.length; at++) {
        const left = readingsLeft(fleet, machine[at]!);
        if (left === null) continue;
        const truth = machine.length - 1 - at;
        told++;
        if (truth >= left.p10 && truth <= left.p90) inside++;
        error += Math.abs(truth - left.p50);
      }
    }
    expect(told).toBeGreaterThan(1_000);
    expect(inside / told).toBeGreaterThan(0.7);
    expect(inside / told).toBeLessThan(0.9);
    expect(error / told).toBeLessThan(15);
  });

  it('says nothing while there is nothing to be seen', () => {
    const early = unseen.flatMap((machine) => machine.slice(0, 20).map((present) => readingsLeft(fleet, present)));
    expect(early.filter((left) => left === null).length / early.length).toBeGreaterThan(0.95);
  });

  it('is the same whatever else is asked of it', () => {
    const present = unseen[0]!.at(-1)!;
    const once = readingsLeft(fleet, present);
    readingsLeft(fleet, unseen[1]![0]!);
    expect(readingsLeft(fleet, present)).toEqual(once);
    expect(once!.p10).toBeLessThanOrEqual(once!.p50);
    expect(once!.p50).toBeLessThanOrEqual(once!.p90);
  });
});
