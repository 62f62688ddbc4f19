import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Changes, Checkpoints } from '../../src/engine/checkpoints.ts';
import { systemClock } from '../../src/model/clock.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { readCheckpoint } from '../../src/store/engine-checkpoints.ts';
import { migrate } from '../../src/store/migrate.ts';
import { createDatabase } from '../kit/database.ts';

let database: Database;
beforeAll(async () => {
  const url = await createDatabase();
  await migrate(url);
  database = openDatabase(url, { connections: 1, name: 'test' });
});
afterAll(() => database.close());

it('a checkpoint that the database refuses is told once, and saved whole when it can be', async () => {
  const troubles: string[] = [];
  const saved: number[] = [];
  const checkpoints = new Checkpoints({
    database,
    logId: 'log',
    position: 0,
    clock: systemClock,
    onSaved: (position) => saved.push(position),
    onTrouble: (code) => troubles.push(code),
  });
  const cellOf = (asset: string) => ({ asset, part: 0, tags: [], watches: [] });
  const save = (position: number, asset: string) => {
    const changes = (): Changes => ({
      position,
      after: 0,
      plan: { version: 'first', plant: { rules: [], tags: [], sources: [] } },
      state: { now: systemClock.now(), links: [], cells: [cellOf(asset)] },
    });
    return checkpoints.saveLast(changes, 0);
  };

  await database.query('alter table engine_cell add constraint refused check (false)');
  await save(1, 'pump-1');
  await save(2, 'pump-2');
  expect({ troubles, saved }).toEqual({ troubles: ['23514'], saved: [] });

  await database.query('alter table engine_cell drop constraint refused');
  await save(3, 'pump-3');
  expect(saved).toEqual([3]);
  const cells = (await readCheckpoint(database, 'log'))?.cells ?? [];
  expect(cells.map((cell) => JSON.parse(cell).asset)).toEqual([':plan', 'pump-1', 'pump-2', 'pump-3']);
});
