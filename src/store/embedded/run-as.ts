import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { lchown, readdir, readFile, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { ConfigError } from '../../model/errors.ts';
import type { Binaries } from './binaries.ts';

const PROBE_TIMEOUT_MS = 5_000;
/** System accounts that exist nearly everywhere and own nothing of value, best first. */
const HARMLESS_ACCOUNTS = ['postgres', 'nobody', 'daemon'];

/** As whom the PostgreSQL programs run: it refuses uid 0, and initdb needs an account for its uid. */
export interface RunAs {
  /** Put before the program: `unshare …`, or nothing. It replaces itself, so the child's pid is the program's. */
  readonly prefix: readonly string[];
  /** Account to switch to, or null to stay. */
  readonly account: { readonly uid: number; readonly gid: number } | null;
  /** Owner the data folder must have, or null when it cannot be chosen. */
  readonly owner: { readonly uid: number; readonly gid: number } | null;
}

const SELF: RunAs = { prefix: [], account: null, owner: null };

/**
 * Decides as whom PostgreSQL runs on this data folder.
 * An ordinary user runs it as itself. Root opens a user namespace in which it carries another number, so that files stay
 * root's and folders closed to everybody else still work; where that is not permitted it switches to a harmless account.
 * A folder that already belongs to somebody else is run as that owner.
 * Throws ConfigError `directory_unusable` when nobody can be found who may enter the folders.
 */
export async function chooseRunAs(options: {
  readonly directory: string;
  readonly binaries: Binaries;
  /** Name of the `unshare` command; a test gives one that fails. */
  readonly unshare: string;
}): Promise<RunAs> {
  const uid = process.getuid?.();
  if (uid === undefined || (uid !== 0 && hasAccount())) return SELF;
  const accounts = await readAccounts();
  for (const candidate of await candidates(uid, accounts, options)) {
    if (await works(candidate, options)) return candidate;
  }
  throw new ConfigError(
    'directory_unusable',
    `PostgreSQL does not run as ${uid === 0 ? 'root' : `user id ${uid}, which has no account`}, and no other account may enter ` +
      `${path.dirname(options.directory)} and ${path.dirname(options.binaries.postgres)}: start as an ordinary user, ` +
      'or install and set MILLWRIGHT_DATA below folders that others may enter, or give DATABASE_URL',
  );
}

/** Starts a program as decided. The working directory is `/`: ours may be closed to the other account. */
export function spawnAs(
  runAs: RunAs,
  command: readonly [program: string, ...args: string[]],
  options: {
    readonly environment: Readonly<Record<string, string>>;
    readonly stdio: StdioOptions;
    readonly session: 'ours' | 'own';
  },
): ChildProcess {
  const [program, ...args] = [...runAs.prefix, ...command];
  return spawn(program ?? command[0], args, {
    cwd: '/',
    env: { ...options.environment },
    stdio: options.stdio,
    detached: options.session === 'own',
    ...(runAs.account ?? {}),
  });
}

/** Gives a folder, with all in it, to the owner PostgreSQL insists on. Does nothing where it is so already. */
export async function giveFolder(folder: string, runAs: RunAs): Promise<void> {
  if (runAs.owner === null || (await stat(folder)).uid === runAs.owner.uid) return;
  const { uid, gid } = runAs.owner;
  for (const entry of await readdir(folder, { recursive: true })) await lchown(path.join(folder, entry), uid, gid);
  await lchown(folder, uid, gid); // last: an interrupted change is done again
}

interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** In the order of preference. The folder above the data exists by now. */
async function candidates(
  uid: number,
  accounts: readonly Account[],
  { directory, unshare }: { readonly directory: string; readonly unshare: string },
): Promise<RunAs[]> {
  const harmless = HARMLESS_ACCOUNTS.flatMap((name) => accounts.find((account) => account.name === name) ?? []);
  const mapped = harmless[0] ?? accounts[0];
  const namespaces: RunAs[] = [];
  if (mapped !== undefined && process.platform === 'linux') {
    const owner = uid === 0 ? { uid: 0, gid: 0 } : null;
    namespaces.push({ prefix: [unshare, '--user', `--map-user=${mapped.uid}`, '--'], account: null, owner });
  }
  if (uid !== 0) return namespaces;
  const dataOwner = await ownerOf(directory);
  const aboveOwners = await ownersAbove(directory);
  return [
    ...accounts.filter((account) => account.uid === dataOwner).map(switchTo),
    ...namespaces,
    ...harmless.map(switchTo),
    ...accounts.filter((account) => aboveOwners.has(account.uid)).map(switchTo),
  ];
}

function switchTo({ uid, gid }: Account): RunAs {
  return { prefix: [], account: { uid, gid }, owner: { uid, gid } };
}

/** Whoever owns a folder on the way to the data, such as a closed home, may pass through it. */
async function ownersAbove(directory: string): Promise<Set<number | null>> {
  const owners = new Set<number | null>();
  for (let folder = path.dirname(directory); folder !== path.dirname(folder); folder = path.dirname(folder)) {
    owners.add(await ownerOf(folder));
  }
  return owners;
}

async function ownerOf(folder: string): Promise<number | null> {
  return stat(folder).then(
    (found) => found.uid,
    () => null,
  );
}

/** Tries it: is it somebody else than root, do the programs run, may the data's parent folder be entered? */
async function works(
  runAs: RunAs,
  { directory, binaries }: { readonly directory: string; readonly binaries: Binaries },
): Promise<boolean> {
  const script = '[ "$(id -u)" -ne 0 ] && "$1" --version && cd "$2"';
  const child = spawnAs(runAs, ['sh', '-c', script, 'sh', binaries.postgres, path.dirname(directory)], {
    environment: binaries.environment,
    stdio: 'ignore',
    session: 'ours',
  });
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), PROBE_TIMEOUT_MS);
    const finish = (answer: boolean) => {
      clearTimeout(timer);
      resolve(answer);
    };
    child.once('error', () => finish(false));
    child.once('exit', (code) => finish(code === 0));
  });
}

function hasAccount(): boolean {
  try {
    os.userInfo();
    return true;
  } catch {
    return false; // the answer itself: there is no entry for this user id
  }
}

/** Accounts of this machine other than root. */
async function readAccounts(): Promise<Account[]> {
  const text = await readFile('/etc/passwd', 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':');
    const account = { name: name ?? '', uid: Number(uid), gid: Number(gid) };
    return account.uid > 0 && account.gid >= 0 ? [account] : [];
  });
}
