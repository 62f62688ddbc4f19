import { describe, expect, it } from 'vitest';
import { UnreadChannels } from './unread-channels.ts';

describe('a channel without a number', () => {
  it('is named with its first cell and the line of it, or as empty', () => {
    const unread = new UnreadChannels('press.csv', ['a', 'b', 'c']);
    unread.noNumber(1, { line: 2, cell: '1.473,73' });
    unread.noNumber(1, { line: 3, cell: '1.480,10' });
    unread.row(Float64Array.of(1, Number.NaN, Number.NaN));
    unread.row(Float64Array.of(Number.NaN, Number.NaN, Number.NaN));
    expect(unread.lines(2)).toEqual([
      'press.csv: column b has no number in the first 2 rows, line 2 has "1.473,73": it is not judged',
      'press.csv: column c has no number in the first 2 rows, all are empty: it is not judged',
    ]);
  });

  it('is told where there is no other', () => {
    const unread = new UnreadChannels('press.csv', ['a']);
    unread.noNumber(0, { line: 2, cell: 'x' });
    unread.row(Float64Array.of(Number.NaN));
    expect(unread.isNothingRead()).toBe(true);
    unread.row(Float64Array.of(1));
    expect(unread.isNothingRead()).toBe(false);
    expect(unread.lines(2)).toEqual([]);
  });
});
