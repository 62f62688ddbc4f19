import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { runProgram } from '../kit/child.ts';
import { COMPOSE, runCompose } from '../kit/compose.ts';
import { MOSQUITTO, startMosquitto } from '../kit/mosquitto.ts';
import { mustRun } from '../kit/tool.ts';

const VARIABLES = { POSTGRES_PASSWORD: 'not-a-real-one' };

describe.runIf(mustRun(COMPOSE, 'the check of docker-compose.yml (apt-get install docker-compose)'))(
  'the compose file',
  () => {
    it('is accepted once the password of the database is set', () => {
      expect(runCompose(['config', '-q'], VARIABLES)).toMatchObject({ status: 0, stdout: '', stderr: '' });
    });

    it('is refused, with the name of what is missing, without that password', () => {
      const { status, stderr } = runCompose(['config', '-q'], {});
      expect(status).not.toBe(0);
      expect(stderr).toContain('POSTGRES_PASSWORD');
      expect(stderr).toContain('set it in .env');
    });

    it('publishes ports on the loopback of its machine only', () => {
      const ports = Object.values(services()).flatMap(({ ports = [] }) => ports.map(hostOf));
      expect(ports.length).toBeGreaterThan(0);
      expect(ports.filter((host) => host !== '127.0.0.1')).toEqual([]);
    });

    it('mounts a plant file that the service takes', async () => {
      expect(await runProgram(['check', mounted('millwright', '/etc/millwright/plant.yaml')])).toMatchObject({
        code: 0,
        output: expect.stringContaining('is right'),
      });
    });

    it.runIf(mustRun(MOSQUITTO, 'the configuration of the broker (apt-get install mosquitto)'))(
      'mounts a configuration with which a real broker takes messages',
      async () => {
        const folder = mkdtempSync(join(tmpdir(), 'broker-data-'));
        chmodSync(folder, 0o777); // started by root, the broker becomes another user
        const lines = readFileSync(mounted('mosquitto', '/mosquitto/config/mosquitto.conf'), 'utf8').split('\n');
        const elsewhere = lines
          .filter((line) => !/^listener\s/.test(line)) // the one of the test comes first
          .map((line) => line.replace(/^persistence_location .*/, `persistence_location ${folder}/`));
        expect(elsewhere).toHaveLength(lines.length - 1);
        try {
          await using broker = await startMosquitto(elsewhere);
          const client = await connectAsync(broker.url, { reconnectPeriod: 0 });
          await client.publishAsync('plant/hall/press-1/temperature', '{"value":61.5}', { qos: 1 });
          await client.endAsync();
        } finally {
          rmSync(folder, { recursive: true, force: true });
        }
      },
    );
  },
);

/** A mount or a port: a text in Compose 1, an object since. */
interface Service {
  readonly ports?: readonly (string | { readonly host_ip?: string })[];
  readonly volumes?: readonly (string | { readonly source: string; readonly target: string })[];
}

function services(): Readonly<Record<string, Service>> {
  const { status, stdout, stderr } = runCompose(['config'], VARIABLES);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return (parse(stdout) as { services: Record<string, Service> }).services; // as Compose writes it
}

function hostOf(port: string | { readonly host_ip?: string }): string | undefined {
  return typeof port === 'string' ? port.split(':').at(-3) : port.host_ip;
}

/** The file of this machine that a service finds at `target`. */
function mounted(service: string, target: string): string {
  const volumes = services()[service]?.volumes ?? [];
  const sources = volumes.flatMap((volume) => {
    const [source, place] = typeof volume === 'string' ? volume.split(':') : [volume.source, volume.target];
    return place === target && source !== undefined ? [source] : [];
  });
  if (sources.length !== 1) throw new Error(`${service} has ${sources.length} mounts at ${target}`);
  return sources[0]!;
}
