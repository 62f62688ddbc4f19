import { describe, expect, it } from 'vitest';
import { systemClock } from '../../model/clock.ts';
import { StoreError } from '../../model/errors.ts';
import { Backtests, type BacktestsOptions } from './backtests.ts';
import type { BacktestReport, BacktestRequest } from './messages.ts';

// The desk only hands these on.
const request = { from: 0, to: 10, rules: [], present: null, plant: { tags: [] } } as unknown as BacktestRequest;
const report = { readings: 7 } as unknown as BacktestReport;

/** Runs that end when the test says so, or when they are cancelled. */
function desk() {
  const runs: { end: (outcome: BacktestReport | Error) => void }[] = [];
  const stopping = new AbortController();
  const run: BacktestsOptions['run'] = (_request, { signal, onProgress }) => {
    onProgress({ at: 5, readings: 3 });
    return new Promise((resolve, reject) => {
      runs.push({ end: (outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome)) });
      if (signal.aborted) resolve(null);
      signal.addEventListener('abort', () => resolve(null));
    });
  };
  const jobs = new Backtests({ databaseUrl: '', clock: systemClock, signal: stopping.signal, run });
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return { jobs, runs, stopping, settled };
}

describe('the back-tests of a service', () => {
  it('run one after the other', async () => {
    const { jobs, runs, settled } = desk();
    const [first, second] = [jobs.start(request, 'Kim'), jobs.start(request, 'Kim')];
    expect([first.state, second.state, runs.length]).toEqual(['running', 'waiting', 1]);
    expect(jobs.find(first.id)!.progress).toEqual({ at: 5, readings: 3 });
    runs[0]!.end(report);
    await settled();
    expect(jobs.list().map(({ id, state }) => [id, state])).toEqual([
      [second.id, 'running'],
      [first.id, 'done'],
    ]);
    runs[1]!.end(new StoreError('database_unreachable', 'the database went away'));
    await jobs.idle();
    expect(jobs.find(first.id)).toMatchObject({ report, by: 'Kim', reason: null });
    expect(jobs.find(second.id)).toMatchObject({ state: 'failed', report: null, reason: 'the database went away' });
    jobs.start(request, 'Kim');
    expect(runs).toHaveLength(3);
  });

  it('are refused when too many wait', () => {
    const { jobs } = desk();
    for (let i = 0; i < 5; i++) jobs.start(request, 'Kim');
    expect(() => jobs.start(request, 'Kim')).toThrow('4 back-tests wait already');
  });

  it('are cancelled while they wait and while they run, and forgotten afterwards', async () => {
    const { jobs, runs, settled } = desk();
    const ids = [jobs.start(request, 'Kim').id, jobs.start(request, 'Kim').id];
    for (const id of ids) expect(jobs.remove(id)).toBe(true);
    await settled();
    expect(ids.map((id) => jobs.find(id)!.state)).toEqual(['cancelled', 'cancelled']);
    expect(runs).toHaveLength(1);
    for (const id of ids) jobs.remove(id);
    expect([jobs.list(), jobs.remove(ids[0]!)]).toEqual([[], false]);
  });

  it('keep only the last results', async () => {
    const { jobs, runs } = desk();
    for (let i = 0; i < 12; i++) {
      jobs.start(request, 'Kim');
      runs[i]!.end(report);
      await jobs.idle();
    }
    expect(jobs.list()).toHaveLength(10);
  });

  it('keep what was asked for in short, not the plant', async () => {
    const { jobs, runs } = desk();
    const { id } = jobs.start(request, 'Kim');
    expect(jobs.find(id)!.asked).toEqual({ from: 0, to: 10, rules: [], against: 'journal' });
    expect(jobs.find(id)).not.toHaveProperty('request');
    runs[0]!.end(report);
    await jobs.idle();
    expect(jobs.find(id)).toMatchObject({ state: 'done', asked: { to: 10 } });
  });

  it('end with the service', async () => {
    const { jobs, runs, stopping } = desk();
    jobs.start(request, 'Kim');
    jobs.start(request, 'Kim');
    stopping.abort();
    await jobs.idle();
    expect(runs).toHaveLength(1);
  });
});
