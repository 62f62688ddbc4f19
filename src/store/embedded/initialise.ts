import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  access,
  chown,
  constants,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import { ConfigError, isOurs, StoreError } from '../../model/errors.ts';
import { NAME } from './answers.ts';
import type { Binaries } from './binaries.ts';
import { type RunAs, spawnAs } from './run-as.ts';

const PASSWORD_BYTES = 24;
/** Of a failed program's words, this much from the end is kept. */
const OUTPUT_CHARS = 2_000;

/** `fresh` = nothing is there yet; `complete` = a data folder of this PostgreSQL. */
export type FolderState = 'fresh' | 'complete';

/**
 * Looks at a data folder without touching it.
 * Throws ConfigError when it belongs to another PostgreSQL version, holds something else, or cannot be used.
 */
export async function inspectFolder(directory: string, major: string): Promise<FolderState> {
  const entries: string[] = await readdir(directory).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return [];
    throw unusable(directory, cause);
  });
  if (entries.length === 0) return 'fresh';
  if (!entries.includes('PG_VERSION')) {
    throw new ConfigError(
      'directory_unusable',
      `${directory} holds files, but not those of a database: give another folder`,
    );
  }
  const found = (
    await readFile(path.join(directory, 'PG_VERSION'), 'utf8').catch((cause) =>
      Promise.reject(unusable(directory, cause)),
    )
  ).trim();
  if (found !== major) {
    throw new ConfigError(
      Number(found) > Number(major) ? 'database_newer' : 'directory_unusable',
      `${directory} was made by PostgreSQL ${found}, this is PostgreSQL ${major}: nothing was touched; ` +
        `go back to the Millwright that made it, dump it with pg_dump ${found}, and restore into an empty folder`,
    );
  }
  await access(directory, constants.W_OK).catch((cause) => Promise.reject(unusable(directory, cause)));
  return 'complete';
}

/** Makes sure that the folder above the data exists and can be written. */
export async function openParent(directory: string): Promise<void> {
  const parent = path.dirname(directory);
  try {
    await mkdir(parent, { recursive: true });
    await access(parent, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw unusable(parent, cause);
  }
}

/** Reads the password file; for a fresh folder it is made first. It is the superuser's and never leaves this computer. */
export async function readPassword(directory: string, state: FolderState): Promise<string> {
  const file = passwordFile(directory);
  if (state === 'fresh') {
    await writeFile(file, `${randomBytes(PASSWORD_BYTES).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' }).catch(
      (cause: NodeJS.ErrnoException) => {
        if (cause.code !== 'EEXIST') throw unusable(path.dirname(directory), cause);
      },
    );
  }
  try {
    const mode = (await stat(file)).mode;
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new ConfigError('secret_unreadable', `${file} can be read by others: run chmod 600 on it`);
    }
    const password = (await readFile(file, 'utf8')).trim();
    if (password !== '') return password;
    throw new ConfigError('secret_unreadable', `${file} is empty: restore it, or remove it together with ${directory}`);
  } catch (cause) {
    if (isOurs(cause)) throw cause;
    throw new ConfigError(
      'secret_unreadable',
      `cannot read ${file}, the password of the database in ${directory}: restore it, or move the database away to begin with an empty one`,
      { cause },
    );
  }
}

/**
 * Makes an empty database cluster. It grows under another name and is renamed when it is complete, so that a data folder
 * is never half made, whenever the power goes.
 */
export async function initialise(options: {
  readonly directory: string;
  readonly binaries: Binaries;
  readonly runAs: RunAs;
  readonly password: string;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { directory, runAs, password } = options;
  await removeHalfMade(directory);
  const growing = `${directory}.new-${randomBytes(4).toString('hex')}`; // a left-over initdb must not write into ours
  const secret = `${growing}.password`;
  try {
    await mkdir(growing, { mode: 0o700 });
    await writeFile(secret, `${password}\n`, { mode: 0o600 });
    if (runAs.account) {
      for (const file of [growing, secret]) await chown(file, runAs.account.uid, runAs.account.gid);
    }
    await runInitdb(growing, secret, options);
    await rename(growing, directory);
    await syncFolder(path.dirname(directory));
  } catch (cause) {
    await rm(growing, { recursive: true, force: true });
    if (isOurs(cause) || options.signal.aborted) throw cause;
    throw unusable(directory, cause);
  } finally {
    await rm(secret, { force: true });
  }
}

async function runInitdb(
  folder: string,
  secret: string,
  { binaries, runAs, signal }: { readonly binaries: Binaries; readonly runAs: RunAs; readonly signal: AbortSignal },
): Promise<void> {
  signal.throwIfAborted();
  const child = spawnAs(
    runAs,
    [
      binaries.initdb,
      `--pgdata=${folder}`,
      `--username=${NAME}`,
      `--pwfile=${secret}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin', // sorts alike on every machine, whatever its C library
      '--builtin-locale=C.UTF-8',
      '--no-instructions',
    ],
    { environment: binaries.environment, stdio: ['ignore', 'pipe', 'pipe'], session: 'own' },
  );
  let output = '';
  const collect = (chunk: Buffer) => {
    output = (output + chunk.toString('utf8')).slice(-OUTPUT_CHARS);
  };
  child.stdout?.on('data', collect);
  child.stderr?.on('data', collect);
  const abort = () => child.kill('SIGTERM'); // initdb removes what it began
  signal.addEventListener('abort', abort, { once: true });
  try {
    const [code]: unknown[] = await once(child, 'close');
    signal.throwIfAborted();
    if (code !== 0) {
      throw new StoreError('database_broken', `cannot make a database in ${folder}: ${lastLines(output)}`, {
        cause: new Error(output),
      });
    }
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** What an interrupted start left behind. None of it was ever in use. */
async function removeHalfMade(directory: string): Promise<void> {
  const parent = path.dirname(directory);
  const prefix = `${path.basename(directory)}.new-`;
  for (const entry of await readdir(parent)) {
    if (entry.startsWith(prefix)) await rm(path.join(parent, entry), { recursive: true, force: true });
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The last words of a PostgreSQL program on one line, without times and pleasantries. */
export function lastLines(output: string): string {
  const lines = output
    .split('\n')
    .map((line) => line.replace(/^\d{4}-\d\d-\d\d \S+ \S+ \[\d+\] /, '').trim())
    .filter(
      (line) => line !== '' && !/redirecting log output|Future log output|database system is shut down/.test(line),
    );
  return lines.length === 0 ? 'it said nothing' : lines.slice(-4).join(' | ');
}

function passwordFile(directory: string): string {
  return `${directory}-password`;
}

function unusable(folder: string, cause: unknown): ConfigError {
  const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
  return new ConfigError(
    'directory_unusable',
    `cannot use the folder ${folder}${code}: it must exist or be creatable, and be writable`,
    { cause },
  );
}
