import { createHook } from 'node:async_hooks';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/model/clock.ts';
import { mqtt } from './index.ts';
import type { MqttConfig } from './settings.ts';
import { gate, hasMosquitto, type Mosquitto, mosquitto, type Recorder, recorder, settings } from './testbench.ts';

const T = 1_767_225_600_000;
const map = [{ topic: 'plant/+asset/+tag', value: '$.value', time: '$.ts' }];
const mustRun = hasMosquitto || Boolean(process.env['CI']);
if (!mustRun) process.stderr.write('not run: the tests with a real broker (apt-get install mosquitto)\n');

const endings: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

async function started(lines: readonly string[] = [], scheme = 'mqtt'): Promise<Mosquitto> {
  const broker = await mosquitto(lines, scheme);
  endings.push(() => broker.dispose());
  await broker.start();
  return broker;
}

async function publisher(url: string): Promise<MqttClient> {
  const client = await connectAsync(url, { reconnectPeriod: 0, queueQoSZero: false });
  endings.push(() => client.endAsync(true));
  return client;
}

/** Starts the adapter; whatever the test leaves running is stopped after it. */
function run(made: Recorder, config: MqttConfig): Promise<void> {
  const ended = mqtt.run(config, [], made.ctx);
  endings.push(async () => {
    made.abort();
    await ended.catch(() => {}); // the test has looked at it
  });
  return ended;
}

const until = (check: () => void, timeout = 20_000) => vi.waitFor(check, { timeout, interval: 10 });
const connected = (made: Recorder) => until(() => expect(made.connections).toBe(1));
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);
const values = (made: Recorder) => made.readings.map(({ value }) => value).sort((a, b) => Number(a) - Number(b));

describe.runIf(mustRun)('with mosquitto, the mqtt adapter', () => {
  it.each([4, 5] as const)('delivers a value with its own time (protocol %i)', async (protocol) => {
    const { url } = await started();
    const made = recorder();
    void run(made, settings({ url, map, protocol })).catch(() => {});
    await connected(made);
    const client = await publisher(url);
    await client.publishAsync('plant/press-1/load', JSON.stringify({ value: 71, ts: T }), { qos: 1 });
    await until(() => expect(made.readings).toEqual([{ tag: 'press-1.load', at: T, value: 71, quality: 'good' }]));
  });

  it.each([4, 5] as const)('gets again what was not stored when it was cut off (protocol %i)', async (protocol) => {
    const { url } = await started();
    const stuck = recorder(() => new Promise(() => {}));
    const cut = run(stuck, settings({ url, map, protocol }));
    await connected(stuck);
    const client = await publisher(url);
    for (const n of numbers(10))
      await client.publishAsync('plant/m/a', JSON.stringify({ value: n, ts: T + n }), { qos: 1 });
    await until(() => expect(stuck.calls.reduce((sum, size) => sum + size, 0)).toBe(10));
    stuck.abort();
    await cut;

    const made = recorder();
    void run(made, settings({ url, map, protocol })).catch(() => {});
    await until(() => expect(values(made)).toEqual(numbers(10)));
  });

  it('does not get again what it has acknowledged', async () => {
    const { url } = await started();
    const first = recorder();
    const ended = run(first, settings({ url, map }));
    await connected(first);
    const client = await publisher(url);
    await client.publishAsync('plant/m/a', JSON.stringify({ value: 1, ts: T }), { qos: 1 });
    await until(() => expect(first.readings).toHaveLength(1));
    first.abort();
    await ended;

    const second = recorder();
    void run(second, settings({ url, map })).catch(() => {});
    await connected(second);
    await client.publishAsync('plant/m/a', JSON.stringify({ value: 2, ts: T + 1 }), { qos: 1 });
    await until(() => expect(values(second)).toEqual([2]));
  });

  it('loses nothing while storing fails again and again', async () => {
    const { url } = await started();
    const stored = new Set<number | null>();
    const client = await publisher(url);
    const runs: Recorder[] = [];
    let isOver = false;
    const supervise = async () => {
      while (!isOver && runs.length < 500) {
        let calls = 0;
        const made = recorder(async (batch) => {
          calls += 1;
          if (calls % 3 === 0) throw new Error('disk trouble');
          for (const { value } of batch) stored.add(value);
        });
        runs.push(made);
        await mqtt.run(settings({ url, map, inFlight: 20 }), [], made.ctx).catch(() => {});
      }
    };
    const first = recorder();
    const subscribed = run(first, settings({ url, map }));
    await connected(first);
    first.abort();
    await subscribed;
    const supervised = supervise();
    const sent = numbers(500).map((n) =>
      client.publishAsync('plant/m/a', JSON.stringify({ value: n, ts: T + n }), { qos: 1 }),
    );
    await Promise.all(sent);
    await until(() => expect(stored.size).toBe(500), 20_000);
    isOver = true;
    runs.at(-1)?.abort();
    await supervised;
    expect(runs.length).toBeGreaterThan(3);
  });

  it('ends when the broker stops, and the session survives it', async () => {
    const broker = await started();
    const made = recorder();
    const ended = run(made, settings({ url: broker.url, map }));
    const outcome = expect(ended).rejects.toMatchObject({ code: 'connection_lost' });
    await connected(made);
    await broker.stop();
    await outcome;
    await broker.start();
    const client = await publisher(broker.url);
    await client.publishAsync('plant/m/a', JSON.stringify({ value: 3, ts: T }), { qos: 1 });
    const again = recorder();
    void run(again, settings({ url: broker.url, map })).catch(() => {});
    await until(() => expect(values(again)).toEqual([3]));
  });

  it('holds the PUBACK until the log has the reading', async () => {
    const { url } = await started(['sys_interval 1', 'max_inflight_messages 20']);
    const log = gate();
    const made = recorder(() => log.passed);
    void run(made, settings({ url, map })).catch(() => {});
    await connected(made);
    const client = await publisher(url);
    for (const n of numbers(60))
      void client.publishAsync('plant/m/a', JSON.stringify({ value: n, ts: T + n }), { qos: 1 });
    const received = () => made.calls.reduce((sum, size) => sum + size, 0);
    await until(() => expect(received()).toBe(20));
    await client.publishAsync('plant/done', '1', { qos: 1 }); // everything before it has reached the broker
    expect(received()).toBe(20);
    log.open();
    await until(() => expect(values(made)).toEqual(numbers(60)));
  });

  it.each([4, 5] as const)(
    'delivers 20,000 messages once each while every commit takes 5 ms (protocol %i)',
    async (protocol) => {
      const { url } = await started(['max_inflight_messages 100']);
      const made = recorder(() => systemClock.sleep(5));
      void run(made, settings({ url, map, protocol })).catch(() => {});
      await connected(made);
      const client = await publisher(url);
      const startedAt = performance.now();
      for (let first = 0; first < 20_000; first += 500) {
        const sent = numbers(500).map((n) =>
          client.publishAsync(`plant/m/t${n % 50}`, `{"value":${first + n},"ts":${T + first + n}}`, { qos: 1 }),
        );
        await Promise.all(sent);
      }
      await until(() => expect(made.readings.length).toBeGreaterThanOrEqual(20_000), 60_000);
      const tookMs = performance.now() - startedAt;
      expect(values(made)).toEqual(numbers(20_000));
      expect(tookMs).toBeLessThan(50_000); // one after the other they take 100 s
    },
    120_000,
  );

  it('leaves no timer and no socket behind, however it ends', async () => {
    const broker = await started();
    const alive = new Map<number, string>();
    const made = /adapters\/mqtt\/(?!.*test)|node_modules\/mqtt/; // the test runner has timers of its own
    const hook = createHook({
      init: (id, type) => {
        const stack = new Error(type).stack ?? '';
        if (/Timeout|TCPWRAP/.test(type) && made.test(stack)) alive.set(id, stack);
      },
      destroy: (id) => alive.delete(id),
    }).enable();
    endings.push(async () => void hook.disable());
    for (const end of ['abort', 'broker'] as const) {
      const client = recorder();
      const ended = mqtt.run(settings({ url: broker.url, map }), [], client.ctx).catch(() => {});
      await connected(client);
      expect(alive.size).toBeGreaterThan(0);
      if (end === 'abort') client.abort();
      else await broker.stop();
      await ended;
      await setImmediate(); // `destroy` is told a turn later
      expect([...alive.values()]).toEqual([]);
    }
  });

  it('speaks TLS with a broker whose certificate it trusts, and with no other', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mqtts-'));
    endings.push(() => rm(folder, { recursive: true, force: true }));
    const [keyfile, certfile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const request = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=broker';
    const names = ['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', keyfile, '-out', certfile];
    await promisify(execFile)('openssl', [...request.split(' '), ...names]);
    const { url } = await started([`keyfile ${keyfile}`, `certfile ${certfile}`], 'mqtts');
    const made = recorder();
    void run(made, settings({ url, map, caFile: certfile })).catch(() => {});
    await connected(made);
    await expect(run(recorder(), settings({ url, map }))).rejects.toMatchObject({ code: 'certificate_refused' });
  });
});
