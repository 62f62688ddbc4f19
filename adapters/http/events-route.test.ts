import { expect, it } from 'vitest';
import { conditionOf } from './events-route.ts';

it('a name with a line break is refused: it could be that of another alarm', () => {
  const keyOf = (source: string, condition: string) => {
    const said = conditionOf({ source, condition, active: true }, 1);
    return typeof said === 'string' ? said : said.key;
  };
  expect(keyOf('a', 'b\nc')).toMatch(/^condition has line breaks or other control characters/);
  expect(keyOf('a\nb', 'c')).toMatch(/^source has line breaks or other control characters/);
  expect(keyOf('Kessel 2 – Süd', 'Flamme aus 🔥')).toBe('Kessel 2 – Süd\nFlamme aus 🔥');
});
