import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A small file system in memory, to be filled to the last byte. */
export interface Tmpfs extends Disposable {
  readonly path: string;
}

/** Mounts one at `path`, which is made; throws with what `mount` says when this user may not. */
export function mountTmpfs(path: string, sizeMiB: number): Tmpfs {
  mkdirSync(path, { recursive: true });
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMiB}m`, 'tmpfs', path]);
  if (status !== 0) throw new Error(`cannot mount a tmpfs at ${path}: ${String(stderr)}`);
  return {
    path,
    [Symbol.dispose]: () => {
      spawnSync('umount', ['-l', path]);
    },
  };
}

/** Whether this user may; `null` when not. */
export function tryTmpfs(): 'allowed' | null {
  const folder = mkdtempSync(join(tmpdir(), 'tmpfs-'));
  try {
    mountTmpfs(folder, 1)[Symbol.dispose]();
    return 'allowed';
  } catch {
    return null; // told by `mustRun`
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
