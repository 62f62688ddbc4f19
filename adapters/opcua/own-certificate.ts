import { X509Certificate } from 'node:crypto';
import { chmod, mkdir, open, readFile, rename } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { InMemoryCertificateKeyPairProvider } from 'node-opcua';
import { AdapterError } from '../adapter.ts';
import type { Library } from './library.ts';

/** What this source shows to servers, in its folder. */
export const OWN_CERTIFICATE = 'own-certificate.pem';
const OWN_KEY = 'own-key.pem';
const VALID_DAYS = 3_650;
/** Longer than two files take to be written, and how often to look. */
const MAKING_MS = 3_000;
const LOOK_MS = 50;

/** The certificate by which servers know this source. */
export interface OwnCertificate {
  readonly pair: InMemoryCertificateKeyPairProvider;
  /** Stands in the certificate and is said to the server; the two must agree. */
  readonly applicationUri: string;
  /** SHA-1 over the DER form, hex: what servers show in their lists. */
  readonly thumbprint: string;
  /** EpochMs. */
  readonly expiresAt: number;
}

/** Reads the certificate and the key of a source; makes them (RSA 2048, ten years) the first time. */
export async function ownCertificate(library: Library, directory: string): Promise<OwnCertificate> {
  const stored = await readPair(directory);
  return stored === null ? makePair(library, directory) : certificateOf(library, stored);
}

interface StoredPair {
  readonly certificate: string;
  readonly key: string;
}

async function readPair(directory: string): Promise<StoredPair | null> {
  try {
    const [certificate, key] = await Promise.all(
      [OWN_CERTIFICATE, OWN_KEY].map((name) => readFile(join(directory, name), 'utf8')),
    );
    return { certificate: certificate!, key: key! };
  } catch (error) {
    if (isMissing(error)) return null;
    throw unusable(directory, error);
  }
}

async function makePair(library: Library, directory: string): Promise<OwnCertificate> {
  const pair = new library.InMemoryCertificateKeyPairProvider();
  const host = hostname();
  await pair.ensureCertificateExists({
    applicationUri: `urn:${host}:millwright`,
    subject: `CN=Millwright@${host}/O=Millwright`,
    dns: [host],
    validity: VALID_DAYS,
  });
  const certificate = new X509Certificate(pair.getCertificate()).toString();
  const key = pemOf(pair.getPrivateKey());
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await chmod(directory, 0o700);
    if (!(await createFirst(join(directory, OWN_KEY), key))) {
      const other = await pairOfAnother(directory);
      if (other !== null) return certificateOf(library, other);
      await writeWhole(join(directory, OWN_KEY), key);
    }
    await writeWhole(join(directory, OWN_CERTIFICATE), certificate);
  } catch (error) {
    throw unusable(directory, error);
  }
  return certificateOf(library, { certificate, key });
}

/** Whoever creates the key makes the certificate, too; `false`: somebody else does, like `probe` beside the service. */
async function createFirst(path: string, text: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Waits for what another process is making; `null`: it was ended in the middle of it. */
async function pairOfAnother(directory: string): Promise<StoredPair | null> {
  for (let waitedMs = 0; waitedMs < MAKING_MS; waitedMs += LOOK_MS) {
    const pair = await readPair(directory);
    if (pair !== null) return pair;
    await delay(LOOK_MS);
  }
  return null;
}

function certificateOf(library: Library, { certificate, key }: StoredPair): OwnCertificate {
  const x509 = new X509Certificate(certificate);
  const [, applicationUri = ''] = /URI:([^,]+)/.exec(x509.subjectAltName ?? '') ?? [];
  return {
    pair: new library.InMemoryCertificateKeyPairProvider([x509.raw], { hidden: key }),
    applicationUri,
    thumbprint: x509.fingerprint.replaceAll(':', ''),
    expiresAt: Date.parse(x509.validTo),
  };
}

function pemOf({ hidden }: ReturnType<InMemoryCertificateKeyPairProvider['getPrivateKey']>): string {
  return typeof hidden === 'string' ? hidden : String(hidden.export({ format: 'pem', type: 'pkcs8' }));
}

/** A key that is half written would look like one that somebody broke. */
async function writeWhole(path: string, text: string): Promise<void> {
  const file = await open(`${path}.part`, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.part`, path);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function unusable(directory: string, cause: unknown): AdapterError {
  return new AdapterError('directory_unusable', `cannot keep the own certificate in ${directory}`, { cause });
}
