import { expect, it } from 'vitest';
import type { Rule } from '../../model/plant.ts';
import { compilePlan } from '../compile.ts';
import { planAbout } from './overlooked.ts';

const TAG = 'pump.vibration';
const usual = { on: [TAG], when: null, onDelayMs: 0, offDelayMs: 0, priority: 'medium', workOrder: null } as const;
const rules: readonly Rule[] = [
  { ...usual, id: 'high', detect: 'limit', with: { high: 4.5, deadband: 0 } },
  { ...usual, id: 'silent', detect: 'stale', with: { after: 20_000 } },
  { ...usual, id: 'moved', detect: 'ewma', with: {} },
];
const plan = compilePlan({
  rules,
  sources: [],
  tags: [{ name: TAG, asset: 'pump', unit: null, source: null, range: null, deadband: 0, heartbeatMs: 1 }],
});

it('looks again at what readings alone decide: not at silence, nor at what had been learnt by then', () => {
  expect(plan.watches.map(({ rule }) => rule)).toEqual(['high', 'silent', 'moved']);
  expect(planAbout(plan, new Set([TAG])).watches.map(({ rule }) => rule)).toEqual(['high']);
});
