import type { Transition } from '../model/transition.ts';

/** A limit that is passed: where most alerts begin. */
export const RAISED: Transition = {
  alert: '00000000-0000-8000-a000-000000000001',
  rule: 'hot',
  kind: 'machine',
  tag: 'press.temperature',
  asset: 'press',
  source: 'push',
  priority: 'high',
  workOrder: null,
  effect: 'raised',
  state: 'unacknowledged',
  at: 1_000,
  raisedAt: 1_000,
  level: 'H',
  finding: { value: 91, limit: 90, explanation: 'temperature 91 Cel is above 90 Cel' },
  by: null,
  note: null,
  position: 10,
};
