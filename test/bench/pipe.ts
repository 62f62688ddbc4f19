import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** Two programs, the first writing to the second. */
export interface Pipe extends AsyncDisposable {
  /** Waits until both have ended well; `performance.now()` of that moment. */
  untilDone(): Promise<number>;
}

/** Starts `from | to`, joined by the kernel, without a byte going through this process. */
export function startPipe(from: readonly string[], to: readonly string[]): Pipe {
  const sink = spawn(to[0]!, to.slice(1), { stdio: ['pipe', 'inherit', 'inherit'] });
  const source = spawn(from[0]!, from.slice(1), { stdio: ['ignore', sink.stdin!, 'inherit'] });
  sink.stdin!.destroy(); // ours: only the first program's end closes it now
  const ends = [source, sink].map(endOf);
  for (const end of ends) end.catch(() => undefined); // told by who waits
  return {
    untilDone: async () => {
      await Promise.all(ends);
      return performance.now();
    },
    [Symbol.asyncDispose]: async () => {
      source.kill('SIGTERM');
      sink.kill('SIGTERM');
      await Promise.allSettled(ends);
    },
  };
}

async function endOf(child: ChildProcess): Promise<void> {
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${child.spawnargs[0]} ended with ${code ?? child.signalCode}`);
}
