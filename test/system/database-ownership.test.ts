import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import { type Program, runProgram, startProgram } from '../kit/child.ts';
import { createDatabase, queryDatabase } from '../kit/database.ts';
import { waitFor } from '../kit/wait.ts';

const directory = mkdtempSync(join(tmpdir(), 'millwright-ownership-'));
const plantFile = join(directory, 'plant.yaml');
writeFileSync(plantFile, 'plant: owners\ntimezone: UTC\n');
const running: Program[] = [];
afterEach(async () => {
  for (const program of running.splice(0)) await program.end('SIGKILL');
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const variables = (data: string, databaseUrl: string) => ({
  MILLWRIGHT_DATA: join(directory, data),
  MILLWRIGHT_PORT: '0',
  MILLWRIGHT_ADMIN_KEY: 'ownership-key',
  DATABASE_URL: databaseUrl,
  LOG_LEVEL: 'warn',
});

async function start(data: string, databaseUrl: string): Promise<{ program: Program; origin: string }> {
  const program = startProgram(['run', '--plant', plantFile], variables(data, databaseUrl));
  running.push(program);
  return { program, origin: (await program.until(/is at (http:\S+)\n/))[1]! };
}

const OWNERS = `select pid from pg_stat_activity where datname = current_database() and application_name like 'millwright owner%'`;

async function reasons(origin: string): Promise<string[]> {
  return ((await (await fetch(`${origin}/health/ready`)).json()) as { reasons: string[] }).reasons;
}

it('a second service with another data directory on the same database says so, and the first goes on', async () => {
  const databaseUrl = await createDatabase();
  const { program, origin } = await start('first', databaseUrl);
  const second = await runProgram(['run', '--plant', plantFile], variables('second', databaseUrl));
  expect(second.output).toMatch(/another Millwright, at 127\.0\.0\.1, is using postgres\S+: stop it, or give each/);
  expect(second.output).not.toMatch(/\n\s+at /);
  expect(second.code).toBe(1);
  expect(await reasons(origin)).toEqual([]);
  await program.end('SIGTERM');
  await start('second', databaseUrl); // free again
});

it('a killed service has its database back at once, though the database has not noticed the kill', async () => {
  const databaseUrl = await createDatabase();
  const { program } = await start('killed', databaseUrl);
  program.child.kill('SIGSTOP'); // to the database a frozen service and one behind a cut cable are the same
  const lingering = await queryDatabase<{ pid: number }>(databaseUrl, OWNERS);
  expect(lingering).toHaveLength(1);
  rmSync(join(directory, 'killed', 'service.lock'));
  const { origin } = await start('killed', databaseUrl);
  await waitFor('it to be ready', async () => (await reasons(origin)).length === 0);
  const now = await queryDatabase<{ pid: number }>(databaseUrl, OWNERS);
  expect(now.map(({ pid }) => pid)).not.toContain(lingering[0]!.pid);
});

it('a service whose connections are cut goes on, takes the database again, and says when another was faster', async () => {
  const databaseUrl = await createDatabase();
  const { program, origin } = await start('cut', databaseUrl);
  const cut = () =>
    queryDatabase(
      databaseUrl,
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    );
  const [before] = await queryDatabase<{ pid: number }>(databaseUrl, OWNERS);
  await cut();
  await waitFor('the lock to be taken again', async () => {
    const owners = await queryDatabase<{ pid: number }>(databaseUrl, OWNERS);
    return owners.length === 1 && owners[0]!.pid !== before!.pid;
  });
  const refused = await runProgram(['run', '--plant', plantFile], variables('thief', databaseUrl));
  expect(refused.code).toBe(1);

  program.child.kill('SIGSTOP');
  await cut();
  const thief = await start('thief', databaseUrl);
  program.child.kill('SIGCONT');
  await waitFor('the first to see it', async () =>
    (await reasons(origin)).some((reason) => /another Mill/.test(reason)),
  );
  expect(program.child.exitCode).toBeNull();
  await thief.program.end('SIGTERM');
  await waitFor('the first to have it back', async () => (await reasons(origin)).length === 0);
});
