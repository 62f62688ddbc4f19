import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { DiskFull, onDiskOf } from './full-disk.ts';

describe('a write that the disk has no room for', () => {
  it('says so, with the place and the room there is', async () => {
    const full = await open('/dev/full', 'w');
    const writing = onDiskOf(tmpdir(), () => full.write('x'));
    const said = expect.stringMatching(/^the disk is full \(\d+ MiB free of \d+ MiB at .+\)$/);
    await expect(writing).rejects.toMatchObject({ message: said, code: 'ENOSPC' });
    await expect(writing).rejects.toBeInstanceOf(DiskFull);
    await full.close();
  });

  it('is not taken for any other failure', async () => {
    const missing = onDiskOf(tmpdir(), () => open('/dev/none/x', 'w'));
    await expect(missing).rejects.toMatchObject({ code: expect.stringMatching(/ENOENT|ENOTDIR/) });
    await expect(missing).rejects.not.toBeInstanceOf(DiskFull);
  });
});
