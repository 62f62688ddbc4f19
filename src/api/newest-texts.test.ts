import { describe, expect, it } from 'vitest';
import type { NewestReading, Reading } from '../model/reading.ts';
import { NewestTexts } from './newest-texts.ts';
import { textCursor } from './page.ts';

const row = (tag: string, at: number, value: number | null = 1): { tag: string; reading: Reading } => ({
  tag,
  reading: { tag, at, value, quality: value === null ? 'bad' : 'good' },
});

function read(texts: NewestTexts, rows: readonly NewestReading[], page: { after: string; limit: number }) {
  return JSON.parse(texts.page(rows, page)) as { items: { tag: string; value: number | null }[]; next: string | null };
}

describe('newest readings as text', () => {
  it('are what the rows say, whatever is in a name', () => {
    const rows = [row('a."x"', 1_000.25, null), row('a.ü', 0, 2.5)];
    expect(read(new NewestTexts(), rows, { after: '', limit: 10 })).toEqual({
      items: [
        { tag: 'a."x"', at: '1970-01-01T00:00:01.000250Z', value: null, quality: 'bad' },
        { tag: 'a.ü', at: '1970-01-01T00:00:00.000Z', value: 2.5, quality: 'good' },
      ],
      next: null,
    });
  });

  it('are new when the reading is', () => {
    const texts = new NewestTexts();
    const rows = [row('a.x', 1), row('a.y', 1)];
    read(texts, rows, { after: '', limit: 10 });
    rows[1]!.reading = { tag: 'a.y', at: 2, value: 7, quality: 'good' };
    expect(read(texts, rows, { after: '', limit: 10 }).items.map(({ value }) => value)).toEqual([1, 7]);
    expect(read(texts, [row('a.w', 1, 4), ...rows], { after: '', limit: 10 }).items[0]).toMatchObject({ tag: 'a.w' });
  });

  it('come page by page, each once, also when a tag comes in between', () => {
    const texts = new NewestTexts();
    let rows = Array.from({ length: 7 }, (_, i) => row(`a.${i}`, i));
    const seen: string[] = [];
    let after = '';
    for (let pages = 0; pages < 10; pages++) {
      const { items, next } = read(texts, rows, { after, limit: 3 });
      seen.push(...items.map(({ tag }) => tag));
      if (next === null) break;
      after = textCursor(next);
      if (pages === 0) rows = [row('a', 0), ...rows];
    }
    expect(seen).toEqual(['a.0', 'a.1', 'a.2', 'a.3', 'a.4', 'a.5', 'a.6']);
  });
});
