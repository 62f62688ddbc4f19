import { describe, expect, it } from 'vitest';
import { sayLeft } from './say-left.ts';

const left = { p10: 31, p50: 76, p90: 127 };
const said = (row: Partial<Parameters<typeof sayLeft>[0]>): unknown =>
  JSON.parse(sayLeft({ unit: 51, cycle: 11, t: '2026-11-21T10:00:00Z', left, agedHours: 5, ...row }));

describe('what a machine has left', () => {
  it('is said in rows, and in hours by the mean distance of its rows', () => {
    const rul = { p10: 15.5, p50: 38, p90: 63.5, unit: 'h' };
    expect(said({})).toEqual({ unit: 51, cycle: 11, t: '2026-11-21T10:00:00Z', ...left, rul });
  });

  it('has no hours at the first row, nor while no time has gone by', () => {
    expect(said({ cycle: 1, agedHours: 0 })).toMatchObject({ ...left, rul: null });
    expect(said({ cycle: 2, agedHours: 0 })).toMatchObject({ ...left, rul: null });
  });

  it('has no hours where times are plain numbers of nobody knows what', () => {
    expect(said({ t: '11', agedHours: null })).toEqual({ unit: 51, cycle: 11, t: '11', ...left });
  });

  it('is null while nothing is to be seen yet', () => {
    expect(said({ left: null })).toMatchObject({ p10: null, p50: null, p90: null, rul: null });
  });
});
