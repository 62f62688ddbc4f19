import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The database that a service embeds, seen from outside. `directory` is the service's data directory. */
export function embeddedDatabase(directory: string) {
  const postmasterFile = () => readFileSync(join(directory, 'postgres', 'postmaster.pid'), 'utf8').split('\n');
  const pids = () => {
    const postmaster = Number(postmasterFile()[0]);
    const children = readFileSync(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8').trim().split(/\s+/);
    return [postmaster, ...children.filter((pid) => pid !== '').map(Number)];
  };
  return {
    url: () => {
      const password = readFileSync(join(directory, 'postgres-password'), 'utf8').trim();
      return `postgres://millwright:${password}@127.0.0.1:${postmasterFile()[3]}/millwright`;
    },
    /** Stops the postmaster and everything it started where they are; answers with how to let them go on. */
    freeze: () => {
      const frozen = pids();
      signalAll(frozen, 'SIGSTOP');
      return () => signalAll(frozen, 'SIGCONT');
    },
    kill: () => signalAll(pids(), 'SIGKILL'),
  };
}

function signalAll(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // a backend that ended meanwhile
    }
  }
}
