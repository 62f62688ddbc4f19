import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { waitFor } from './wait.ts';

/** The program as people run it. */
export interface Program {
  readonly child: ChildProcess;
  /** When the first line was printed, EpochMs; `null` before. */
  readonly firstLineAt: () => number | null;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Waits until the output matches; fails at once when the program ends first. */
  until(pattern: RegExp, withinMs?: number): Promise<RegExpExecArray>;
  /** Sends a signal and waits for the end; the exit code and how long it took. */
  end(signal: NodeJS.Signals): Promise<{ readonly code: number | null; readonly tookMs: number }>;
}

const root = join(import.meta.dirname, '..', '..');

/** Starts `millwright` with arguments and variables, as a shell does: with the flags of its first line. */
export function startProgram(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  cwd?: string,
): Program {
  return start({ command: join(root, 'bin', 'millwright.js'), args }, { env, ...(cwd === undefined ? {} : { cwd }) });
}

/** Starts `npm start` with arguments and variables, in a process group of its own: a terminal's Ctrl-C goes to the whole group. */
export function startNpm(args: readonly string[], env: Readonly<Record<string, string>>): Program {
  return start({ command: 'npm', args: ['start', '--', ...args] }, { env, cwd: root, detached: true });
}

function start(
  { command, args }: { readonly command: string; readonly args: readonly string[] },
  {
    env,
    ...options
  }: { readonly env: Readonly<Record<string, string>>; readonly cwd?: string; readonly detached?: true },
): Program {
  const { DATABASE_URL, ...inherited } = process.env;
  const child = spawn(command, args, {
    env: { ...inherited, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
  });
  let stdout = '';
  let stderr = '';
  let firstLineAt: number | null = null;
  child.stdout!.on('data', (chunk: Buffer) => {
    firstLineAt ??= Date.now();
    stdout += chunk.toString();
  });
  child.stderr!.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  return {
    child,
    firstLineAt: () => firstLineAt,
    stdout: () => stdout,
    stderr: () => stderr,
    until: async (pattern, withinMs = 120_000) => {
      const found = await waitFor(
        `${pattern} in the output`,
        () => pattern.exec(stdout) ?? (hasEnded() ? 'ended' : null),
        withinMs,
      ).catch((error: unknown) => {
        throw new Error(`no ${pattern} in:\n${stdout}\n${stderr}`, { cause: error });
      });
      if (found === 'ended')
        throw new Error(`ended with ${child.exitCode ?? child.signalCode} before ${pattern}:\n${stdout}\n${stderr}`);
      return found;
    },
    end: async (signal) => {
      const startedAt = Date.now();
      if (!hasEnded()) {
        const exited = once(child, 'exit');
        child.kill(signal);
        await exited;
      }
      return { code: child.exitCode, tookMs: Date.now() - startedAt };
    },
  };
}

/** Waits for a program that ends by itself. */
export async function runProgram(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  cwd?: string,
): Promise<{ code: number | null; output: string }> {
  const program = startProgram(args, env, cwd);
  if (program.child.exitCode === null) await once(program.child, 'close');
  return { code: program.child.exitCode, output: `${program.stdout()}${program.stderr()}` };
}
