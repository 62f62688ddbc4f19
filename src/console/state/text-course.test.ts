import { describe, expect, it } from 'vitest';
import type { Point } from './series.ts';
import { isAhead, withNewest } from './text-course.ts';

const said = (atMs: number, text?: string): Point => ({ atMs, value: null, quality: 'good', text });
const HOUR = { fromMs: 1_000, toMs: 5_000 };

describe('the texts of a tag', () => {
  it('begin with the one that the live stream brought before it was stored', () => {
    const texts = [said(3_000, 'B-13'), said(2_000, 'B-12')];
    expect(withNewest(texts, said(4_000, 'B-14'), HOUR)).toEqual([said(4_000, 'B-14'), ...texts]);
    expect(withNewest([], said(4_000, 'B-14'), HOUR)).toEqual([said(4_000, 'B-14')]);
  });

  it.each([
    ['is stored already', said(3_000, 'B-13')],
    ['is older than the stretch', said(999, 'B-11')],
    ['is newer than the stretch', said(5_001, 'B-14')],
    ['is a number', said(4_000)],
    ['is not known', null],
  ])('are as stored when the newest %s', (_, newest) => {
    const texts = [said(3_000, 'B-13')];
    expect(isAhead(newest, texts, HOUR)).toBe(false);
    expect(withNewest(texts, newest, HOUR)).toBe(texts);
  });
});
