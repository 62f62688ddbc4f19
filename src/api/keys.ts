import { createHash, randomBytes } from 'node:crypto';

/** A new API key, `mw_<id>.<secret>`: 256 random bits, shown once, never stored. */
export function newApiKey(): { readonly id: string; readonly key: string } {
  const id = randomBytes(6).toString('hex');
  return { id, key: `mw_${id}.${randomBytes(32).toString('base64url')}` };
}

/** A secret for a cookie, a form or a link: 256 random bits. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** What is stored of a key or a token. A plain hash is enough: nobody can guess 256 random bits. */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
