import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { ConfigError } from '../model/errors.ts';

/** Version of the layout below the data directory; raised when an older Millwright could no longer read it. */
const LAYOUT = 1;

/** Where a service keeps what must survive it. */
export interface DataDirectory {
  readonly path: string;
  /** 16 random bytes in hex, made once: who this service is, wherever it runs. */
  readonly identity: string;
  /** Segments of the readings log. */
  readonly log: string;
  /** What the engine found and the database has not taken yet. */
  readonly alertJournal: string;
  readonly postgres: string;
  /** One folder below it for each source, made by the source that needs one. */
  readonly sources: string;
  /** Key that webhook secrets are sealed with. */
  readonly secretKey: string;
  /** Gives the folder up for the next service. */
  release(): Promise<void>;
}

/**
 * Opens a data directory for this process alone, making it when it is not there.
 * Throws `directory_unusable` (no access, or of a newer version) or `directory_in_use`; then nothing was changed.
 */
export async function openDataDirectory(path: string): Promise<DataDirectory> {
  let identity: string;
  try {
    await makeFolder(resolve(path));
    await checkLayout(path);
    await lock(path);
    identity = await readIdentity(path);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError('directory_unusable', `cannot use the data directory ${path}: ${reason}`, { cause: error });
  }
  return {
    path,
    identity,
    log: join(path, 'log'),
    alertJournal: join(path, 'alerts.journal'),
    postgres: join(path, 'postgres'),
    sources: join(path, 'sources'),
    secretKey: join(path, 'secret.key'),
    release: () => rm(lockFile(path), { force: true }),
  };
}

/**
 * Makes a folder and those above it. Not by `recursive`: where a folder is there and none can be made in it, as in `/proc`, Node 20
 * tries for ever and holds a thread, so that the process does not end either.
 */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException; // mkdir throws no other
    if (code === 'EEXIST') return; // a file is found out by what is written below it
    const parent = dirname(path);
    if (code !== 'ENOENT' || parent === path) throw error;
    if (await isFolder(parent)) throw new Error(`no folder can be made in ${parent}: choose another with --data`);
    await makeFolder(parent);
    await mkdir(path);
  }
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function readIdentity(path: string): Promise<string> {
  const file = join(path, 'IDENTITY');
  const text = (await readFile(file, 'utf8').catch(() => '')).trim();
  if (/^[0-9a-f]{32}$/.test(text)) return text;
  const identity = randomBytes(16).toString('hex'); // a new folder, or cut short by a crash
  await writeFile(file, `${identity}\n`);
  return identity;
}

async function checkLayout(path: string): Promise<void> {
  const file = join(path, 'LAYOUT');
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) {
    await writeFile(file, `${LAYOUT}\n`, { flag: 'wx' });
    return;
  }
  const found = Number(text.trim());
  if (found === LAYOUT) return;
  throw new ConfigError(
    'directory_unusable',
    `the data directory ${path} was made by a newer Millwright (layout ${text.trim()}, this one knows ${LAYOUT}): install that version, or choose another directory with MILLWRIGHT_DATA`,
  );
}

/** A lock that a dead process can't hold: it names the process and when that was started. */
async function lock(path: string): Promise<void> {
  const file = lockFile(path);
  const mine = JSON.stringify({ pid: process.pid, startedAt: await startOf(process.pid) });
  for (let attempt = 0; attempt < 5; attempt++) {
    try {
      const handle = await open(file, 'wx', 0o644);
      await handle.writeFile(mine);
      await handle.close();
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = await readHolder(file);
    if (holder && holder.pid !== process.pid && (await startOf(holder.pid)) === holder.startedAt) {
      throw new ConfigError(
        'directory_in_use',
        `another Millwright (process ${holder.pid}) is using the data directory ${path}: stop it, or choose another directory with MILLWRIGHT_DATA`,
      );
    }
    // Moved aside first: of two that find it stale, only one can move it.
    await rename(file, `${file}.${process.pid}`).catch(() => undefined);
    await rm(`${file}.${process.pid}`, { force: true });
  }
  throw new ConfigError('directory_in_use', `cannot lock the data directory ${path}`);
}

async function readHolder(file: string): Promise<{ pid: number; startedAt: string } | null> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const match = /^\{"pid":(\d+),"startedAt":"([^"]+)"\}$/.exec(text);
  return match ? { pid: Number(match[1]), startedAt: match[2]! } : null; // cut short by a crash: nobody holds it
}

/** When a process was started, in ticks since boot; tells a process from a later one with the same number. */
async function startOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (stat !== null) return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? 'unknown';
  return isAlive(pid) ? 'alive' : 'dead'; // no /proc here
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function lockFile(path: string): string {
  return join(path, 'service.lock');
}
