import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openDataDirectory } from './data-directory.ts';

it('a data directory is made with the folders above it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millwright-data-'));
  try {
    const path = join(folder, 'a', 'b');
    const directory = await openDataDirectory(path);
    expect(directory.identity).toMatch(/^[0-9a-f]{32}$/);
    await directory.release();
    expect((await openDataDirectory(path)).identity).toBe(directory.identity);
  } finally {
    await rm(folder, { recursive: true });
  }
});

it.runIf(existsSync('/proc/self'))(
  'a data directory where none can be made is refused at once, with the reason',
  async () => {
    await expect(openDataDirectory('/proc/x')).rejects.toMatchObject({
      code: 'directory_unusable',
      message: 'cannot use the data directory /proc/x: no folder can be made in /proc: choose another with --data',
    });
  },
);
