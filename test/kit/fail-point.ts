import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Where the program ends itself by SIGKILL; the number says at which time of coming there. */
export type FailPoint = `${'before-sync' | 'after-sync' | 'before-commit' | 'after-commit' | 'query'}:${number}`;

/** Variables for `startProgram` that make the program die exactly there. */
export function failAt(point: FailPoint): Record<string, string> {
  const preload = pathToFileURL(join(import.meta.dirname, 'fail-point.js')).href;
  return { NODE_OPTIONS: `--import=${preload}`, FAIL_POINT: point };
}
