import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, openDatabase, type Session } from '../../src/store/database.ts';
import { createDatabase } from '../kit/database.ts';

let url: string;
beforeAll(async () => {
  url = await createDatabase();
});

describe.each(['one by one', 'pipelined'] as const)('a transaction whose statements go %s', (statements) => {
  let database: Database;
  beforeAll(async () => {
    database = openDatabase(url, { connections: 1, name: 'test', statements });
    await database.query('drop table if exists entry');
    await database.query('create table entry (id int primary key)');
  });
  afterAll(() => database.close());

  const insert = (session: Session, id: number) =>
    session.query('insert into entry values ($1)', [id], { isKept: true });
  const notWaitedFor = (session: Session, id: number) => void insert(session, id).catch(() => undefined);
  const stored = async () =>
    (await database.query<{ id: number }>('select id from entry order by id')).rows.map(({ id }) => id);

  it('commits what it did not wait for', async () => {
    await database.transaction(async (session) => {
      await session.query('select 1');
      notWaitedFor(session, 1);
      notWaitedFor(session, 2);
    });
    expect(await stored()).toEqual([1, 2]);
  });

  it('is rolled back by a statement that it did not wait for, and says which', async () => {
    const refused = database.transaction(async (session) => {
      notWaitedFor(session, 3);
      notWaitedFor(session, 1);
    });
    await expect(refused).rejects.toMatchObject({ code: '23505' });
    expect(await stored()).toEqual([1, 2]);
  });

  it('says what failed first when a later statement fails for it', async () => {
    const refused = database.transaction(async (session) => {
      notWaitedFor(session, 1);
      await insert(session, 3);
    });
    await expect(refused).rejects.toMatchObject({ code: '23505' });
    expect(await stored()).toEqual([1, 2]);
  });
});
