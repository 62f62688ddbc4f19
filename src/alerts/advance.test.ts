import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Alert } from '../model/alert.ts';
import type { Transition } from '../model/transition.ts';
import { advance } from './advance.ts';
import { RAISED } from './testbench.ts';

describe('an alert', () => {
  it('keeps what a transition does not say', () => {
    const raised = advance(null, RAISED);
    const acknowledged = advance(raised, {
      ...RAISED,
      effect: 'acknowledged',
      state: 'acknowledged',
      at: 2_000.7,
      by: 'anna',
      level: null,
      finding: null,
    });
    expect(acknowledged).toEqual({
      ...raised,
      state: 'acknowledged',
      acknowledgedAt: 2_000, // a journal line has the microseconds, an alert milliseconds
      acknowledgedBy: 'anna',
    });
    const cleared = advance(acknowledged, {
      ...RAISED,
      effect: 'cleared',
      state: 'normal',
      at: 3_000,
      level: null,
      finding: null,
    });
    expect(cleared).toMatchObject({ state: 'normal', clearedAt: 3_000, acknowledgedBy: 'anna', value: 91, level: 'H' });
  });

  it('that is raised again is to be acknowledged again', () => {
    const returned: Alert = {
      ...advance(null, RAISED),
      state: 'returned',
      returnedAt: 5,
      acknowledgedAt: 4,
      acknowledgedBy: 'anna',
    };
    expect(advance(returned, { ...RAISED, effect: 'raised again' })).toMatchObject({
      returnedAt: null,
      acknowledgedAt: null,
      acknowledgedBy: null,
    });
  });

  it('is the same after a sequence of transitions was done twice', () => {
    const transition = fc.record({
      effect: fc.constantFrom('raised again', 'changed', 'acknowledged', 'returned', 'cleared'),
      at: fc.nat(10_000),
      level: fc.constantFrom('H', 'HH', null),
      by: fc.constantFrom('anna', null),
      finding: fc.constantFrom(null, { value: 95, limit: 90, explanation: 'hotter' }),
    });
    fc.assert(
      fc.property(fc.array(transition, { maxLength: 8 }), (moves) => {
        const all: Transition[] = [RAISED, ...moves.map((move) => ({ ...RAISED, ...move }) as Transition)];
        const once = all.reduce<Alert | null>(advance, null);
        expect(all.reduce<Alert | null>(advance, once)).toEqual(once);
      }),
    );
  });
});
