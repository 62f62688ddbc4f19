import type { ChildProcess } from 'node:child_process';
import { open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { systemClock } from '../../model/clock.ts';
import { StoreError } from '../../model/errors.ts';
import { askServer } from './answers.ts';
import type { Binaries } from './binaries.ts';
import { lastLines } from './initialise.ts';
import { type RunAs, spawnAs } from './run-as.ts';
import { childrenOf, isAlive, isPostgresOn, readPostmasterFile } from './running.ts';

const POLL_MS = 20;
/** Recovery after a power cut reads at most `max_wal_size`; this is far beyond it. */
const START_DEADLINE_MS = 300_000;
const PATIENCE_MS = 5_000;
const FAST_STOP_MS = 4_000;
const IMMEDIATE_STOP_MS = 6_000;
const KILL_MS = 2_000;
const LOG_TAIL_BYTES = 4_096;
const LOG_KEPT_MS = 6 * 86_400_000;

/** Settings that make it ours. On the command line, so that a newer version's choice holds for an old data folder. */
const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'max_locks_per_transaction=512', // one lock per partition a query or a retention job touches
  'shared_buffers=128MB',
  'max_wal_size=1GB',
  'fsync=on',
  'synchronous_commit=on',
  'timezone=UTC',
  'log_timezone=UTC',
  'logging_collector=on',
  'log_directory=log',
  'log_filename=postgresql-%a.log', // seven files, each emptied when its weekday comes round
  'log_truncate_on_rotation=on',
  'log_rotation_age=1d',
  'log_rotation_size=0', // would append to the same day's file
  'log_checkpoints=off',
  'log_min_error_statement=panic', // a failing statement's text may hold anything
];

/** A server that runs and answers. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
}

/** Everything needed to start a server on an existing data folder. */
export interface LaunchOptions {
  readonly directory: string;
  readonly binaries: Binaries;
  readonly runAs: RunAs;
  readonly password: string;
  /** 0 = any that is free. */
  readonly port: number;
  readonly signal: AbortSignal;
  /** Called once when the start takes long, which is a recovery after a crash. */
  readonly onSlow: () => void;
}

/** Why a server did not come up, when another port might help. */
export type LaunchResult = Postmaster | 'port taken' | 'still occupied';

/**
 * Starts the server in a session of its own: the terminal's Ctrl-C must not reach it, since the service still writes
 * then; and it outlives a killed service, whose next start adopts it.
 * Throws StoreError with PostgreSQL's last words when it does not come up.
 */
export async function launch(options: LaunchOptions): Promise<LaunchResult> {
  const { directory, binaries, runAs, signal } = options;
  signal.throwIfAborted();
  await removeOldLogs(directory);
  const port = options.port === 0 ? await freePort() : options.port;
  const output = await open(`${directory}-start.log`, 'w', 0o600); // a file: a pipe would break when the service dies
  let child: ChildProcess;
  try {
    const settings = SETTINGS.flatMap((setting) => ['-c', setting]);
    child = spawnAs(runAs, [binaries.postgres, '-D', directory, '-p', String(port), ...settings], {
      environment: binaries.environment,
      stdio: ['ignore', output.fd, output.fd],
      session: 'own',
    });
  } finally {
    await output.close();
  }
  return comeUp(child, port, options);
}

async function comeUp(child: ChildProcess, port: number, options: LaunchOptions): Promise<LaunchResult> {
  const { directory, password, signal } = options;
  const end: { how: string | null } = { how: null };
  child.once('error', (error) => {
    end.how = error.message;
  });
  child.once('exit', (code, killedBy) => {
    end.how = killedBy === null ? `ended with code ${code}` : `was ended by ${killedBy}`;
  });
  child.unref();
  const startedAt = performance.now();
  let isSlow = false;
  while (performance.now() - startedAt < START_DEADLINE_MS) {
    if (end.how !== null) return failed(directory, end.how);
    const { pid } = child;
    if (signal.aborted && pid !== undefined) {
      await stopProcess(pid);
      signal.throwIfAborted();
    }
    const file = await readPostmasterFile(directory);
    if (pid !== undefined && file?.pid === pid && file.status === 'ready') {
      const answer = await askServer({ port, password }, directory);
      if (answer.kind === 'ours') return { pid, port };
      if (answer.kind !== 'none') {
        await stopProcess(pid);
        throw new StoreError('database_broken', `the database in ${directory} does not accept us: ${answer.kind}`);
      }
    }
    if (!isSlow && performance.now() - startedAt > PATIENCE_MS) {
      isSlow = true;
      options.onSlow();
    }
    await wait(POLL_MS);
  }
  if (child.pid !== undefined) await stopProcess(child.pid);
  throw new StoreError(
    'database_unreachable',
    `the database in ${directory} did not come up within ${START_DEADLINE_MS / 1_000} s`,
  );
}

/** Stops the server of a data folder and resolves when it is gone. Does nothing when the number is somebody else's by now. */
export async function halt(pid: number, directory: string): Promise<void> {
  if (await isPostgresOn(pid, directory)) await stopProcess(pid);
}

/**
 * First the fast way, which breaks off running statements but writes everything out; then the hard way, which is a crash
 * that the next start recovers from.
 */
async function stopProcess(pid: number): Promise<void> {
  const children = await childrenOf(pid);
  for (const [signal, patienceMs] of [
    ['SIGINT', FAST_STOP_MS],
    ['SIGQUIT', IMMEDIATE_STOP_MS],
    ['SIGKILL', KILL_MS],
  ] as const) {
    send(pid, signal);
    if (await gone([pid], patienceMs)) break;
  }
  await gone(children, KILL_MS); // the one that writes the log ends a moment after the rest
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

async function gone(pids: readonly number[], patienceMs: number): Promise<boolean> {
  const until = performance.now() + patienceMs;
  for (;;) {
    const alive = await Promise.all(pids.map(isAlive));
    if (!alive.includes(true)) return true;
    if (performance.now() >= until) return false;
    await wait(POLL_MS);
  }
}

async function failed(directory: string, how: string): Promise<'port taken' | 'still occupied'> {
  const said = await lastWords(directory);
  if (/could not bind .*Address already in use|could not create any TCP\/IP sockets/.test(said)) return 'port taken';
  if (/pre-existing shared memory block|lock file "postmaster\.pid" already exists/.test(said)) return 'still occupied';
  const code = /No space left on device/.test(said) ? 'database_unreachable' : 'database_broken';
  throw new StoreError(code, `the database in ${directory} did not start (PostgreSQL ${how}): ${lastLines(said)}`, {
    cause: new Error(said),
  });
}

/** What PostgreSQL wrote during this start, before and after its log collector took over. */
async function lastWords(directory: string): Promise<string> {
  const startLog = `${directory}-start.log`;
  let newest = { file: startLog, at: (await stat(startLog)).mtimeMs };
  for (const file of await logFiles(directory)) {
    const { mtimeMs } = await stat(file);
    if (mtimeMs >= newest.at) newest = { file, at: mtimeMs };
  }
  if (newest.file === startLog) return tail(startLog);
  const collected = await tail(newest.file);
  return `${await tail(startLog)}\n${collected.slice(Math.max(0, collected.lastIndexOf('starting PostgreSQL')))}`;
}

async function logFiles(directory: string): Promise<string[]> {
  const folder = path.join(directory, 'log');
  return (await readdir(folder).catch(() => [])).map((name) => path.join(folder, name));
}

/** A weekday's file is emptied only by a server that runs over midnight; one that is started now and then never does. */
async function removeOldLogs(directory: string): Promise<void> {
  for (const file of await logFiles(directory)) {
    if (systemClock.now() - (await stat(file)).mtimeMs > LOG_KEPT_MS) await rm(file, { force: true });
  }
}

async function tail(file: string): Promise<string> {
  const bytes = await readFile(file).catch(() => Buffer.alloc(0));
  return bytes.subarray(-LOG_TAIL_BYTES).toString('utf8');
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
