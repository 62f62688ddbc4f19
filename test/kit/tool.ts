import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where Debian and Homebrew put what is not on everybody's path. */
const FOLDERS = [
  '/usr/bin',
  '/usr/sbin',
  '/usr/local/bin',
  '/usr/local/sbin',
  '/opt/homebrew/bin',
  '/opt/homebrew/sbin',
];

/** The path of the first of these programs that is installed, or `null`. */
export function findTool(...names: readonly string[]): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...FOLDERS].filter((folder) => folder !== '');
  const paths = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return paths.find((path) => existsSync(path)) ?? null;
}

/**
 * Whether tests that need something from outside run. Where it is missing they are left out, loudly; in CI they run
 * nevertheless, and fail: a check that was not made must not look like one that passed.
 */
export function mustRun(found: unknown, whatIsLeftOut: string): boolean {
  if (found !== null && found !== undefined) return true;
  if (process.env['CI']) return true;
  process.stderr.write(`\n*** NOT RUN: ${whatIsLeftOut}\n\n`);
  return false;
}

/** The thing itself, or an error that says what is missing. */
export function required<T>(found: T | null, what: string): T {
  if (found === null) throw new Error(`missing: ${what}`);
  return found;
}
