import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSecretBox, newWebhookSecret } from './secrets.ts';

describe('secrets of webhooks', () => {
  let folder: string;
  let keyFile: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'millwright-secrets-'));
    keyFile = path.join(folder, 'state', 'webhook-key');
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('are 32 random bytes in the written form of the specification', () => {
    const secret = newWebhookSecret();
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(newWebhookSecret()).not.toBe(secret);
  });

  it('come back from the box, also after a restart, and never look the same inside', async () => {
    const box = await createSecretBox(keyFile);
    const sealed = box.encrypt('whsec_abc');
    expect(sealed).toMatch(/^v1:[0-9a-f]{8}:[\w-]{16}:[\w-]{22}:[\w-]+$/);
    expect(box.encrypt('whsec_abc')).not.toBe(sealed);
    expect((await createSecretBox(keyFile)).decrypt(sealed)).toBe('whsec_abc');
  });

  it('make a key file that only its owner can read, and leave no draft of it', async () => {
    await Promise.all([createSecretBox(keyFile), createSecretBox(keyFile), createSecretBox(keyFile)]);
    expect((await stat(keyFile)).mode & 0o777).toBe(0o600);
    expect(await readdir(path.dirname(keyFile))).toEqual(['webhook-key']);
  });

  it('opened by two at once share one key', async () => {
    const [first, second] = await Promise.all([createSecretBox(keyFile), createSecretBox(keyFile)]);
    expect(second.decrypt(first.encrypt('whsec_abc'))).toBe('whsec_abc');
  });

  it('refuse a key file that others can read', async () => {
    await createSecretBox(keyFile);
    await chmod(keyFile, 0o640);
    await expect(createSecretBox(keyFile)).rejects.toMatchObject({ name: 'ConfigError', code: 'secret_unreadable' });
  });

  it('refuse a key file that holds something else', async () => {
    await createSecretBox(keyFile);
    await writeFile(keyFile, 'too short\n');
    await expect(createSecretBox(keyFile)).rejects.toThrow(/32 bytes/);
    expect(await readFile(keyFile, 'utf8')).toBe('too short\n');
  });

  it('refuse what was changed, cut or sealed with another key', async () => {
    const box = await createSecretBox(keyFile);
    const other = await createSecretBox(path.join(folder, 'other-key'));
    const sealed = box.encrypt('whsec_abc');
    const parts = sealed.split(':');
    const flipped = [...parts.slice(0, 4), `${parts[4]?.startsWith('A') ? 'B' : 'A'}${parts[4]?.slice(1)}`].join(':');
    for (const wrong of [flipped, parts.slice(0, 4).join(':'), parts.slice(0, 3).join(':'), 'v2:x', '']) {
      expect(() => box.decrypt(wrong)).toThrow(expect.objectContaining({ code: 'secret_unreadable' }));
    }
    expect(() => other.decrypt(sealed)).toThrow(/restore that file/);
  });
});
