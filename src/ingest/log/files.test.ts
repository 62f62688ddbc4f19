import { constants, readFileSync, readlinkSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { folderFiles } from './files.ts';

it.runIf(process.platform === 'linux')('opens segments so that a write returns when it is durable', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'log-files-'));
  const files = await folderFiles(directory);
  const made = await files.create('a');
  expect(await flagsOf(join(directory, 'a'))).toSatisfy((flags: number) => (flags & constants.O_DSYNC) !== 0);
  await made.close();
  const found = await files.open('a');
  expect(await flagsOf(join(directory, 'a'))).toSatisfy((flags: number) => (flags & constants.O_DSYNC) !== 0);
  await found.close();
  await rm(directory, { recursive: true });
});

it('takes more parts than the system takes in one call', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'log-files-'));
  const file = await (await folderFiles(directory)).create('a');
  const parts = Array.from({ length: 3_000 }, (_, i) => Buffer.from([i & 0xff]));
  await file.write(parts, 0);
  await file.sync();
  const read = Buffer.alloc(4_000);
  expect(await file.read(read, 0)).toBe(3_000);
  expect(read.subarray(0, 3_000)).toEqual(Buffer.concat(parts));
  await file.close();
  await rm(directory, { recursive: true });
});

/** Of the one open file at `path`, as proc(5) tells them: octal. */
async function flagsOf(path: string): Promise<number> {
  const open = (await readdir('/proc/self/fd')).filter((fd) => isAt(fd, path));
  expect(open).toHaveLength(1);
  return Number.parseInt(/^flags:\s+(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${open[0]}`, 'latin1'))![1]!, 8);
}

/** False for the folder's own descriptor, which is closed by now. */
function isAt(fd: string, path: string): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`) === path;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false; // what readlink throws
    throw error;
  }
}
