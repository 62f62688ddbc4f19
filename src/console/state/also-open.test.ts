import { expect, it } from 'vitest';
import type { WorkOrder } from '../api.generated.ts';
import { alsoOpenWith } from './also-open.ts';

const order = (number: string, more: Partial<WorkOrder> = {}): WorkOrder => ({
  ...{ id: number, number, state: 'open', asset: 'pump-1', title: '', description: '', failureMode: 'VIB' },
  ...{ priority: 'medium', createdAt: '', dueAt: null, alerts: [], alsoOpen: [] },
  ...{ startedAt: null, startedBy: null, closedAt: null, closedBy: null },
  ...{ found: null, cause: null, remedy: null, notes: null, ...more },
});

it('a job names the other open jobs of its machine, those made since and those that only the service knows', () => {
  const first = order('WO-3', { alsoOpen: ['WO-1', 'WO-2'] });
  const known = [
    first,
    order('WO-2', { state: 'done' }),
    order('WO-5', { state: 'in progress' }),
    order('WO-6', { asset: 'pump-2' }),
  ];
  expect(alsoOpenWith(first, known)).toEqual(['WO-1', 'WO-5']);
  expect(alsoOpenWith(order('WO-7', { asset: null }), known)).toEqual([]);
});
