import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { ConfigError, isOurs } from '../model/errors.ts';

const VERSION = 'v1';
const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const WEBHOOK_SECRET_BYTES = 32;

/** Makes a secret for a new webhook, in the form the Standard Webhooks specification writes it. */
export function newWebhookSecret(): string {
  return `whsec_${randomBytes(WEBHOOK_SECRET_BYTES).toString('base64')}`;
}

/** Keeps webhook secrets unreadable in the database: the key is a file, so that a dump alone gives nothing away. */
export interface SecretBox {
  /** Answers `v1:<key id>:<iv>:<tag>:<data>`, parts in base64url; another text every time. */
  encrypt(secret: string): string;
  /** Throws ConfigError `secret_unreadable` when the text was changed or sealed with another key. */
  decrypt(sealed: string): string;
}

/**
 * Opens the key file, which is made (mode 0600) when there is none.
 * Throws ConfigError `secret_unreadable` when others can read it or it holds no key.
 */
export async function createSecretBox(keyFile: string): Promise<SecretBox> {
  const key = await readKey(keyFile);
  const keyId = createHash('sha256').update(key).digest('hex').slice(0, 8);
  const header = Buffer.from(`${VERSION}:${keyId}`);

  return {
    encrypt(secret) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES }).setAAD(header);
      const data = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
      return [header, ...[iv, cipher.getAuthTag(), data].map((part) => part.toString('base64url'))].join(':');
    },
    decrypt(sealed) {
      const [version, sealedWith, iv = '', tag = '', data = '', ...rest] = sealed.split(':');
      if (version !== VERSION || rest.length > 0) throw unreadable('a stored webhook secret has an unknown form');
      if (sealedWith !== keyId) {
        throw unreadable(
          `a stored webhook secret needs the key ${sealedWith}, but ${keyFile} holds the key ${keyId}: restore that file`,
        );
      }
      try {
        const decipher = createDecipheriv(CIPHER, key, Buffer.from(iv, 'base64url'), { authTagLength: TAG_BYTES })
          .setAAD(header)
          .setAuthTag(Buffer.from(tag, 'base64url'));
        return Buffer.concat([decipher.update(Buffer.from(data, 'base64url')), decipher.final()]).toString('utf8');
      } catch (cause) {
        throw unreadable('a stored webhook secret was changed after it was sealed', cause);
      }
    },
  };
}

async function readKey(keyFile: string): Promise<Buffer> {
  try {
    await makeKey(keyFile);
    const { mode } = await stat(keyFile);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw unreadable(`the key file ${keyFile} can be read by others: run chmod 600 on it`);
    }
    const key = Buffer.from((await readFile(keyFile, 'utf8')).trim(), 'base64');
    if (key.length !== KEY_BYTES) throw unreadable(`the key file ${keyFile} must hold ${KEY_BYTES} bytes in base64`);
    return key;
  } catch (cause) {
    if (isOurs(cause)) throw cause;
    throw unreadable(`cannot read or make the key file ${keyFile}`, cause);
  }
}

/** Appears whole or not at all, and never replaces a key that is there. */
async function makeKey(keyFile: string): Promise<void> {
  if (await stat(keyFile).catch(() => null)) return;
  await mkdir(path.dirname(keyFile), { recursive: true });
  const draft = `${keyFile}.${randomBytes(4).toString('hex')}`;
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(`${randomBytes(KEY_BYTES).toString('base64')}\n`);
    await handle.sync();
    await link(draft, keyFile).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error; // somebody else was first: theirs counts
    });
  } finally {
    await handle.close();
    await rm(draft, { force: true });
  }
}

function unreadable(message: string, cause?: unknown): ConfigError {
  return new ConfigError('secret_unreadable', message, cause === undefined ? undefined : { cause });
}
