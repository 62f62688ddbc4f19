import { describe, expect, test } from 'vitest';
import type { Alert } from '../api.generated.ts';
import { isStanding, stageOf, stepsOf } from './alert-stage.ts';

const RAISED = '2026-03-03T12:00:00.000Z';
const LATER = '2026-03-03T12:05:00.000Z';
const LAST = '2026-03-03T12:09:00.000Z';

const alert: Alert = {
  id: 'a1',
  rule: 'press-pressure',
  kind: 'machine',
  tag: 'press-1.pressure',
  asset: 'press-1',
  source: null,
  state: 'unacknowledged',
  level: 'H',
  priority: 'high',
  raisedAt: RAISED,
  returnedAt: null,
  clearedAt: null,
  acknowledgedAt: null,
  acknowledgedBy: null,
  value: 5,
  limit: 4.5,
  explanation: 'press-1.pressure is 5 bar, 0.5 bar above the high limit of 4.5 bar',
  workOrder: null,
};

const told = (change: Partial<Alert>) =>
  stepsOf({ ...alert, ...change }).map(({ word, at }) => `${word}${at === null ? '?' : ''}`);

describe('the stage of an alert', () => {
  test('is its state', () => {
    for (const state of ['unacknowledged', 'acknowledged', 'returned', 'normal'] as const)
      expect(stageOf({ state, returnedAt: null })).toBe(state);
    expect(stageOf({ state: 'returned', returnedAt: LATER })).toBe('returned');
    expect(stageOf({ state: 'normal', returnedAt: LATER })).toBe('normal');
  });

  test('is latched when it was acknowledged and its condition has gone', () => {
    expect(stageOf({ state: 'acknowledged', returnedAt: LATER })).toBe('latched');
  });
});

describe('the steps of an alert', () => {
  test('say what has happened and what is still to come', () => {
    expect(told({})).toEqual(['Raised', 'Acknowledged?', 'Back to normal?', 'Cleared?']);
    expect(told({ state: 'acknowledged', acknowledgedAt: LATER })).toEqual([
      'Raised',
      'Acknowledged',
      'Back to normal?',
      'Cleared?',
    ]);
  });

  test('are in the order in which they happened', () => {
    expect(told({ state: 'returned', returnedAt: LATER })).toEqual([
      'Raised',
      'Back to normal',
      'Acknowledged?',
      'Cleared?',
    ]);
    expect(told({ state: 'normal', acknowledgedAt: LATER, clearedAt: LAST })).toEqual([
      'Raised',
      'Acknowledged',
      'Back to normal',
      'Cleared',
    ]);
  });

  test('name the reset that a latched alert waits for', () => {
    expect(told({ state: 'acknowledged', acknowledgedAt: LATER, returnedAt: LAST })).toEqual([
      'Raised',
      'Acknowledged',
      'Back to normal',
      'Reset?',
      'Cleared?',
    ]);
  });
});

describe('what an alert is about', () => {
  test.each([
    ['unacknowledged', null, true],
    ['acknowledged', null, true],
    ['acknowledged', LATER, false], // latched
    ['returned', LATER, false],
    ['normal', LATER, false],
  ] as const)('%s, back to normal %s: still so is %s', (state, returnedAt, expected) => {
    expect(isStanding({ state, returnedAt })).toBe(expected);
  });
});
