import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { type Program, startProgram } from '../kit/child.ts';
import { freePort } from '../kit/free-port.ts';
import { startPushers } from '../kit/ledger.ts';
import { seeded } from '../kit/seeded.ts';
import { waitFor } from '../kit/wait.ts';

const SEED = Number(process.env['CRASH_SEED'] ?? 20261121);
const KILLS = Number(process.env['CRASH_KILLS'] ?? 20);
const KEY = 'crash-test-key';

const directory = mkdtempSync(join(tmpdir(), 'millwright-crash-'));
const plantFile = join(directory, 'plant.yaml');
writeFileSync(plantFile, 'plant: crash\ntimezone: UTC\nadapters:\n  push: { kind: http, adopt: auto }\n');

let program: Program | null = null;
afterAll(async () => {
  await program?.end('SIGINT');
  rmSync(directory, { recursive: true, force: true });
});

it(`after kill -9 at ${KILLS} moments (seed ${SEED}), what was answered 200 is in the database, each reading once`, async () => {
  const random = seeded(SEED);
  const port = await freePort();
  const variables = {
    MILLWRIGHT_DATA: join(directory, 'data'),
    MILLWRIGHT_PORT: String(port),
    MILLWRIGHT_ADMIN_KEY: KEY,
    LOG_LEVEL: 'warn',
  };
  const start = async (): Promise<Program> => {
    const started = startProgram(['run', '--plant', plantFile], variables);
    await started.until(/Plant crash is at/);
    return started;
  };

  program = await start();
  const ledger = startPushers(`http://127.0.0.1:${port}`, KEY);
  for (let kill = 0; kill < KILLS; kill++) {
    const before = ledger.answered();
    await waitFor('something to be answered', () => ledger.answered() > before);
    await sleep(random() * 400);
    await program.end('SIGKILL');
    program = await start();
  }
  await ledger.stop();
  expect(ledger.answered()).toBeGreaterThan(KILLS);
  await ledger.verify();
}, 600_000);
