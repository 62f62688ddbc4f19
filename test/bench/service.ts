import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startProgram } from '../kit/child.ts';
import { waitFor } from '../kit/wait.ts';
import type { BenchDatabase } from './database.ts';

const ADMIN_KEY = 'bench-admin-key';
const POLL_MS = 20;
/** Nothing new in the database for so long while something is missing: it will not come. */
const STALLED_MS = 60_000;

/** The service as people run it, in a process of its own. */
export interface BenchService extends AsyncDisposable {
  readonly url: string;
  readonly authorization: string;
  /** CPU time of the process so far, s; the database and the generator not counted. */
  cpuSeconds(): number;
  /** Memory of the process, MiB. */
  residentMiB(): number;
  /** Sum over all series of a counter or gauge of `/metrics`; 0 when there is none yet. */
  metric(name: string): Promise<number>;
  /** Readings committed to the database since the service started. */
  stored(): Promise<number>;
  /** Waits until `readings` were committed since the start; `performance.now()` of that moment. */
  untilStored(readings: number): Promise<number>;
  /** Waits until the process has next to nothing to do. */
  untilIdle(): Promise<void>;
}

/** Starts `millwright run` from `dist/`. */
export async function startBenchService(options: {
  readonly plant: string;
  readonly database: BenchDatabase;
}): Promise<BenchService> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-service-'));
  const plantFile = join(directory, 'plant.yaml');
  writeFileSync(plantFile, options.plant);
  const program = startProgram(['run', '--plant', plantFile, '--port', '0', '--data', join(directory, 'data')], {
    DATABASE_URL: options.database.url,
    MILLWRIGHT_ADMIN_KEY: ADMIN_KEY,
    LOG_LEVEL: 'warn',
  });
  const dispose = async () => {
    await program.end('SIGTERM');
    rmSync(directory, { recursive: true, force: true });
  };
  const authorization = `Bearer ${ADMIN_KEY}`;
  const { pid } = program.child;
  if (pid === undefined) throw new Error('the service could not be started');
  try {
    const url = (await program.until(/is at (http:\S+)\n/))[1]!;
    await waitFor('all sources', async () => {
      const answer = await fetch(`${url}/api/v1/sources`, { headers: { authorization } });
      const { items } = (await answer.json()) as { items: { state: string }[] }; // as docs/openapi.json says
      return items.every(({ state }) => state === 'up' || state === 'listening');
    });
    const metric = async (name: string) => sumOf(name, await (await fetch(`${url}/metrics`)).text());
    const stored = () => metric('writer_readings_stored_total');
    return {
      url,
      authorization,
      cpuSeconds: () => cpuSecondsOf(pid),
      residentMiB: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))![1]) / 1_024,
      metric,
      stored,
      untilStored: (readings) => untilStored(stored, readings, () => program.stdout() + program.stderr()),
      untilIdle: () => untilIdle(pid),
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function untilStored(stored: () => Promise<number>, wanted: number, output: () => string): Promise<number> {
  let last = -1;
  let movedAt = performance.now();
  for (;;) {
    const now = await stored();
    const at = performance.now();
    if (now >= wanted) return at;
    if (now > last) movedAt = at;
    last = now;
    if (at - movedAt > STALLED_MS) {
      throw new Error(`${wanted} readings should be in the database, and no more than ${now} come\n${output()}`);
    }
    await sleep(POLL_MS);
  }
}

async function untilIdle(pid: number): Promise<void> {
  let before = cpuSecondsOf(pid);
  await waitFor('the service to be idle', async () => {
    await sleep(300);
    const now = cpuSecondsOf(pid);
    const isIdle = now - before < 0.05;
    before = now;
    return isIdle;
  });
}

/** proc(5): fields 14 and 15 of `stat`, in ticks of 1/100 s on every Linux that Node runs on. */
function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function sumOf(name: string, exposition: string): number {
  const series = exposition.matchAll(new RegExp(`^${name}(?:\\{[^\\n]*\\})? (\\S+)$`, 'gm'));
  return [...series].reduce((sum, [, value]) => sum + Number(value), 0);
}
