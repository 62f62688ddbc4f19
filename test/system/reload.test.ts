import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import { type Program, startProgram } from '../kit/child.ts';
import { countingAsset, startCountingDevice } from '../kit/counting-device.ts';
import { createDatabase } from '../kit/database.ts';
import { freePort } from '../kit/free-port.ts';
import { startSimulatedPeer } from '../kit/simulated-peer.ts';
import { waitFor } from '../kit/wait.ts';

const KEY = 'reload-test-key';
const directory = mkdtempSync(join(tmpdir(), 'millwright-reload-'));
const plantFile = join(directory, 'plant.yaml');
let program: Program | null = null;
afterEach(async () => {
  await program?.end('SIGKILL');
  program = null;
});
afterAll(() => {
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
  const call = apiAt(port);
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

it('a reload reads MQTT and OPC UA by the new file, and keeps the links that were not changed', async () => {
  await using broker = await startSimulatedPeer('mqtt');
  await using server = await startSimulatedPeer('opcua');
  const mqtt = `kind: mqtt, url: "mqtt://127.0.0.1:${broker.port}"`;
  const opcua = `kind: opcua, url: "opc.tcp://127.0.0.1:${server.port}"`;
  const topic = (n: number) => `address: { topic: plant/sim/machine/v${n}, value: $.value, time: $.ts }`;
  const node = (n: number) => `address: { nodeId: "nsu=urn:millwright:simulator;s=v${n}" }`;
  const write = (publish: string, more: readonly string[]) =>
    writeFileSync(
      plantFile,
      `plant: reload
timezone: UTC
adapters:
  kept-mqtt: { ${mqtt}, clientId: kept }
  kept-ua: { ${opcua}, publish: 200ms }
  mqtt: { ${mqtt}, clientId: changed }
  ua: { ${opcua}, publish: ${publish} }
assets:
  a:
    tags:
      kept-mqtt: { from: kept-mqtt, ${topic(0)} }
      kept-ua: { from: kept-ua, ${node(0)} }
      mqtt: { from: mqtt, ${topic(1)} }
      ua: { from: ua, ${node(1)} }
${more.map((line) => `      ${line}`).join('\n')}
`,
    );
  const port = await freePort();
  write('200ms', []);
  program = startProgram(['run', '--plant', plantFile], {
    MILLWRIGHT_DATA: join(directory, 'links'),
    MILLWRIGHT_PORT: String(port),
    MILLWRIGHT_ADMIN_KEY: KEY,
    DATABASE_URL: await createDatabase(),
    LOG_LEVEL: 'error',
  });
  await program.until(/Plant reload is at/);
  const call = apiAt(port);
  const sources = async () => {
    const { items } = (await call('GET', '/sources')).body;
    return new Map<string, { since: string; state: string; attempts: number }>(
      items.map((source: { id: string }) => [source.id, source]),
    );
  };
  /** Waits until each of the tags has a good value that is newer than `since`. */
  const flows = (tags: readonly string[], since: number) =>
    waitFor(`values of ${tags.join(', ')}`, async () => {
      const { items } = (await call('GET', '/latest')).body;
      const newer = (items as { tag: string; at: string; quality: string }[]).filter(
        ({ at, quality }) => quality === 'good' && Date.parse(at) > since,
      );
      return tags.every((tag) => newer.some((each) => each.tag === tag));
    });
  const first = ['a.kept-mqtt', 'a.kept-ua', 'a.mqtt', 'a.ua'];
  await flows(first, 0);
  const before = await sources();

  write('400ms', [`mqtt-2: { from: mqtt, ${topic(2)} }`, `ua-2: { from: ua, ${node(2)} }`]);
  const reloaded = await call('POST', '/plant/reload');
  expect(reloaded.body.changes.map(({ kind, what }: { kind: string; what: string }) => `${what} ${kind}`)).toEqual([
    'adapter mqtt changed',
    'adapter ua changed',
    'tag a.mqtt-2 added',
    'tag a.ua-2 added',
  ]);
  await flows([...first, 'a.mqtt-2', 'a.ua-2'], Date.now());
  const after = await sources();
  for (const kept of ['kept-mqtt', 'kept-ua'])
    expect(after.get(kept)).toMatchObject({ state: 'up', since: before.get(kept)!.since, attempts: 0 });
  for (const changed of ['mqtt', 'ua']) expect(after.get(changed)!.since).not.toBe(before.get(changed)!.since);

  write('400ms', [`mqtt-3: { from: kept-mqtt, ${topic(3)} }`]);
  program.child.kill('SIGHUP');
  await program.until(/Plant file reloaded: .*tag a.mqtt-3/s);
  await flows([...first, 'a.mqtt-3'], Date.now());
  expect((await sources()).get('kept-ua')!.since).toBe(before.get('kept-ua')!.since);
});

/** Calls the API of the service on a port of this machine. */
function apiAt(port: number) {
  return async (method: string, path: string, body?: unknown) => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${KEY}`, ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    return { status: answer.status, body: (await answer.json()) as any };
  };
}
