import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findTool, required } from './tool.ts';

/** Where OpenSSL is installed, or `null`. */
export const OPENSSL = findTool('openssl');

/** A certificate and its key, as files. */
export interface Issued {
  readonly certFile: string;
  readonly keyFile: string;
}

/** A certificate authority of one test; its folder goes with it. */
export interface Authority extends AsyncDisposable {
  readonly folder: string;
  readonly caFile: string;
  /** Issues a certificate from now on for `days`; with a negative number it has run out. `names` as in `DNS:localhost`. */
  issue(request: { readonly name: string; readonly names?: string; readonly days?: number }): Promise<Issued>;
  /** The same key, encrypted with this passphrase. */
  encrypt(keyFile: string, passphrase: string): Promise<string>;
}

/** Makes an authority by the `openssl` command. */
export async function createAuthority(): Promise<Authority> {
  const program = required(OPENSSL, 'openssl (apt-get install openssl)');
  const folder = await mkdtemp(join(tmpdir(), 'authority-'));
  const at = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => promisify(execFile)(program, args, { cwd: folder });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  await openssl(
    'req',
    '-x509',
    ...newKey,
    '-days',
    '3',
    '-subj',
    '/CN=test',
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.pem'),
  );
  let serial = 0;
  return {
    folder,
    caFile: at('ca.pem'),
    issue: async ({ name, names = 'DNS:localhost,IP:127.0.0.1', days = 2 }) => {
      serial += 1;
      const file = (suffix: string) => at(`${serial}.${suffix}`);
      await openssl('req', ...newKey, '-subj', `/CN=${name}`, '-keyout', file('key'), '-out', file('csr'));
      await writeFile(file('ext'), `subjectAltName=${names}\n`);
      const signed = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-set_serial', String(serial)];
      const until = ['-days', String(days), '-extfile', file('ext')];
      await openssl('x509', '-req', '-in', file('csr'), ...signed, ...until, '-out', file('pem'));
      return { certFile: file('pem'), keyFile: file('key') };
    },
    encrypt: async (keyFile, passphrase) => {
      const file = `${keyFile}.encrypted`;
      await openssl('pkcs8', '-topk8', '-in', keyFile, '-passout', `pass:${passphrase}`, '-out', file);
      return file;
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
