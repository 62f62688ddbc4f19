import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AttributeIds, OPCUACertificateManager, OPCUAClient } from 'node-opcua';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../src/model/clock.ts';
import type { Device } from './device.ts';
import { OPCUA_NAMESPACE, startOpcuaServer } from './opcua-server.ts';

const TAGS = ['gearbox-1.vibration', 'gearbox-1.oil-temperature', 'compressor-1.pressure'];

describe('the OPC UA server', () => {
  let directory: string;
  let server: Device;
  let client: OPCUAClient;
  let gear = 2.25;
  const printed = vi.spyOn(console, 'log');

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'simulated-plant-'));
    server = await startOpcuaServer({
      tags: TAGS,
      measure: (tag) => (tag === 'gearbox-1.vibration' ? gear : 55.5),
      clock: systemClock,
      directory,
      updateMs: 50,
    });
    client = OPCUAClient.create({
      endpointMustExist: false,
      connectionStrategy: { maxRetry: 0 },
      clientCertificateManager: new OPCUACertificateManager({ rootFolder: join(directory, 'client') }),
    });
    await client.connect(`opc.tcp://127.0.0.1:${server.port}/plant`);
  });
  afterAll(async () => {
    await client.disconnect();
    await server.stop();
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  });

  it('serves every tag in its own namespace with a moving source time', async () => {
    const session = await client.createSession();
    const index = (await session.readNamespaceArray()).indexOf(OPCUA_NAMESPACE);
    const read = (tag: string) => session.read({ nodeId: `ns=${index};s=${tag}`, attributeId: AttributeIds.Value });
    expect(index).toBeGreaterThan(0);
    expect((await read('compressor-1.pressure')).value.value).toBe(55.5);
    const first = await read('gearbox-1.vibration');
    gear = 7.5;
    await vi.waitFor(async () => expect((await read('gearbox-1.vibration')).value.value).toBe(7.5), {
      interval: 20,
      timeout: 20_000,
    });
    const second = await read('gearbox-1.vibration');
    expect(second.sourceTimestamp?.getTime()).toBeGreaterThan(first.sourceTimestamp?.getTime() ?? 0);
    expect(Math.abs((second.sourceTimestamp?.getTime() ?? 0) - Date.now())).toBeLessThan(20_000);
    await session.close();
  });

  it('writes its certificates into the folder it was given and nothing to the console', async () => {
    expect(await readdir(join(directory, 'opcua-certificates'))).toContain('own');
    expect(printed).not.toHaveBeenCalled();
  });
});
