import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/** Tests that start the service as people do need it built: builds it when a source is newer than what is there. */
export function setup(): void {
  const built = newest(join(root, 'dist', 'src'));
  const sources = Math.max(...['src', 'adapters', 'rules', 'scripts/build.js'].map((path) => newest(join(root, path))));
  if (built > sources) return;
  const { status } = spawnSync(process.execPath, [join(root, 'scripts', 'build.js')], { stdio: 'inherit' });
  if (status !== 0) throw new Error('the build failed');
}

function newest(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))));
}
