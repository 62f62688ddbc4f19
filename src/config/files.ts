import { readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { ConfigError } from '../model/errors.ts';

/** A path that is written in the plant file is relative to the folder of the plant file. */
export function resolveBeside(plantFile: string, path: string): string {
  return isAbsolute(path) ? path : join(dirname(plantFile), path);
}

/** Reads the text of a plant file. Throws `ConfigError('plant_unreadable')` with a sentence that says why not. */
export function readPlantFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigError('plant_unreadable', `cannot read the plant file ${path}: ${sayWhyUnread(error)}`, {
      cause: error,
    });
  }
}

/** Reads a file with one secret, without the line end behind it. Throws `ConfigError('secret_unreadable')`. */
export function readSecretFile(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new ConfigError('secret_unreadable', `cannot read ${path}: ${sayWhyUnread(error)}`, { cause: error });
  }
}

/** Whether a file is there and everybody on the machine may read it. */
export function isOpenToAll(path: string): boolean {
  const READ_BY_OTHERS = 0o004;
  return ((statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & READ_BY_OTHERS) !== 0;
}

/** Why a file cannot be read, in words: `there is no such file`. */
export function sayWhyUnread(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'there is no such file';
    case 'EACCES':
    case 'EPERM':
      return 'this user may not read it';
    case 'EISDIR':
      return 'it is a folder';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}
