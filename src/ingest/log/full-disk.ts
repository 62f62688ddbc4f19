import { statfs } from 'node:fs/promises';

const MIB = 2 ** 20;

/** The disk under the log has no room: a bound of the machine, not of the log. */
export class DiskFull extends Error {
  override readonly name = 'DiskFull';
  readonly code = 'ENOSPC';
}

/** Does something to a file in `folder`. Throws `DiskFull`, which says which disk it is, where the disk took nothing or only a part. */
export async function onDiskOf<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!isNoSpace(cause)) throw cause;
    throw new DiskFull(`the disk is full${await sayRoom(folder)}`, { cause });
  }
}

function isNoSpace(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOSPC';
}

/** In whole MiB, so that it says the same while the last bytes come and go. */
async function sayRoom(folder: string): Promise<string> {
  const room = await statfs(folder).catch(() => null); // that it is full is known without
  if (room === null) return ` at ${folder}`;
  const [free, all] = [room.bavail, room.blocks].map((blocks) => Math.floor((blocks * room.bsize) / MIB));
  return ` (${free} MiB free of ${all} MiB at ${folder})`;
}
