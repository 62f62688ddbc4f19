import { describe, expect, test } from 'vitest';
import type { SourceCondition } from '../adapter.ts';
import { ConditionBook, MAX_REMEMBERED, type ToldCondition } from './condition-book.ts';

type Told = Partial<Pick<SourceCondition, 'key' | 'state'>> &
  Partial<Omit<ToldCondition, 'said'>> & { readonly acknowledged?: 'yes' | 'no' };

function told({ key = 'k', state = 'active', acknowledged = 'no', branch = null, ...rest }: Told): ToldCondition {
  const said: SourceCondition = {
    kind: 'condition',
    key,
    state,
    acknowledged: acknowledged === 'yes' ? { by: 'op', note: null } : null,
    priority: 'low',
    level: null,
    severity: 1,
    from: '',
    name: '',
    message: '',
    at: 1,
    subject: null,
  };
  return { said, branch, isOver: state === 'inactive' && branch === null, isTooLow: false, ...rest };
}

/** What the book tells on, in short. */
function tell(book: ConditionBook, each: Told): string | null {
  const said = book.take(told(each));
  return said && `${said.state}${said.acknowledged ? ' acknowledged' : ''}`;
}

describe('the book of conditions', () => {
  test('believes an acknowledgement that comes by itself', () => {
    const book = new ConditionBook();
    expect(tell(book, { state: 'active' })).toBe('active');
    expect(tell(book, { state: 'active', acknowledged: 'yes' })).toBe('active acknowledged');
    expect(tell(book, { state: 'inactive', acknowledged: 'yes' })).toBe('inactive acknowledged');
    expect(tell(book, { state: 'inactive', acknowledged: 'yes' })).toBe('inactive acknowledged');
  });

  test('does not take an alarm that ended for one that was acknowledged', () => {
    const book = new ConditionBook();
    tell(book, { state: 'active' });
    expect(tell(book, { state: 'inactive', acknowledged: 'yes' })).toBe('inactive');
  });

  test('believes the acknowledgement of an alarm that the server then no longer shows, active as it is', () => {
    const book = new ConditionBook();
    tell(book, { state: 'active' });
    expect(tell(book, { state: 'inactive', isOver: false, acknowledged: 'yes' })).toBe('inactive acknowledged');
  });

  test('takes the acknowledgement of the last branch for that of the alarm', () => {
    const book = new ConditionBook();
    tell(book, { state: 'active' });
    expect(tell(book, { branch: 'b1' })).toBeNull();
    expect(tell(book, { state: 'inactive', acknowledged: 'yes' })).toBe('inactive');
    expect(tell(book, { state: 'inactive', acknowledged: 'yes' })).toBe('inactive');
    tell(book, { branch: 'b2' });
    expect(tell(book, { branch: 'b1', state: 'inactive', acknowledged: 'yes' })).toBeNull();
    expect(tell(book, { branch: 'b2', state: 'inactive', acknowledged: 'yes' })).toBe('inactive acknowledged');
  });

  test('does not take the acknowledgement of an earlier occurrence for that of the present one', () => {
    const book = new ConditionBook();
    tell(book, { branch: 'b1' });
    tell(book, { state: 'active' });
    expect(tell(book, { branch: 'b1', state: 'inactive', acknowledged: 'yes' })).toBeNull();
    expect(tell(book, { state: 'active', acknowledged: 'yes' })).toBe('active acknowledged');
  });

  test('says nothing of what is too low, but that something fell so low', () => {
    const book = new ConditionBook();
    expect(tell(book, { state: 'inactive', isTooLow: true })).toBeNull();
    tell(book, { state: 'active' });
    expect(tell(book, { state: 'inactive', isTooLow: true })).toBe('inactive');
    expect(tell(book, { state: 'inactive', isTooLow: true })).toBeNull();
  });

  test('lists what a whole refresh showed, and nothing of one that was not whole', () => {
    const book = new ConditionBook();
    expect(book.end()).toBeNull();
    tell(book, { key: 'before' });
    book.begin();
    tell(book, { key: 'a' });
    tell(book, { key: 'b', state: 'unknown' });
    tell(book, { key: 'c', state: 'inactive' });
    tell(book, { key: 'd', branch: 'b1' });
    tell(book, { key: 'e' });
    tell(book, { key: 'e', state: 'inactive' });
    expect(book.end()).toEqual({ kind: 'standing', keys: ['a', 'b'] });
    book.begin();
    book.lose();
    expect(book.end()).toBeNull();
  });

  test('gives no list when more stand than it remembers: those left out would be taken for ended', () => {
    const book = new ConditionBook();
    const showTo = (count: number) => {
      book.begin();
      for (let i = 0; i < count; i++) tell(book, { key: String(i) });
      tell(book, { key: '0' });
      return book.end();
    };
    expect(showTo(MAX_REMEMBERED)).toMatchObject({ kind: 'standing' });
    expect(showTo(MAX_REMEMBERED + 1)).toBe('too many');
    expect(showTo(2)).toEqual({ kind: 'standing', keys: ['0', '1'] });
  });
});
