import { expect, it } from 'vitest';
import { type AlertPolicy, calm, step } from './alert-state.ts';
import type { Verdict } from './detector.ts';
import { NORMAL } from './verdict.ts';

const abnormal: Verdict = {
  state: 'abnormal',
  score: 1,
  level: 'H',
  finding: { value: 5, limit: 4.5, explanation: 'is 5' },
};
const policy: AlertPolicy = { onDelayMs: 30_000, offDelayMs: 60_000 };

/** Three events: of 40 s, of 10 s, and of 40 s. */
function told(by: AlertPolicy): string[] {
  let memory = calm;
  return [0, 40, 110, 120, 200, 240].flatMap((second, i) => {
    const verdict = i === 5 || i % 2 === 0 ? abnormal : NORMAL;
    const next = step(memory, { kind: 'condition', verdict }, second * 1_000, by);
    memory = next.memory;
    return next.effects.map(({ effect, at }) => `${effect}@${at / 1_000}`);
  });
}

it('an alert that is over when it returns begins anew, with its delay', () => {
  const expected = ['raised@30', 'cleared@100', 'raised@230'];
  expect(told({ ...policy, afterReturn: 'cleared' })).toEqual(expected);
  expect(told({ ...policy, afterReturn: 'cleared', latch: true })).toEqual(expected);
  expect(told(policy)).toEqual(['raised@30', 'returned@100', 'raised again@110', 'returned@180', 'raised again@200']);
});
