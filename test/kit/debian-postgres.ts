import { execFileSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { queryDatabase } from './database.ts';
import { freePort } from './free-port.ts';
import { startPeer } from './peer.ts';
import { required } from './tool.ts';
import { waitFor } from './wait.ts';

const PROGRAMS = '/usr/lib/postgresql/17/bin';
const EXTENSION = '/usr/share/postgresql/17/extension/timescaledb.control';
const FOLDER = process.env['MILLWRIGHT_DEBIAN13'] ?? '/var/tmp/millwright-debian13';

/** A Debian 13 with PostgreSQL 17 and TimescaleDB, Apache-2 edition, in a folder: `.ci/debian13` makes it. `null` without. */
export const DEBIAN_POSTGRES =
  process.getuid?.() === 0 && existsSync(join(FOLDER, EXTENSION)) && existsSync(join(FOLDER, PROGRAMS)) ? FOLDER : null;

/** A PostgreSQL server of Debian's. */
export interface DebianPostgres extends AsyncDisposable {
  readonly url: string;
  /** Starts it again, with or without TimescaleDB. */
  restart(library: 'timescaledb' | 'none'): Promise<void>;
}

/** Makes an empty database cluster and starts it. It is gone after disposal. */
export async function startDebianPostgres(library: 'timescaledb' | 'none'): Promise<DebianPostgres> {
  const folder = required(DEBIAN_POSTGRES, 'PostgreSQL 17 with TimescaleDB of Debian 13 (run .ci/debian13 as root)');
  const port = await freePort();
  const url = `postgres://millwright@127.0.0.1:${port}/postgres`;
  const data = `/tmp/cluster-${port}`; // as seen from inside
  const inside = ['--userspec=postgres:postgres', folder];
  const start = async (preload: 'timescaledb' | 'none') => {
    const settings = [
      'listen_addresses=127.0.0.1',
      `port=${port}`,
      'unix_socket_directories=',
      'max_locks_per_transaction=512',
      'dynamic_shared_memory_type=mmap', // there is no /dev/shm in the folder
      'timescaledb.telemetry_level=off',
      `shared_preload_libraries=${preload === 'none' ? '' : preload}`,
    ];
    const peer = startPeer('chroot', [
      ...inside,
      `${PROGRAMS}/postgres`,
      '-D',
      data,
      ...settings.flatMap((setting) => ['-c', setting]),
    ]);
    await peer.untilListening(port);
    await waitFor('it to be done with recovery', () => queryDatabase(url, 'select 1').catch(() => null));
    return peer;
  };
  execFileSync('chroot', [
    ...inside,
    `${PROGRAMS}/initdb`,
    '-D',
    data,
    '-A',
    'trust',
    '-U',
    'millwright',
    '-E',
    'UTF8',
  ]);
  let peer = await start(library);
  return {
    url,
    restart: async (preload) => {
      await peer[Symbol.asyncDispose]();
      peer = await start(preload);
    },
    [Symbol.asyncDispose]: async () => {
      await peer[Symbol.asyncDispose]();
      rmSync(join(folder, data), { recursive: true, force: true });
    },
  };
}
