import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, chmod, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EmbeddedEvent, type EmbeddedPostgres, startEmbeddedPostgres } from './embedded.ts';

const TEST_TIMEOUT_MS = 30_000;
const isRoot = process.getuid?.() === 0;

describe('the embedded database', { timeout: TEST_TIMEOUT_MS }, () => {
  let parent: string;
  let directory: string;
  let started: EmbeddedPostgres[];
  let events: EmbeddedEvent[];

  beforeEach(async () => {
    parent = await mkdtemp(path.join(tmpdir(), 'millwright-embedded-')); // mode 0700
    directory = path.join(parent, 'postgres');
    started = [];
    events = [];
  });

  afterEach(async () => {
    for (const database of started) await database.stop();
    await rm(parent, { recursive: true, force: true });
  });

  async function start(options: { signal?: AbortSignal; unshare?: string } = {}): Promise<EmbeddedPostgres> {
    const database = await startEmbeddedPostgres({
      directory,
      log: (event) => events.push(event),
      signal: options.signal ?? new AbortController().signal,
      ...(options.unshare === undefined ? {} : { unshare: options.unshare }),
    });
    started.push(database);
    return database;
  }

  it('starts on a bare folder closed to everybody else, keeps its data over a stop, and leaves no process', async () => {
    const first = await start();
    await ask(first.url, 'create table kept (n int)');
    await ask(first.url, 'insert into kept values (7)');
    expect(first.adopted).toBe(false);
    expect((await stat(`${directory}-password`)).mode & 0o777).toBe(0o600);
    await first.stop();
    expect(await processesIn(directory)).toEqual([]);

    const startedAt = performance.now();
    const second = await start();
    expect(performance.now() - startedAt).toBeLessThan(20_000);
    expect(await ask(second.url, 'select n from kept')).toEqual([{ n: 7 }]);
    await second.stop();
    expect(await processesIn(directory)).toEqual([]);
  });

  it('is set up for one computer: loopback only, durable, UTF-8, UTC, with a password that shows nowhere', async () => {
    const { url, port, pid } = await start();
    const settings = await ask(
      url,
      `select name, setting from pg_settings where name in ('listen_addresses', 'unix_socket_directories', 'fsync',
       'synchronous_commit', 'max_locks_per_transaction', 'TimeZone', 'server_encoding') order by name`,
    );
    expect(settings).toEqual([
      { name: 'TimeZone', setting: 'UTC' },
      { name: 'fsync', setting: 'on' },
      { name: 'listen_addresses', setting: '127.0.0.1' },
      { name: 'max_locks_per_transaction', setting: '512' },
      { name: 'server_encoding', setting: 'UTF8' },
      { name: 'synchronous_commit', setting: 'on' },
      { name: 'unix_socket_directories', setting: '' },
    ]);
    await expect(ask(`postgresql://millwright:wrong@127.0.0.1:${port}/millwright`, 'select 1')).rejects.toThrow(
      /password/,
    );
    const password = (await readFile(`${directory}-password`, 'utf8')).trim();
    expect(await readFile(`/proc/${pid}/cmdline`, 'utf8')).not.toContain(password);
    expect(JSON.stringify(events)).not.toContain(password);
  });

  it('survives a killed service and is taken over by the next one', async () => {
    const pid = await startInServiceThatIsKilled(directory);
    const database = await start();
    expect(database).toMatchObject({ adopted: true, pid });
    expect(await ask(database.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await database.stop();
    expect(await processesIn(directory)).toEqual([]);
  });

  it('comes back on the same port when its server is killed', async () => {
    const database = await start();
    const { pid } = database;
    await ask(database.url, 'create table kept (n int)');
    process.kill(pid, 'SIGKILL');
    await until(() => database.pid !== pid);
    expect(await ask(database.url, 'select n from kept')).toEqual([]);
    expect(events.map((event) => event.message)).toContain('the database went away, starting it again');
  });

  it('starts over a left-over postmaster.pid whose number belongs to another process by now', async () => {
    const first = await start();
    const lines = (await readFile(path.join(directory, 'postmaster.pid'), 'utf8')).split('\n');
    await first.stop();
    await writeFile(path.join(directory, 'postmaster.pid'), ['1', ...lines.slice(1)].join('\n'), { mode: 0o600 });
    const second = await start();
    expect(second.adopted).toBe(false);
    expect(await ask(second.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('begins again after the making of the database was broken off', async () => {
    await mkdir(`${directory}.new-0badc0de/base`, { recursive: true }); // as a power cut leaves it
    await writeFile(`${directory}.new-0badc0de.password`, 'x');
    const aborter = new AbortController();
    const broken = start({ signal: aborter.signal });
    const outcome = expect(broken).rejects.toThrow(/abort/);
    await until(async () =>
      (await readdir(parent)).some((name) => /\.new-[^.]*$/.test(name) && !name.includes('0badc0de')),
    );
    aborter.abort();
    await outcome;
    expect((await readdir(parent)).filter((name) => name.includes('.new-'))).toEqual([]);

    const database = await start();
    expect(await ask(database.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('refuses the data of another PostgreSQL version and touches nothing', async () => {
    await mkdir(directory);
    await writeFile(path.join(directory, 'PG_VERSION'), '99\n');
    await expect(start()).rejects.toMatchObject({
      name: 'ConfigError',
      code: 'database_newer',
      message: expect.stringMatching(/PostgreSQL 99/),
    });
    expect(await readdir(directory)).toEqual(['PG_VERSION']);
    expect(await readFile(path.join(directory, 'PG_VERSION'), 'utf8')).toBe('99\n');
    await writeFile(path.join(directory, 'PG_VERSION'), '9\n');
    await expect(start()).rejects.toMatchObject({
      name: 'ConfigError',
      code: 'directory_unusable',
      message: expect.stringMatching(/PostgreSQL 9,/),
    });
  });

  it('refuses a folder that holds other files, and one that cannot be made', async () => {
    await mkdir(directory);
    await writeFile(path.join(directory, 'holiday.jpg'), '');
    await expect(start()).rejects.toMatchObject({ name: 'ConfigError', code: 'directory_unusable' });
    directory = path.join(directory, 'holiday.jpg', 'postgres');
    await expect(start()).rejects.toMatchObject({
      name: 'ConfigError',
      code: 'directory_unusable',
      message: expect.stringMatching(/holiday\.jpg/),
    });
  });

  it('refuses a password file that others can read, and says so when it is lost', async () => {
    await (await start()).stop();
    await chmod(`${directory}-password`, 0o644);
    await expect(start()).rejects.toMatchObject({
      code: 'secret_unreadable',
      message: expect.stringMatching(/chmod 600/),
    });
    await rm(`${directory}-password`);
    await expect(start()).rejects.toMatchObject({
      code: 'secret_unreadable',
      message: expect.stringMatching(/restore it/),
    });
  });

  it('tells the last words of a PostgreSQL that does not start', async () => {
    await (await start()).stop();
    await appendFile(path.join(directory, 'postgresql.conf'), '\nshared_bufers = 1\n');
    await expect(start()).rejects.toMatchObject({
      name: 'StoreError',
      code: 'database_broken',
      message: expect.stringMatching(/shared_bufers/),
    });
    expect(await processesIn(directory)).toEqual([]);
  });

  it.runIf(isRoot)('switches to another account where root may not open a user namespace', async () => {
    await chmod(parent, 0o755);
    const database = await start({ unshare: 'false' });
    expect((await stat(directory)).uid).not.toBe(0);
    expect((await stat(`/proc/${database.pid}`)).uid).not.toBe(0);
    await database.stop();
    const again = await start({ unshare: 'false' });
    expect(await ask(again.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it.runIf(isRoot)('says what to do where root may not and no other account may enter the folder', async () => {
    await expect(start({ unshare: 'false' })).rejects.toMatchObject({
      name: 'ConfigError',
      code: 'directory_unusable',
      message: expect.stringMatching(/DATABASE_URL/),
    });
    await expect(stat(directory)).rejects.toThrow(/ENOENT/);
  });

  it.runIf(isRoot)(
    "gives root's data folder to the other account when the user namespace is no longer permitted",
    async () => {
      await chmod(parent, 0o755);
      const first = await start();
      await ask(first.url, 'create table kept (n int)');
      await first.stop();
      const second = await start({ unshare: 'no-such-command' });
      expect(await ask(second.url, 'select n from kept')).toEqual([]);
      await second.stop();
      const third = await start(); // now it belongs to that account, and stays so
      expect((await stat(`/proc/${third.pid}`)).uid).not.toBe(0);
    },
  );
});

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client(url);
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Starts the database in a process of its own that is then killed, and answers with the number of the orphaned server. */
async function startInServiceThatIsKilled(directory: string): Promise<number> {
  const program = `
    const { startEmbeddedPostgres } = await import(${JSON.stringify(new URL('./embedded.ts', import.meta.url).href)});
    const signal = new AbortController().signal;
    const { pid } = await startEmbeddedPostgres({ directory: ${JSON.stringify(directory)}, log: () => {}, signal });
    process.stdout.write(String(pid), () => process.kill(process.pid, 'SIGKILL'));`;
  const service = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  service.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  await once(service, 'close');
  expect(said).toMatch(/^\d+$/);
  return Number(said);
}

/** Processes whose working directory is the data folder: the server and every child of it. */
async function processesIn(directory: string): Promise<string[]> {
  const numbers = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const places = await Promise.all(numbers.map((pid) => readlink(`/proc/${pid}/cwd`).catch(() => '')));
  return numbers.filter((_, index) => places[index] === directory);
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 15_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error('the condition never held');
    await wait(5);
  }
}
