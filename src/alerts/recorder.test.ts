import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { systemClock } from '../model/clock.ts';
import type { Transition } from '../model/transition.ts';
import type { Database } from '../store/database.ts';
import { createLogger } from '../telemetry/log.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { AlertJournal } from './journal.ts';
import type { Message } from './message.ts';
import { AlertRecorder } from './recorder.ts';
import { RAISED } from './testbench.ts';

/** Of an alert that was closed long ago: nobody but the database knows it. */
const corrected: Transition = {
  ...RAISED,
  alert: '00000000-0000-8000-a000-000000000002',
  effect: 'corrected',
  state: 'normal',
  level: null,
  finding: null,
  note: 'late readings show that it would not have been raised',
};

it('while the database is away a correction waits for it: how its alert stands only the database knows', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'millwright-recorder-'));
  const { journal } = await AlertJournal.open(join(directory, 'alerts.journal'));
  const refuse = () => Promise.reject(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));
  const database: Database = { query: refuse, copyIn: refuse, transaction: refuse, close: refuse };
  const offered: Message[] = [];
  const shown: string[] = [];
  const told = new Promise<void>((resolve) => {
    const recorder = new AlertRecorder({
      journal,
      unstored: [],
      database,
      direct: {
        offer: (message) => void offered.push(message),
        resume: () => undefined,
        settle: async () => new Map(),
        forget: () => undefined,
      },
      plant: { name: 'test', timezone: 'UTC' },
      logId: 'log',
      position: 0,
      openAlerts: [],
      clock: systemClock,
      random: Math.random,
      metrics: createMetrics(),
      logger: createLogger('silent'),
      onTransitions: (transitions) => {
        shown.push(...transitions.map(({ effect }) => effect));
        void recorder.stop().then(resolve);
      },
      claimMs: 0,
    });
    recorder.start();
    recorder.accept([corrected, RAISED], 10);
  });
  await told;
  await rm(directory, { recursive: true });
  expect(offered.map(({ effect }) => effect)).toEqual(['raised']);
  expect(shown).toEqual(['raised']);
});
