import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { AdapterError } from '../adapter.ts';
import type { MqttConfig } from './settings.ts';

/** What a TLS connection is made with, checked; PEM as it stands in the files. */
export interface TlsMaterial {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly passphrase?: string;
  /** Our own certificate, the first of `certFile`. */
  readonly own: X509Certificate | null;
}

type TlsSettings = Pick<MqttConfig, 'url' | 'caFile' | 'certFile' | 'keyFile' | 'keyPassphraseFile'>;

const CERTIFICATE =
  /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[\s\S]+?-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g;

/**
 * Reads the files of a TLS connection and sees that they fit together: what OpenSSL says of a wrong one nobody understands.
 * @throws AdapterError `secret_unreadable` or `plant_invalid`, naming the setting and the file.
 */
export async function readTls(config: TlsSettings): Promise<TlsMaterial> {
  const { url, caFile, certFile, keyFile, keyPassphraseFile } = config;
  const given = Object.entries({ caFile, certFile, keyFile, keyPassphraseFile }).find(([, file]) => file !== undefined);
  if (given !== undefined && !url.startsWith('mqtts:')) {
    throw new AdapterError('plant_invalid', `${given[0]} needs TLS: write the url as mqtts://`);
  }
  if ((certFile === undefined) !== (keyFile === undefined)) {
    const [there, missing] = certFile === undefined ? ['keyFile', 'certFile'] : ['certFile', 'keyFile'];
    throw new AdapterError('plant_invalid', `${there} needs ${missing}: a client certificate is both`);
  }
  const ca = caFile === undefined ? undefined : await readPem('caFile', caFile);
  if (ca !== undefined) certificates('caFile', caFile, ca);
  if (certFile === undefined || keyFile === undefined) return { ...(ca === undefined ? {} : { ca }), own: null };

  const cert = await readPem('certFile', certFile);
  const own = certificates('certFile', certFile, cert);
  const key = await readPem('keyFile', keyFile);
  const passphrase =
    keyPassphraseFile === undefined ? undefined : (await readPem('keyPassphraseFile', keyPassphraseFile)).trim();
  if (!own.checkPrivateKey(openKey(key, { keyFile, keyPassphraseFile, passphrase }))) {
    throw new AdapterError('plant_invalid', `the key in keyFile ${keyFile} does not belong to certFile ${certFile}`);
  }
  return { ...(ca === undefined ? {} : { ca }), cert, key, ...(passphrase === undefined ? {} : { passphrase }), own };
}

async function readPem(setting: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const why = cause instanceof Error && 'code' in cause ? reasonOf(cause.code) : 'it cannot be read';
    throw new AdapterError('secret_unreadable', `cannot read ${setting} ${path}: ${why}`, { cause });
  }
}

function reasonOf(code: unknown): string {
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES') return 'the service may not read it';
  return code === 'EISDIR' ? 'it is a folder' : String(code);
}

/** The first certificate of a PEM file, after all of them have been understood. */
function certificates(setting: string, path: string | undefined, pem: string): X509Certificate {
  const blocks = pem.match(CERTIFICATE) ?? [];
  try {
    const all = blocks.map((block) => new X509Certificate(block));
    if (all[0] !== undefined) return all[0];
  } catch (cause) {
    throw new AdapterError('plant_invalid', `${setting} ${path} holds a certificate that is damaged`, { cause });
  }
  throw new AdapterError('plant_invalid', `${setting} ${path} holds no certificate in PEM (BEGIN CERTIFICATE)`);
}

function openKey(
  key: string,
  {
    keyFile,
    keyPassphraseFile,
    passphrase,
  }: { keyFile: string; keyPassphraseFile: string | undefined; passphrase: string | undefined },
): KeyObject {
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(key)) {
    throw new AdapterError('plant_invalid', `keyFile ${keyFile} holds no private key in PEM (BEGIN PRIVATE KEY)`);
  }
  const isEncrypted = /ENCRYPTED/.test(key);
  if (isEncrypted && passphrase === undefined) {
    throw new AdapterError('plant_invalid', `keyFile ${keyFile} is encrypted: set keyPassphraseFile`);
  }
  try {
    return createPrivateKey({ key, ...(passphrase === undefined ? {} : { passphrase }) });
  } catch (cause) {
    const text = isEncrypted
      ? `the passphrase in keyPassphraseFile ${keyPassphraseFile} does not open keyFile ${keyFile}`
      : `keyFile ${keyFile} holds a private key that is damaged`;
    throw new AdapterError('plant_invalid', text, { cause });
  }
}
