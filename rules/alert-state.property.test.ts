import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AlertEffect, AlertState } from '../src/model/alert.ts';
import {
  type AlertEvent,
  type AlertMemory,
  type AlertPolicy,
  type AlertTransition,
  calm,
  step,
} from './alert-state.ts';
import type { Verdict } from './detector.ts';
import { limit } from './limit/index.ts';

type Timed = readonly [at: number, event: AlertEvent];

const verdict: fc.Arbitrary<Verdict> = fc.oneof(
  fc.constant<Verdict>({ state: 'unknown' }),
  fc.constant<Verdict>({ state: 'normal', score: 0 }),
  fc.record({
    state: fc.constant('abnormal' as const),
    score: fc.constant(1),
    level: fc.constantFrom('H' as const, 'HH' as const),
    finding: fc.record({ value: fc.integer(), limit: fc.constant(1), explanation: fc.constant('high') }),
  }),
);
const event: fc.Arbitrary<AlertEvent> = fc.oneof(
  { weight: 8, arbitrary: verdict.map((v): AlertEvent => ({ kind: 'condition', verdict: v })) },
  { weight: 1, arbitrary: fc.constant<AlertEvent>({ kind: 'acknowledge', by: 'ana' }) },
  { weight: 1, arbitrary: fc.constant<AlertEvent>({ kind: 'reset', by: 'ben' }) },
);
const history: fc.Arbitrary<Timed[]> = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 30 }), event), { maxLength: 60 })
  .map((steps) => {
    let at = 0;
    return steps.map(([gap, e]): Timed => {
      at += gap;
      return [at, e];
    });
  });
const policy: fc.Arbitrary<AlertPolicy> = fc
  .record({
    onDelayMs: fc.integer({ min: 0, max: 40 }),
    offDelayMs: fc.integer({ min: 0, max: 40 }),
    latch: fc.boolean(),
    reAlarmMs: fc.option(fc.integer({ min: 50, max: 400 }), { nil: undefined }),
  })
  .map(({ reAlarmMs, ...rest }) => (reAlarmMs === undefined ? rest : { ...rest, reAlarmMs }));

function effectsOf(events: readonly Timed[], rules: AlertPolicy): AlertTransition[] {
  let memory = calm;
  return events.flatMap(([at, e]) => {
    const next = step(memory, e, at, rules);
    memory = next.memory;
    return next.effects;
  });
}

/** What may follow what in the life of an alert, and where it stands then; `start` is where there is none. */
const MAY_FOLLOW: Readonly<Record<AlertEffect | 'start', readonly AlertEffect[]>> = {
  start: ['raised'],
  raised: ['changed', 'acknowledged', 'returned', 're-alarmed'],
  'raised again': ['changed', 'acknowledged', 'returned', 're-alarmed'],
  're-alarmed': ['changed', 'acknowledged', 'returned', 're-alarmed'],
  changed: ['changed', 'acknowledged', 'returned', 're-alarmed', 'cleared'],
  acknowledged: ['changed', 're-alarmed', 'returned', 'raised again', 'cleared'],
  corrected: [],
  returned: ['raised again', 'acknowledged', 'cleared'],
  cleared: ['raised'],
};

describe('the alert machine, for any history', () => {
  it('makes only transitions that the standard knows, in the order of their times', () => {
    fc.assert(
      fc.property(history, policy, (events, rules) => {
        let last: AlertTransition | null = null;
        for (const transition of effectsOf(events, rules)) {
          expect(MAY_FOLLOW[last?.effect ?? 'start']).toContain(transition.effect);
          expect(transition.at).toBeGreaterThanOrEqual(last?.at ?? 0);
          last = transition;
        }
      }),
      { numRuns: 500 },
    );
  });

  it('is where its last transition says, and remembers plain data', () => {
    fc.assert(
      fc.property(history, policy, (events, rules) => {
        let memory = calm;
        let state: AlertState = 'normal';
        for (const [at, e] of events) {
          const next = step(memory, e, at, rules);
          memory = JSON.parse(JSON.stringify(next.memory)) as AlertMemory; // what a checkpoint does to it
          expect(memory).toEqual(next.memory);
          state = next.effects.at(-1)?.state ?? state;
          expect(memory.state === 'pending' ? 'normal' : memory.state).toBe(state);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('does the same however often it ticks', () => {
    fc.assert(
      fc.property(history, policy, fc.array(fc.integer({ min: 0, max: 2_000 })), (events, rules, ticks) => {
        const end: Timed = [3_000, { kind: 'tick' }];
        const ticking = ticks.map((at): Timed => [at, { kind: 'tick' }]);
        const dense = [...events, ...ticking].sort((a, b) => a[0] - b[0]);
        expect(effectsOf([...dense, end], rules)).toEqual(effectsOf([...events, end], rules));
      }),
      { numRuns: 500 },
    );
  });

  it('raises exactly when an unbroken condition has lasted for the on-delay', () => {
    fc.assert(
      fc.property(history, policy, (events, rules) => {
        const known = events.filter(([, e]) => e.kind === 'condition' && e.verdict.state !== 'unknown');
        const raised = effectsOf(known, rules).filter(({ effect }) => effect === 'raised');
        for (const { at } of raised) {
          const beganAt = at - rules.onDelayMs;
          const within = known.filter(([t]) => t >= beganAt && t < at);
          const first = known.find(([t]) => t === beganAt);
          expect(first?.[1]).toMatchObject({ verdict: { state: 'abnormal' } });
          for (const [, e] of within) expect(e).toMatchObject({ verdict: { state: 'abnormal' } });
        }
      }),
      { numRuns: 500 },
    );
  });

  it('tells of one excursion when a noisy sine swings around the limit within the deadband', () => {
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: 0.05, max: 0.45, noNaN: true }), (seed, amplitude) => {
        const config = { high: 10, deadband: 1 };
        const state = limit.init(config);
        const noise = fc.sample(fc.double({ min: -amplitude, max: amplitude, noNaN: true }), { seed, numRuns: 600 });
        const events = noise.map((extra, second): Timed => {
          // Crosses the limit upwards after a minute, then swings around it with every period of 20 s.
          const value = (second < 60 ? 5 : 10) + amplitude * Math.sin((second * Math.PI) / 10) + extra;
          const at = second * 1_000;
          return [
            at,
            {
              kind: 'condition',
              verdict: limit.step(state, at, Float64Array.of(value), config, { tag: 't', unit: '' }),
            },
          ];
        });
        const told = effectsOf(events, { onDelayMs: 0, offDelayMs: 0 }).map(({ effect }) => effect);
        expect(told).toEqual(['raised']);
      }),
      { numRuns: 50 },
    );
  });
});
