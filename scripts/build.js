// Builds service and console into dist/. Runs after `npm ci` (prepare), so that `npm start` works at once.
// `npx millwright` in this folder runs prepare, too: with `--unless-built` a build that is newer than its sources stays, as
// a running service loads from it.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const run = (tool, ...args) => {
  const { status } = spawnSync(process.execPath, [join(root, 'node_modules', tool), ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
};

const stamp = join(root, 'dist', '.built');
const SOURCES = ['src', 'adapters', 'rules', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];
const newest = Math.max(
  ...SOURCES.flatMap((source) =>
    statSync(join(root, source)).isDirectory()
      ? readdirSync(join(root, source), { recursive: true }).map((name) => join(source, name))
      : [source],
  ).map((path) => statSync(join(root, path)).mtimeMs),
);
if (process.argv.includes('--unless-built') && existsSync(stamp) && statSync(stamp).mtimeMs > newest) process.exit(0);

rmSync(join(root, 'dist'), { recursive: true, force: true });
run('typescript/bin/tsc', '-p', 'tsconfig.build.json');
run('vite/bin/vite.js', 'build', 'src/console', '--logLevel', 'warn');
writeFileSync(stamp, '');
