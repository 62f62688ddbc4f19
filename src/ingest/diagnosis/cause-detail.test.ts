import { describe, expect, it } from 'vitest';
import { AdapterError } from '../../model/errors.ts';
import { causeDetail } from './cause-detail.ts';

describe('the name of a cause', () => {
  it('is the one the system gave, however deep it lies', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:502'), { code: 'ECONNREFUSED' });
    expect(causeDetail(new AdapterError('connection_refused', 'cannot reach it', { cause: refused }))).toBe(
      'ECONNREFUSED',
    );
    const both = new AggregateError([refused, new Error('x')]);
    expect(causeDetail(new AdapterError('connection_refused', 'cannot reach it', { cause: both }))).toBe(
      'ECONNREFUSED',
    );
  });

  it('is found in the text of a library that has it only there', () => {
    const cause = new Error('Server end point rejected: BadTooManySessions (0x80560000)');
    expect(causeDetail(new AdapterError('connection_refused', 'no free session', { cause }))).toBe(
      'BadTooManySessions',
    );
  });

  it('is null when nobody gave one', () => {
    expect(causeDetail(new AdapterError('connection_lost', 'gone'))).toBeNull();
    expect(causeDetail('text')).toBeNull();
  });
});
