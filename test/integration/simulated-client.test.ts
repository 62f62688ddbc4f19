import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseFaults } from '../../adapters/simulator/faulty/fault-plan.ts';
import { PEERS } from '../../adapters/simulator/faulty/peers.ts';
import { systemClock } from '../../src/model/clock.ts';
import { scrapeConservation } from '../kit/conservation.ts';
import { startPeer } from '../kit/peer.ts';
import { startTestService, type TestService } from '../kit/service.ts';
import { storedRows } from '../kit/stored-rows.ts';
import { waitFor } from '../kit/wait.ts';

const FAULTS = ['duplicate', 'out-of-order', 'truncated', 'malformed', 'rst', 'gap'];

let test: TestService;
beforeAll(async () => {
  test = await startTestService('plant: pushed\nadapters:\n  push: { kind: http, adopt: auto }\n');
});
afterAll(() => test[Symbol.asyncDispose]());

const port = () => Number(new URL(test.url).port);

describe('a client that pushes with faults', () => {
  it('has every batch stored once, and what cannot be read is counted', async () => {
    const seen = new Map<string, number>();
    const lost = new Set<number>();
    const peer = await PEERS.http.start({
      seed: 7,
      faults: parseFaults(
        FAULTS.map((fault) => `${fault}:0.12`),
        Object.keys(PEERS.http.faults),
      ),
      port: port(),
      clock: systemClock,
      directory: 'unused',
      key: test.adminKey,
      periodMs: 10,
      report: ({ fault, on }) => {
        seen.set(fault, (seen.get(fault) ?? 0) + 1);
        if (fault === 'gap') lost.add(Number(/\d+/.exec(on)![0]));
      },
    });
    await waitFor('each fault', () => FAULTS.every((fault) => (seen.get(fault) ?? 0) >= 3));
    await peer.stop();
    const rows = await waitFor('what is stored', async () => {
      const { accepted, stored } = await scrapeConservation(test.url);
      return accepted === stored && (await storedRows(test.databaseUrl, 'sim.v0'));
    });
    const numbers = rows.map(({ value }) => Number(value)).sort((a, b) => a - b);
    // The last ones may have been on their way, or held back for a later one, when the client was stopped.
    const upTo = numbers.at(-1)! - 2;
    const whole = Array.from({ length: upTo }, (_, i) => i + 1).filter((number) => !lost.has(number));
    expect(numbers.slice(0, whole.length)).toEqual(whole);
    await waitFor('the numbers that were left out', async () => {
      const { items } = (await test.call('GET', '/api/v1/gaps?limit=1000')).body;
      const gaps = (items as { reason: string; firstSequence: number; lastSequence: number }[]).filter(
        ({ reason }) => reason === 'sequence',
      );
      const isTold = (n: number) => gaps.some((gap) => gap.firstSequence <= n && n <= gap.lastSequence);
      return [...lost].filter((number) => number <= upTo && number > 1).every(isTold);
    });
    const { complaints, conflicts, sources } = await scrapeConservation(test.url);
    expect({ complaints, conflicts }).toEqual({ complaints: [], conflicts: 0 });
    expect(sources.get('push')!.discarded).toBeGreaterThanOrEqual(seen.get('malformed')!);
  });

  it('is `millwright simulate http`', async () => {
    const before = (await storedRows(test.databaseUrl, 'sim.v1')).length;
    await using client = startPeer(process.execPath, [
      join(import.meta.dirname, '../../bin/millwright.js'),
      ...['simulate', 'http', '--port', String(port()), '--key', test.adminKey, '--json', '--fault', 'duplicate:1'],
    ]);
    await waitFor('a row', async () => (await storedRows(test.databaseUrl, 'sim.v1')).length > before);
    expect(client.output()).toContain('"event":"fault","fault":"duplicate"');
    expect(client.output()).not.toContain(test.adminKey);
  });
});
