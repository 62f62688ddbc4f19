import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import type { GroundTruthEntry } from '../../adapters/simulator/model/ground-truth.ts';
import { startService } from '../app.ts';
import { type Flags, readSettings, type Settings } from '../config/settings.ts';
import { systemClock } from '../model/clock.ts';
import { ConfigError } from '../model/errors.ts';
import { openDataDirectory } from '../store/data-directory.ts';
import { createLogger } from '../telemetry/log.ts';
import { refuseTakenPort } from './free-port.ts';
import { requirePlant } from './plant-from-file.ts';
import { tellAccess } from './run.ts';
import type { SimulatedPlantReady } from './simulate.ts';
import { type Stopping, untilStopped } from './until-stopped.ts';

const PLANT_STOP_MS = 2_000;

/** `millwright demo` (`npm start`): the simulated plant in a process of its own, and the service that watches it. */
export async function demo(flags: Flags & { readonly seed: number }): Promise<void> {
  // People watch this in a terminal: without being asked, only what a person must know is logged.
  const settings = readSettings({ env: { LOG_LEVEL: 'error', ...process.env }, flags });
  console.log(`Millwright: starting a simulated plant (seed ${flags.seed}) and the service that watches it.`);
  console.log(
    `Data is kept in ${settings.dataDirectory}; the first start makes a database there, which takes a few seconds.`,
  );
  await refuseTakenPort(settings.host, settings.port);
  await (await openDataDirectory(settings.dataDirectory)).release(); // refuses before anything is started for nothing
  const stopping = untilStopped(['SIGHUP']); // the terminal may be closed
  try {
    await runDemo(settings, flags.seed, stopping);
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
    process.exitCode = 130; // stopped before everything was up: what fails then fails because of it
  }
}

async function runDemo(settings: Settings, seed: number, { signal, requested }: Stopping): Promise<void> {
  const plant = await startPlant(resolve(settings.dataDirectory, 'simulated-plant'), seed, signal);
  try {
    const service = await startService({
      plant: requirePlant(plant.ready.plantFile),
      settings,
      clock: systemClock,
      random: Math.random,
      logger: createLogger(settings.logLevel),
      signal,
    });
    try {
      plant.child.send('begin');
      console.log(`\nThe console is at ${service.url}`);
      tellAccess(service);
      await tellScript(plant.ready.controlPort);
      console.log('\nCtrl-C stops everything; the next start goes on with the data there is.');
      await requested;
      console.log('\nStopping.');
    } finally {
      await service.stop();
    }
  } finally {
    await stopPlant(plant.child);
  }
}

async function startPlant(
  directory: string,
  seed: number,
  signal: AbortSignal,
): Promise<{ child: ChildProcess; ready: SimulatedPlantReady }> {
  const child = fork(process.argv[1]!, ['simulate', '--seed', String(seed), '--directory', directory], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const kill = () => child.kill('SIGKILL'); // it holds nothing that could be lost
  signal.addEventListener('abort', kill, { once: true });
  let complaint = '';
  child.stderr!.on('data', (chunk: Buffer) => {
    complaint = `${complaint}${chunk.toString()}`.slice(-2_000);
  });
  const ready = once(child, 'message').then(([message]) => message as SimulatedPlantReady); // its only message
  const ended = once(child, 'exit').then(() => {
    throw new ConfigError(
      'directory_unusable',
      `the simulated plant did not start: ${complaint.replace(/^millwright: /, '').trim()}`,
    );
  });
  ended.catch(() => undefined); // after the start its end is no news
  const first = await Promise.race([ready, ended]);
  signal.removeEventListener('abort', kill); // from here on it is stopped in order, after the service
  return { child, ready: first };
}

async function stopPlant(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.disconnect();
  const timer = setTimeout(() => child.kill('SIGKILL'), PLANT_STOP_MS);
  await exited;
  clearTimeout(timer);
}

/** Says what is about to happen, from the plant's own script. */
async function tellScript(controlPort: number): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${controlPort}/ground-truth`);
  const { items } = (await answer.json()) as { items: GroundTruthEntry[] }; // our own simulated plant
  const soon = items
    .filter(({ startsAt }) => startsAt < Date.now() + 3 * 60_000)
    .sort((a, b) => a.startsAt - b.startsAt);
  console.log(
    '\nWhat is about to happen in the plant (it is not told to the service; a look-alike only looks like a fault):',
  );
  for (const { startsAt, alertDueAt, kind, tag, source, expect } of soon) {
    const outcome = alertDueAt === null ? expect : `${expect} in ${inSeconds(alertDueAt)} s`;
    console.log(
      `  in ${inSeconds(startsAt).padStart(3)} s  ${kind.padEnd(12)} ${(tag ?? source ?? '').padEnd(28)} → ${outcome}`,
    );
  }
  console.log(`All of it, with exact times: http://127.0.0.1:${controlPort}/ground-truth`);
}

function inSeconds(at: number): string {
  return String(Math.max(0, Math.round((at - Date.now()) / 1_000)));
}
