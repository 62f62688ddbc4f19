import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const PROGRAM = join(root, 'bin', 'millwright.js');
const FIRST_LINE = { flags: ['--max-semi-space-size=8'], arenas: '2' };
const NODE = { flags: [], arenas: null };

/** What the processes of the program are started with, one after the other, and how the last one ends. */
function run(command: string, args: readonly string[]) {
  const directory = mkdtempSync(join(tmpdir(), 'millwright-flags-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const [probe, seen] = [join(directory, 'probe.cjs'), join(directory, 'seen')];
  writeFileSync(
    probe,
    `if (process.argv[1]?.endsWith('millwright.js')) require('node:fs').appendFileSync(${JSON.stringify(seen)},
       JSON.stringify({ pid: process.pid, flags: process.execArgv, arenas: process.env.MALLOC_ARENA_MAX ?? null }) + '\\n');`,
  );
  const { MALLOC_ARENA_MAX: _, ...env } = process.env;
  const { status } = spawnSync(command, args, { cwd: root, env: { ...env, NODE_OPTIONS: `--require=${probe}` } });
  const lines = readFileSync(seen, 'utf8').trim().split('\n');
  const all = lines.map((line) => JSON.parse(line) as { pid: number; flags: string[]; arenas: string | null });
  const { flags, arenas } = all.at(-1)!;
  return { status, processes: new Set(all.map(({ pid }) => pid)).size, flags, arenas };
}

it.each([
  ['its own first line', PROGRAM, ['--help']],
  ['npm start', 'npm', ['start', '--', '--help']],
])('the limits of memory hold when it is started by %s', (_how, command, args) => {
  expect(run(command, args)).toEqual({ status: 0, processes: 1, ...FIRST_LINE });
});

it('node itself is given the limits where a process can become another, and never a second process', () => {
  const wanted = 'execve' in process ? FIRST_LINE : NODE;
  expect(run(process.execPath, [PROGRAM, 'nonsense'])).toEqual({ status: 1, processes: 1, ...wanted });
});
