import { statfs } from 'node:fs/promises';

/** How full a file system is. */
export interface DiskUse {
  /** What lies on it, in words. */
  readonly holds: string;
  /** 0..1 of what an ordinary user may fill. */
  readonly used: number;
  readonly freeBytes: number;
}

/** Measures the file system that a folder lies on. Throws when the folder can't be reached. */
export async function measureDisk(holds: string, folder: string): Promise<DiskUse> {
  const { bsize, blocks, bfree, bavail } = await statfs(folder);
  const taken = blocks - bfree; // what is kept back for root is neither taken nor free: df counts the same way
  return { holds, used: taken / Math.max(1, taken + bavail), freeBytes: bavail * bsize };
}
