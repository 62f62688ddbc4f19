import { describe, expect, it } from 'vitest';
import { live } from '../../adapters/simulator/life/life.ts';
import { judgeLife } from '../bench/detect/plant/judge.ts';
import { writeStudyPlant } from '../bench/detect/plant/plant-file.ts';
import { limitRulesOf, plantOf, replayLife } from '../bench/detect/plant/replay-life.ts';
import { sayLife } from '../bench/detect/plant/say.ts';

const BEGAN_AT = Date.UTC(2026, 5, 1);
const DAYS = 13;
const plant = plantOf(writeStudyPlant({ autoDelay: '12h' }));

/** Two short lives of the study that is run by hand over many: `npm run study`. */
function judged(seed: number) {
  const life = live({ seed, days: DAYS });
  const alerts = replayLife(life, plant, { seed, beganAt: BEGAN_AT }).map((alert) => ({
    ...alert,
    from: alert.from - BEGAN_AT,
    to: alert.to === null ? null : alert.to - BEGAN_AT,
  }));
  return judgeLife(life, alerts, limitRulesOf(plant));
}

describe('the rules on two weeks of the slow plant', () => {
  it('find the filter that blocks before its limit, and blame no machine that is well', () => {
    const judgement = judged(4);
    const said = sayLife({ seed: 4, judgement });
    const reached = judgement.faults.filter(({ fault }) => fault.limitAt !== null);
    expect(reached.length, said).toBe(1);
    expect(reached[0]!.leadMs, said).toBeGreaterThan(12 * 3_600_000);
    expect(judgement.falseMachine, said).toEqual([]);
  });

  it('tell of each sensor that lies as an instrument', () => {
    const judgement = judged(5);
    const said = sayLife({ seed: 5, judgement });
    expect(judgement.sensors.map(({ fault }) => fault.kind).sort(), said).toEqual(['dead', 'offset', 'spikes']);
    expect(
      judgement.sensors.filter(({ found }) => found === null),
      said,
    ).toEqual([]);
    expect(judgement.falseMachine, said).toEqual([]);
  });
});
