import { afterAll, describe, expect, it } from 'vitest';
import { runProgram } from '../kit/child.ts';
import { createDatabase, queryDatabase } from '../kit/database.ts';
import { failAt } from '../kit/fail-point.ts';

const roles: { readonly url: string; readonly name: string }[] = [];
afterAll(async () => {
  for (const { url, name } of roles) {
    await queryDatabase(url, `drop owned by ${name}`);
    await queryDatabase(url, `drop role ${name}`);
  }
});

/** Everything a schema consists of, in words. */
async function schemaOf(url: string): Promise<string[]> {
  const rows = await queryDatabase<{ part: string }>(
    url,
    `select table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || coalesce(' ' || column_default, '') as part
       from information_schema.columns where table_schema = 'public' and table_name !~ '^reading_p'
     union all select indexdef from pg_indexes where schemaname = 'public' and tablename !~ '^reading_p'
     union all select conrelid::regclass || ' ' || pg_get_constraintdef(oid) from pg_constraint
        where connamespace = 'public'::regnamespace and conrelid::regclass::text !~ '^reading_p'
     union all select 'applied ' || name from migration
     order by 1`,
  );
  return rows.map(({ part }) => part);
}

describe('millwright migrate', () => {
  it('killed at every statement, and started again, comes to the same schema as undisturbed', async () => {
    const undisturbed = await createDatabase();
    expect(await runProgram(['migrate'], { DATABASE_URL: undisturbed })).toMatchObject({ code: 0 });
    const expected = await schemaOf(undisturbed);
    expect(expected.length).toBeGreaterThan(100);

    const disturbed = await createDatabase();
    const codes: (number | null)[] = [];
    for (let statement = 1; statement < 60 && codes.at(-1) !== 0; statement++) {
      const { code } = await runProgram(['migrate'], { DATABASE_URL: disturbed, ...failAt(`query:${statement}`) });
      codes.push(code); // null: killed
    }
    expect(codes.length).toBeGreaterThan(5);
    expect(codes.at(-1)).toBe(0);
    expect(codes.slice(0, -1).every((code) => code === null)).toBe(true);
    expect(await schemaOf(disturbed)).toEqual(expected);
  }, 180_000);

  it('two at once wait for each other', async () => {
    const databaseUrl = await createDatabase();
    const both = await Promise.all([1, 2].map(() => runProgram(['migrate'], { DATABASE_URL: databaseUrl })));
    expect(both.map(({ code, output }) => `${code} ${code === 0 ? '' : output}`)).toEqual(['0 ', '0 ']);
  });

  it.each([
    { lacks: 'the right to make tables', grants: [] },
    { lacks: 'the rights on tables that another role made', grants: ['usage, create on schema public'], made: true },
    {
      lacks: 'the right to alter what another role made',
      grants: ['usage, create on schema public', 'select on all tables in schema public'],
      made: true,
    },
  ])('a role without $lacks gets one sentence that names it', async ({ grants, made }) => {
    const databaseUrl = await createDatabase();
    if (made) expect(await runProgram(['migrate'], { DATABASE_URL: databaseUrl })).toMatchObject({ code: 0 });
    const name = `poor_${Math.random().toString(36).slice(2, 10)}`;
    roles.push({ url: databaseUrl, name });
    await queryDatabase(databaseUrl, `create role ${name} login password 'hidden-word'`);
    for (const grant of grants) await queryDatabase(databaseUrl, `grant ${grant} to ${name}`);
    if (made) await queryDatabase(databaseUrl, 'delete from migration where id = (select max(id) from migration)');
    const poor = Object.assign(new URL(databaseUrl), { username: name, password: 'hidden-word' }).href;
    const { code, output } = await runProgram(['migrate'], { DATABASE_URL: poor });
    expect(output).toMatch(/^millwright: postgres\S+: (permission denied for|must be owner of) .*: the user must own/);
    expect(output.trim().split('\n')).toHaveLength(1);
    expect(output).not.toContain('hidden-word');
    expect(code).toBe(1);
  });
});
