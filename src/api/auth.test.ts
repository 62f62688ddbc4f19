import { describe, expect, it } from 'vitest';
import { systemClock } from '../model/clock.ts';
import type { Database } from '../store/database.ts';
import { Access } from './auth.ts';
import { hashSecret } from './keys.ts';

/** A database that knows one key, until it is told to answer nothing any more. */
function createKeys() {
  const asked: string[] = [];
  let state: 'well' | 'frozen' | 'refusing' = 'well';
  const row = { hash: hashSecret('good'), name: 'gateway', scopes: ['ingest'] };
  const database: Database = {
    query: async <Row>(text: string, values: readonly unknown[] = []) => {
      asked.push(text);
      if (state === 'frozen') await new Promise(() => undefined);
      if (state === 'refusing') throw Object.assign(new Error('too many clients'), { code: '53300' });
      const isAsked = values.length === 0 || (values[0] as Buffer).equals(row.hash);
      return { rows: (isAsked ? [row] : []) as Row[], rowCount: 1 };
    },
    copyIn: async () => undefined,
    transaction: () => Promise.reject(new Error('not used')),
    close: async () => undefined,
  };
  return { asked, access: new Access(database, systemClock), become: (next: typeof state) => (state = next) };
}

describe('who calls by key', () => {
  it('is known at once again, though the database answers no more', async () => {
    const { access, become, asked } = createKeys();
    await access.learnKeys();
    become('frozen');
    const callers = await Promise.all([access.byKey('good'), access.byKey('good'), access.byKey('good')]);
    expect(callers.map((caller) => caller?.name)).toEqual(['gateway', 'gateway', 'gateway']);
    expect(asked).toHaveLength(2); // all keys at first, and then one question for three callers
  });

  it('stays who he was while the database refuses, which is asked no oftener for it', async () => {
    const { access, become, asked } = createKeys();
    await access.learnKeys();
    become('refusing');
    for (let i = 0; i < 5; i++) expect((await access.byKey('good'))?.name).toBe('gateway');
    expect(asked).toHaveLength(2);
    await expect(access.byKey('unknown')).rejects.toThrow('too many clients');
  });

  it('is asked for only once in a while', async () => {
    const { access, asked } = createKeys();
    for (let i = 0; i < 3; i++) expect((await access.byKey('good'))?.name).toBe('gateway');
    for (let i = 0; i < 3; i++) expect(await access.byKey('bad')).toBeNull();
    expect(asked).toHaveLength(2);
  });
});
