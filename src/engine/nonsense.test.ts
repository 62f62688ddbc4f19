import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../rules/detector.ts';
import { nonsenseOf } from './nonsense.ts';

const finding = { value: 5, limit: 4, explanation: 'too high' };
const unchecked = (verdict: unknown) => nonsenseOf(verdict as Verdict); // what a detector must not answer

describe('a verdict that makes no sense', () => {
  it.each([
    [undefined, 'it answered undefined, which is no verdict'],
    [null, 'it answered null, which is no verdict'],
    [{ state: 'fine' }, 'it answered {"state":"fine"}, which is no verdict'],
    [{ state: 'normal' }, 'its score is undefined, not from 0 to 1'],
    [{ state: 'normal', score: Number.NaN }, 'its score is NaN, not from 0 to 1'],
    [{ state: 'normal', score: -0.1 }, 'its score is -0.1, not from 0 to 1'],
    [{ state: 'abnormal', score: 2, finding }, 'its score is 2, not from 0 to 1'],
    [{ state: 'abnormal', score: 1 }, 'it found something and did not say what'],
    [{ state: 'abnormal', score: 1, finding: { ...finding, value: Number.NaN } }, 'the value it found is NaN'],
    [
      { state: 'abnormal', score: 1, finding: { value: 5, explanation: '' } },
      'the limit it found exceeded is undefined',
    ],
    [
      { state: 'abnormal', score: 1, finding, rul: { p10: 1, p50: Number.NaN, p90: 3 } },
      'the hours it says are left are 1, NaN and 3',
    ],
    [
      { state: 'abnormal', score: 1, finding, rul: { p10: -1, p50: 2, p90: 3 } },
      'the hours it says are left are -1, 2 and 3',
    ],
  ])('%j is told from one that does', (verdict, reason) => {
    expect(unchecked(verdict)).toBe(reason);
  });

  it.each([
    { state: 'unknown' },
    { state: 'normal', score: 0 },
    { state: 'normal', score: 1 },
    { state: 'abnormal', score: 0.5, finding },
    { state: 'abnormal', score: 1, finding, rul: { p10: 0, p50: 0, p90: 0 } },
  ] as const)('%j is not', (verdict) => {
    expect(nonsenseOf(verdict)).toBeNull();
  });
});
