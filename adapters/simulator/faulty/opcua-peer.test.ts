import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { type Clock, systemClock } from '../../../src/model/clock.ts';
import { opcuaPeer } from './opcua-peer.ts';

const stops: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

it('the certificate expires when it is told to', async () => {
  const { OPCUAClient, InMemoryCertificateKeyPairProvider } = await import('node-opcua');
  const directory = mkdtempSync(join(tmpdir(), 'opcua-peer-'));
  stops.push(() => rmSync(directory, { recursive: true, force: true }));
  const faults: string[] = [];
  // An expired certificate stays until the next restart: none may come before the first look.
  let look = () => {};
  const looked = new Promise<void>((resolve) => {
    look = resolve;
  });
  const clock: Clock = {
    ...systemClock,
    sleep: async (ms, signal) => {
      await looked;
      return systemClock.sleep(ms, signal);
    },
  };
  const peer = await opcuaPeer.start({
    seed: 1,
    faults: [{ kind: 'expired-certificate', rate: 0.3 }],
    port: 0,
    clock,
    directory,
    report: ({ fault }) => faults.push(fault),
  });
  stops.push(() => peer.stop(), look);
  const certificateKeyPairProvider = new InMemoryCertificateKeyPairProvider();
  await certificateKeyPairProvider.ensureCertificateExists({ applicationUri: 'urn:test', subject: 'CN=Test', dns: [] });
  const validUntil = async (): Promise<number> => {
    const client = OPCUAClient.create({
      certificateKeyPairProvider,
      endpointMustExist: false,
      connectionStrategy: { maxRetry: 0 },
    });
    try {
      await client.connect(`opc.tcp://127.0.0.1:${peer.port}`);
      const [endpoint] = await client.getEndpoints();
      return Date.parse(new X509Certificate(endpoint!.serverCertificate!).validTo);
    } finally {
      await client.disconnect();
    }
  };
  await vi.waitFor(async () => expect(await validUntil()).toBeGreaterThan(Date.now()), {
    timeout: 20_000,
    interval: 100,
  });
  look();
  await vi.waitFor(() => expect(faults).not.toEqual([]), 20_000);
  await vi.waitFor(async () => expect(await validUntil()).toBeLessThan(Date.now()), { timeout: 60_000, interval: 200 });
  expect(faults[0]).toBe('expired-certificate');
}, 120_000);
