import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { systemClock } from '../../model/clock.ts';
import { ConfigError, StoreError } from '../../model/errors.ts';
import { askServer, urlOf } from './answers.ts';
import { findBinaries } from './binaries.ts';
import { initialise, inspectFolder, openParent, readPassword } from './initialise.ts';
import { halt, type LaunchOptions, launch, type Postmaster } from './postmaster.ts';
import { chooseRunAs, giveFolder } from './run-as.ts';
import { defusePostmasterFile, isAlive, isPostgresOn, readPostmasterFile } from './running.ts';
import { keepRunning } from './watch.ts';

const ADOPT_DEADLINE_MS = 30_000;
const ADOPT_POLL_MS = 50;
/** A chosen port may be taken, or a dead server's children may need a moment, this often. */
const LAUNCH_TRIES = 20;
const OCCUPIED_PAUSE_MS = 500;

/** One thing that happened, ready for the log: a constant sentence and its fields. */
export interface EmbeddedEvent {
  readonly level: 'info' | 'warn';
  readonly message: string;
  readonly fields: Readonly<Record<string, string | number>>;
}

/** What the embedded database needs. */
export interface EmbeddedOptions {
  /** Data folder, e.g. `./.millwright/postgres`. Beside it lie `postgres-password` (0600) and `postgres-start.log`. */
  readonly directory: string;
  readonly log: (event: EmbeddedEvent) => void;
  /** Breaks off the start. Afterwards the database runs until `stop`, because stopping the service still needs it. */
  readonly signal: AbortSignal;
  /** Name of the `unshare` command; `unshare` when left out. */
  readonly unshare?: string;
}

/** The running database. A server that dies unasked is started again on the same port, so `url` stays true. */
export interface EmbeddedPostgres {
  readonly url: string;
  readonly port: number;
  /** Of the server that runs now. */
  readonly pid: number;
  /** True when a server left behind by a killed service was taken over. */
  readonly adopted: boolean;
  /** Fast shutdown, within 4 s as a rule; resolves when no process is left. May be called more than once. */
  stop(): Promise<void>;
}

/**
 * Starts the PostgreSQL that comes with Millwright, so that a bare machine needs no database.
 * One service per data folder: the caller holds the folder's lock.
 * Throws ConfigError when a person must change something (folder, password file, version), StoreError with PostgreSQL's
 * last words when it does not come up. Nothing existing is ever removed or overwritten.
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const { log, signal } = options;
  const directory = await resolveFolder(options.directory);
  await openParent(directory);
  const binaries = await findBinaries(`${directory}-lib`);
  const state = await inspectFolder(directory, binaries.major);
  const password = await readPassword(directory, state);
  const found = state === 'complete' ? await adopt(directory, password, signal) : null;
  if (found) log({ level: 'info', message: 'took over the running database', fields: { directory, ...found } });

  const runAs = await chooseRunAs({ directory, binaries, unshare: options.unshare ?? 'unshare' });
  const startServer = async (port: number, abort: AbortSignal): Promise<Postmaster> => {
    await giveFolder(directory, runAs);
    const onSlow = () =>
      log({ level: 'warn', message: 'the database recovers after a crash, please wait', fields: { directory } });
    const started = await launchPatiently({ directory, binaries, runAs, password, port, signal: abort, onSlow });
    log({ level: 'info', message: 'database started', fields: { directory, ...started } });
    return started;
  };

  if (state === 'fresh') {
    log({ level: 'info', message: 'making a new database', fields: { directory } });
    await initialise({ directory, binaries, runAs, password, signal });
  }
  let server = found ?? (await startServer(0, signal));
  const { port } = server;
  const watching = new AbortController();
  const watched = keepRunning({
    isUp: () => isPostgresOn(server.pid, directory),
    restart: async () => {
      server = (await adopt(directory, password, watching.signal)) ?? (await startServer(port, watching.signal));
    },
    log,
    signal: watching.signal,
  });
  let stopped: Promise<void> | null = null;
  const stop = async () => {
    watching.abort();
    await watched;
    await halt(server.pid, directory);
    log({ level: 'info', message: 'database stopped', fields: { directory } });
  };
  return {
    url: urlOf({ port, password }),
    port,
    get pid() {
      return server.pid;
    },
    adopted: found !== null,
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

/** A link to the data folder is followed once, here: PostgreSQL and `/proc` know only the true path. */
async function resolveFolder(directory: string): Promise<string> {
  const absolute = path.resolve(directory);
  return realpath(absolute).catch(() => absolute);
}

/** Finds the server that a killed service left behind; null when there is none. */
async function adopt(directory: string, password: string, signal: AbortSignal): Promise<Postmaster | null> {
  const until = performance.now() + ADOPT_DEADLINE_MS;
  for (;;) {
    signal.throwIfAborted();
    const file = await readPostmasterFile(directory);
    if (file === null) return null;
    if (!(await isPostgresOn(file.pid, directory))) {
      if (await isAlive(file.pid)) await defusePostmasterFile(directory);
      return null;
    }
    if (file.status === 'ready' && file.port !== null) {
      const answer = await askServer({ port: file.port, password }, directory);
      if (answer.kind === 'ours') return { pid: file.pid, port: file.port };
      if (answer.kind === 'wrong password') {
        throw new ConfigError(
          'secret_unreadable',
          `a PostgreSQL (process ${file.pid}) already runs on ${directory} and refuses the password in ${directory}-password`,
        );
      }
    }
    if (performance.now() >= until) {
      throw new StoreError(
        'database_unreachable',
        `a PostgreSQL (process ${file.pid}) already runs on ${directory} but does not answer: stop it and start again`,
      );
    }
    await systemClock.sleep(ADOPT_POLL_MS, signal); // it is still starting, or just stopping
  }
}

async function launchPatiently(options: LaunchOptions): Promise<Postmaster> {
  for (let tries = 0; tries < LAUNCH_TRIES; tries++) {
    const result = await launch(options);
    if (typeof result !== 'string') return result;
    if (result === 'still occupied' || options.port !== 0) await systemClock.sleep(OCCUPIED_PAUSE_MS, options.signal);
  }
  throw new StoreError(
    'database_unreachable',
    `the database in ${options.directory} did not start: its port or its memory is still in use by another process`,
  );
}
