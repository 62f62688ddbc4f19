import { expect, test } from 'vitest';
import { jobsInOrder, type Ordered } from './job-order.ts';

const job = (number: string, more: Partial<Ordered>): Ordered => ({
  ...{ number, state: 'open', priority: 'medium', dueAt: null, closedAt: null },
  ...more,
});

test('what is due first stands first, the more urgent of the same date, then what has no date', () => {
  const jobs = [
    job('undated', { priority: 'critical' }),
    job('low, in two weeks', { priority: 'low', dueAt: '2026-12-07T10:00:00Z' }),
    job('low, in eight hours', { priority: 'low', dueAt: '2026-11-23T18:00:00Z' }),
    job('high, in eight hours', { priority: 'high', dueAt: '2026-11-23T18:00:00Z', state: 'in progress' }),
    job('overdue', { priority: 'low', dueAt: '2026-11-22T18:00:00Z' }),
  ];
  expect(jobsInOrder(jobs).map(({ number }) => number)).toEqual([
    ...['overdue', 'high, in eight hours', 'low, in eight hours', 'low, in two weeks', 'undated'],
  ]);
});

test('closed jobs come last, the newest first, whatever they were due', () => {
  const jobs = [
    job('long done', { state: 'done', dueAt: '2026-11-01T10:00:00Z', closedAt: '2026-11-01T09:00:00Z' }),
    job('just cancelled', { state: 'cancelled', dueAt: '2026-12-01T10:00:00Z', closedAt: '2026-11-22T09:00:00Z' }),
    job('open', { dueAt: '2027-01-01T10:00:00Z' }),
  ];
  expect(jobsInOrder(jobs).map(({ number }) => number)).toEqual(['open', 'just cancelled', 'long done']);
});
