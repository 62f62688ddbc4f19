import { constants, readSync } from 'node:fs';
import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { onDiskOf } from './full-disk.ts';

/** One open segment file. */
export interface LogFile {
  /** Writes at `position`; the bytes are durable only after `sync`. */
  write(bytes: readonly Buffer[], position: number): Promise<void>;
  /** Returns when everything written would survive a power cut. */
  sync(): Promise<void>;
  truncate(size: number): Promise<void>;
  /** Fills `into` from `position`; returns how many bytes there were. */
  read(into: Buffer, position: number): Promise<number>;
  size(): Promise<number>;
  close(): Promise<void>;
}

/** The file system as the readings log sees it; a test puts one in its place that forgets unsynced bytes. */
export interface LogFiles {
  list(): Promise<string[]>;
  create(name: string): Promise<LogFile>;
  open(name: string): Promise<LogFile>;
  remove(name: string): Promise<void>;
}

/**
 * Who reads a file: another thread of Node's, or the one that asks, which then does nothing else meanwhile. What was just written
 * is still in memory, and asking another thread for it costs ten times what reading it does.
 */
export type Reads = 'elsewhere' | 'in this thread';

/** Segment files in a folder, which is made (0700) when missing. */
export async function folderFiles(directory: string, reads: Reads = 'elsewhere'): Promise<LogFiles> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  return {
    list: async () => (await readdir(directory)).sort(),
    create: (name) =>
      onDiskOf(directory, async () => {
        const file = await openFile(join(directory, name), { flags: O_CREAT | O_EXCL, reads });
        try {
          await syncFolder(directory);
          return file;
        } catch (error) {
          await file.close();
          await rm(join(directory, name), { force: true }); // or the next attempt would find it in its way
          throw error;
        }
      }),
    open: (name) => openFile(join(directory, name), { flags: 0, reads }),
    remove: async (name) => {
      await rm(join(directory, name), { force: true });
    },
  };
}

const { O_CREAT, O_EXCL, O_RDWR } = constants;
/**
 * On Linux a write returns when it is durable (open(2): as if each were followed by fdatasync): one call, and one change of
 * threads less for each commit. Other systems do not promise the same by that name, or do not have it.
 */
const DURABLE_WRITES = process.platform === 'linux' ? constants.O_DSYNC : 0;
/** Parts that Linux takes in one call (IOV_MAX); more would be several, each waiting for the disk. */
const MOST_PARTS = 1_024;

async function openFile(
  path: string,
  { flags, reads }: { readonly flags: number; readonly reads: Reads },
): Promise<LogFile> {
  const handle = await open(path, O_RDWR | DURABLE_WRITES | flags, 0o600);
  const folder = dirname(path);
  // Who had it open before may have been killed before its last write was durable.
  let needsSync = true;
  return {
    write: (bytes, position) =>
      onDiskOf(folder, async () => {
        let expected = 0;
        for (const part of bytes) expected += part.length;
        const parts = bytes.length > MOST_PARTS ? [Buffer.concat(bytes)] : [...bytes];
        const { bytesWritten } = await handle.writev(parts, position);
        // A short write is what a nearly full disk does before ENOSPC.
        if (bytesWritten !== expected) throw Object.assign(new Error('the disk took only a part'), { code: 'ENOSPC' });
      }),
    sync: async () => {
      if (!needsSync) return;
      await onDiskOf(folder, () => handle.datasync());
      needsSync = DURABLE_WRITES === 0;
    },
    truncate: async (size) => {
      needsSync = true;
      await handle.truncate(size);
    },
    read: async (into, position) =>
      reads === 'in this thread'
        ? readSync(handle.fd, into, 0, into.length, position)
        : (await handle.read(into, 0, into.length, position)).bytesRead,
    size: async () => (await handle.stat()).size,
    close: () => handle.close(),
  };
}

/** A new file's name is durable only when its folder is synced too. */
async function syncFolder(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
