import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AdapterError } from '../adapter.ts';

/** One file a trusted server certificate, named by its thumbprint. To trust no longer: delete the file. */
const FOLDER = 'trusted';

/** SHA-1 over the DER form, upper-case hex: the name by which people compare certificates. */
export function thumbprintOf(certificate: Buffer): string {
  return createHash('sha1').update(certificate).digest('hex').toUpperCase();
}

/** True when a person has trusted exactly this certificate: the whole of it is compared, not only its thumbprint. */
export async function isTrusted(directory: string, certificate: Buffer): Promise<boolean> {
  try {
    return (await readFile(fileOf(directory, certificate))).equals(certificate);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return false;
    throw new AdapterError('directory_unusable', `cannot read the trusted certificates in ${directory}`, { cause });
  }
}

/** Trusts a server certificate from now on. */
export async function trust(directory: string, certificate: Buffer): Promise<void> {
  try {
    await mkdir(join(directory, FOLDER), { recursive: true, mode: 0o700 });
    await writeFile(fileOf(directory, certificate), certificate, { mode: 0o600 });
  } catch (cause) {
    throw new AdapterError('directory_unusable', `cannot keep trusted certificates in ${directory}`, { cause });
  }
}

function fileOf(directory: string, certificate: Buffer): string {
  return join(directory, FOLDER, `${thumbprintOf(certificate)}.der`);
}
