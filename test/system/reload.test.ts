import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { type Program, startProgram } from '../kit/child.ts';
import { countingAsset, startCountingDevice } from '../kit/counting-device.ts';
import { createDatabase } from '../kit/database.ts';
import { freePort } from '../kit/free-port.ts';
import { waitFor } from '../kit/wait.ts';

const KEY = 'reload-test-key';
const directory = mkdtempSync(join(tmpdir(), 'millwright-reload-'));
const plantFile = join(directory, 'plant.yaml');
let program: Program | null = null;
afterAll(async () => {
  await program?.end('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});

interface Variant {
  readonly timezone?: string;
  readonly poll?: string;
  readonly vibrationHigh?: number;
  /** More of the pump's tags, and more rules. */
  readonly tags?: string;
  readonly rules?: string;
}

it('a reload takes what changed and nothing else, and a file with an error changes nothing', async () => {
  await using kept = await startCountingDevice();
  await using changed = await startCountingDevice();
  const write = ({ timezone = 'UTC', poll = '200ms', vibrationHigh = 4.5, tags = '', rules = '' }: Variant) =>
    writeFileSync(
      plantFile,
      `plant: reload
timezone: ${timezone}
adapters:
  kept: { kind: modbus, host: 127.0.0.1, port: ${kept.port}, poll: 200ms, timeout: 10s }
  changed: { kind: modbus, host: 127.0.0.1, port: ${changed.port}, poll: ${poll}, timeout: 10s }
  push: { kind: http }
assets:
${countingAsset('kept')}
${countingAsset('changed').replace('counting:', 'other:')}
  pump: { tags: { vibration: { from: push }, pressure: { from: push }${tags} } }
rules:
  vibration-high: { on: pump.vibration, detect: limit, with: { high: ${vibrationHigh} } }
  pressure-high: { on: pump.pressure, detect: limit, with: { high: 10 } }
${rules}`,
    );
  const port = await freePort();
  const databaseUrl = await createDatabase();
  const start = async () => {
    program = startProgram(['run', '--plant', plantFile], {
      MILLWRIGHT_DATA: join(directory, 'data'),
      MILLWRIGHT_PORT: String(port),
      MILLWRIGHT_ADMIN_KEY: KEY,
      DATABASE_URL: databaseUrl,
      LOG_LEVEL: 'error',
    });
    await program.until(/Plant reload is at/);
    return program;
  };
  const call = async (method: string, path: string, body?: unknown) => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${KEY}`, ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    return { status: answer.status, body: (await answer.json()) as any };
  };
  const push = (tag: string, value: number) =>
    call('POST', '/readings', { readings: [{ tag, at: Date.now(), value }] });
  const alertOf = async (rule: string, state: string) =>
    (await call('GET', '/alerts?state=all')).body.items.find(
      (alert: { rule: string; state: string }) => alert.rule === rule && alert.state === state,
    );
  const sourceOf = async (id: string) =>
    (await call('GET', '/sources')).body.items.find((source: { id: string }) => source.id === id);

  write({});
  const first = await start();
  await push('pump.pressure', 12);
  await push('pump.vibration', 6);
  const pressure = await waitFor('the pressure alert', () => alertOf('pressure-high', 'unacknowledged'));
  const vibration = await waitFor('the vibration alert', () => alertOf('vibration-high', 'unacknowledged'));
  const before = await waitFor('the links', async () => {
    const [a, b] = [await sourceOf('kept'), await sourceOf('changed')];
    return a.state === 'up' && b.state === 'up' && { kept: a, changed: b };
  });

  // What is wrong, or needs a restart, changes nothing, however much else is right.
  const rules = '  level-high: { on: pump.level, detect: limit, with: { high: 10 } }';
  const next: Variant = { poll: '300ms', vibrationHigh: 5, tags: ', level: { from: push }', rules };
  write({ ...next, rules: rules.replace('pump.level', 'pump.levle') });
  const wrong = await call('POST', '/plant/reload');
  expect([wrong.status, wrong.body.code]).toEqual([422, 'plant_invalid']);
  expect(wrong.body.detail).toMatch(/plant\.yaml:20:21.*pump\.level/s);
  write({ ...next, timezone: 'Europe/Berlin' });
  const atStart = await call('POST', '/plant/reload');
  expect([atStart.status, atStart.body.code]).toEqual([409, 'restart_needed']);
  expect(atStart.body.detail).toContain('timezone');
  expect((await push('pump.level', 99)).body.rejected).toMatchObject([{ code: 'unknown_tag' }]);
  expect((await sourceOf('changed')).since).toBe(before.changed.since);

  write(next);
  const reloaded = await call('POST', '/plant/reload');
  expect(reloaded.body.changes.map(({ kind, what }: { kind: string; what: string }) => `${what} ${kind}`)).toEqual([
    'adapter changed changed',
    'adapter push changed',
    'tag pump.level added',
    'rule level-high added',
    'rule vibration-high changed',
  ]);
  await push('pump.level', 99);
  const level = await waitFor('the alert of the new rule', () => alertOf('level-high', 'unacknowledged'));
  await waitFor('the alert of the changed rule to be closed', () => alertOf('vibration-high', 'normal'));
  const { events } = (await call('GET', `/alerts/${vibration.id}`)).body;
  expect(events.at(-1)).toMatchObject({ effect: 'cleared', note: 'the rule vibration-high was changed' });
  expect((await alertOf('pressure-high', 'unacknowledged')).id).toBe(pressure.id);
  await waitFor('the changed source', async () => {
    const source = await sourceOf('changed');
    return source.state === 'up' && source.since !== before.changed.since;
  });
  expect(await sourceOf('kept')).toMatchObject({ state: 'up', since: before.kept.since, attempts: 0 });
  expect((await call('POST', '/plant/reload')).body.changes).toEqual([]);

  write({ ...next, vibrationHigh: 5.5 });
  first.child.kill('SIGHUP');
  await first.until(/Plant file reloaded: ~ rule vibration-high/);
  await push('pump.vibration', 7);
  await waitFor('the alert of the rule as it is now', () => alertOf('vibration-high', 'unacknowledged'));

  // A crash evaluates all of it again, over the changes: nobody is told anything twice.
  const journals = async () =>
    await Promise.all(
      (await call('GET', '/alerts?state=all')).body.items.map(
        async ({ id }: { id: string }) => (await call('GET', `/alerts/${id}`)).body,
      ),
    );
  const told = await journals();
  await first.end('SIGKILL');
  await start();
  await push('pump.level', 1);
  await waitFor(
    'the level to return',
    async () => (await call('GET', `/alerts/${level.id}`)).body.state === 'returned',
  );
  const after = await journals();
  expect(after.filter(({ id }) => id !== level.id)).toEqual(told.filter(({ id }) => id !== level.id));
  expect(after.find(({ id }) => id === level.id).events.map(({ effect }: { effect: string }) => effect)).toEqual([
    'raised',
    'returned',
  ]);
});
