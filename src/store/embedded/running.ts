import { readFile, readlink, realpath, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Above every process number a kernel gives out, so surely nobody's. */
const NOBODYS_PID = 999_999_999;

/** What `postmaster.pid` in a data folder says about the PostgreSQL that runs, or ran, on it. */
export interface PostmasterFile {
  readonly pid: number;
  readonly port: number | null;
  readonly status: 'starting' | 'stopping' | 'ready' | 'unknown';
}

/** Reads `postmaster.pid`; null when there is none or it is not complete. */
export async function readPostmasterFile(directory: string): Promise<PostmasterFile | null> {
  const text = await readFile(path.join(directory, 'postmaster.pid'), 'utf8').catch(() => '');
  const lines = text.split('\n').map((line) => line.trim());
  const pid = Number.parseInt(lines[0] ?? '', 10);
  if (!(pid > 0)) return null;
  const port = Number.parseInt(lines[3] ?? '', 10);
  return { pid, port: port > 0 ? port : null, status: statusOf(lines[7]) };
}

/** True while the process exists; one that ended and was not yet collected by its parent does not count. */
export async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return !/^\d+ \(.*\) [ZX] /s.test(stat);
}

/**
 * True when the process is a PostgreSQL server on this data folder: process numbers are used again, after a reboot
 * of a container even usually, so a living number alone says nothing.
 */
export async function isPostgresOn(pid: number, directory: string): Promise<boolean> {
  if (!(await isAlive(pid))) return false;
  const folder = await realpath(directory).catch(() => directory);
  // The working directory is surest, but another user's is hidden from us; the command line is not.
  const workingDirectory = await readlink(`/proc/${pid}/cwd`).catch(() => null);
  const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
  if (words[0] === '') return process.platform !== 'linux'; // no /proc: believe the file, the password decides
  if (!path.basename(words[0] ?? '').startsWith('postgres')) return false;
  return workingDirectory === folder || words.includes(folder) || words.includes(directory);
}

/**
 * Makes a `postmaster.pid` harmless whose process number now belongs to something else, which PostgreSQL would refuse to
 * start over. Only the number is replaced: the rest lets PostgreSQL see whether children of the dead server still write.
 */
export async function defusePostmasterFile(directory: string): Promise<void> {
  const file = path.join(directory, 'postmaster.pid');
  const lines = (await readFile(file, 'utf8')).split('\n');
  await writeFile(file, [String(NOBODYS_PID), ...lines.slice(1)].join('\n'));
}

/** Direct children of a process; empty where the system does not tell. */
export async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return text.split(' ').flatMap((word) => (Number(word) > 0 ? [Number(word)] : []));
}

function statusOf(line: string | undefined): PostmasterFile['status'] {
  return line === 'starting' || line === 'stopping' || line === 'ready' ? line : 'unknown';
}
