import { expect, it } from 'vitest';
import type { Session } from './database.ts';
import { KnownTags } from './known-tags.ts';

/** A session that knows tags by their units, and counts how often it is asked. */
function sessionOf(units: Map<string, string>) {
  const asked: string[] = [];
  const session: Session = {
    query: async <Row>(_text: string, values: readonly unknown[] = []) => {
      const name = String(values[0]);
      asked.push(name);
      const unit = units.get(name);
      const rows = unit === undefined ? [] : [{ id: 1, name, unit, at: null }];
      return { rows: rows as Row[], rowCount: rows.length };
    },
    copyIn: () => Promise.reject(new Error('nothing is copied')),
  };
  return { session, asked };
}

it('a tag is asked for once a minute, a name without a tag each time', async () => {
  const { session, asked } = sessionOf(new Map([['a.x', 'mm/s']]));
  const tags = new KnownTags(session);
  expect([await tags.find('a.x', 0), await tags.find('a.x', 59_999)]).toEqual([
    { id: 1, name: 'a.x', unit: 'mm/s' },
    { id: 1, name: 'a.x', unit: 'mm/s' },
  ]);
  expect([await tags.find('a.y', 0), await tags.find('a.y', 1)]).toEqual([null, null]);
  await tags.find('a.x', 60_000);
  expect(asked).toEqual(['a.x', 'a.y', 'a.y', 'a.x']);
});

it('what was asked before tags were written is not remembered after it', async () => {
  const units = new Map([['a.x', 'mm/s']]);
  const tags = new KnownTags(sessionOf(units).session);
  await tags.find('a.x', 0);
  units.set('a.x', 'bar');
  tags.forget();
  expect(await tags.find('a.x', 1)).toMatchObject({ unit: 'bar' });

  tags.forget();
  const early = tags.find('a.x', 2);
  units.set('a.x', 'Cel');
  tags.forget();
  await early;
  expect(await tags.find('a.x', 3)).toMatchObject({ unit: 'Cel' });
});
