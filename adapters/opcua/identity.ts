import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { UserIdentityInfo } from 'node-opcua';
import { AdapterError } from '../adapter.ts';
import type { Library } from './library.ts';
import type { Config } from './settings.ts';

/**
 * Who the session is opened for; secrets are read from their files at each connect. Throws `secret_unreadable`, and
 * `authentication_failed` for a login that somebody in between could make his own.
 */
export async function identityOf(library: Library, config: Config): Promise<UserIdentityInfo> {
  const { username, userCertificate, userKey } = config;
  const { UserTokenType } = library;
  if (userCertificate !== undefined || userKey !== undefined) {
    requireChannel(config);
    const [certificate, key] = await Promise.all([
      readSecret('userCertificate', userCertificate),
      readSecret('userKey', userKey),
    ]);
    return { type: UserTokenType.Certificate, certificateData: derOf(certificate, userCertificate), privateKey: key };
  }
  if (username === undefined) return { type: UserTokenType.Anonymous };
  const password =
    config.passwordFile === undefined ? (config.password ?? '') : await readSecret('passwordFile', config.passwordFile);
  return { type: UserTokenType.UserName, userName: username, password };
}

/**
 * A user's signature is for a certificate and a nonce that the server shows (OPC UA Part 4 §7.40.2.1). Only a secure channel ties
 * them to that server: without one, whoever stands in between hands on those of the real server, and is logged in with our answer.
 */
function requireChannel({ url, security, allowInsecure }: Config): void {
  if (security !== 'none' || allowInsecure) return;
  throw new AdapterError(
    'authentication_failed',
    `the login with userCertificate at ${url} is not protected with security: none, and somebody in between could use it for ` +
      'a session of his own: set security: encrypt or sign, or allowInsecure: true to log in all the same',
  );
}

async function readSecret(setting: string, path: string | undefined): Promise<string> {
  if (path === undefined) {
    throw new AdapterError('secret_unreadable', `${setting} is missing: userCertificate and userKey go together`);
  }
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (cause) {
    throw new AdapterError('secret_unreadable', `cannot read ${path} (${setting})`, { cause });
  }
}

function derOf(pem: string, path: string | undefined): Buffer {
  try {
    return new X509Certificate(pem).raw;
  } catch (cause) {
    throw new AdapterError('secret_unreadable', `${path} (userCertificate) holds no certificate in PEM form`, {
      cause,
    });
  }
}
