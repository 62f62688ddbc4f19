import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { findTool, required } from './tool.ts';

const ROOT = resolve(import.meta.dirname, '..', '..');
const ANSWER_MS = 30_000;

/** What Compose says to the project's file. */
export interface ComposeAnswer {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How Docker Compose is called here: the program of its own, else the part of `docker`; `null` when there is neither. */
export const COMPOSE: readonly string[] | null = findCompose();

/** Runs Compose on the project's file, with these variables and none that lie in a `.env` or in the surroundings. */
export function runCompose(args: readonly string[], variables: Readonly<Record<string, string>>): ComposeAnswer {
  const [program, ...first] = required(COMPOSE, 'docker-compose (apt-get install docker-compose)');
  const folder = mkdtempSync(join(tmpdir(), 'compose-'));
  const noVariables = join(folder, 'empty.env');
  writeFileSync(noVariables, '');
  try {
    const file = ['--env-file', noVariables, '--project-directory', ROOT, '-f', join(ROOT, 'docker-compose.yml')];
    const env = { PATH: process.env['PATH'] ?? '', HOME: folder, ...variables };
    const answer = spawnSync(program!, [...first, ...file, ...args], { env, encoding: 'utf8', timeout: ANSWER_MS });
    return { status: answer.status, stdout: answer.stdout, stderr: answer.stderr };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function findCompose(): readonly string[] | null {
  const own = findTool('docker-compose');
  if (own !== null) return [own];
  const docker = findTool('docker');
  if (docker === null) return null;
  const { status } = spawnSync(docker, ['compose', 'version'], { stdio: 'ignore', timeout: ANSWER_MS });
  return status === 0 ? [docker, 'compose'] : null;
}
