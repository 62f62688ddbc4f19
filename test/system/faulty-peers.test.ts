import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { parseFaults } from '../../adapters/simulator/faulty/fault-plan.ts';
import { registerValue } from '../../adapters/simulator/faulty/modbus-peer.ts';
import type { InjectedFault } from '../../adapters/simulator/faulty/peer.ts';
import { PEERS, type PeerName } from '../../adapters/simulator/faulty/peers.ts';
import { systemClock } from '../../src/model/clock.ts';
import { type AdapterRun, type AdapterRunOptions, runAdapter } from '../kit/adapter-run.ts';
import { startPeer } from '../kit/peer.ts';
import { waitFor } from '../kit/wait.ts';

const SEED = 7;

const stops: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** Starts a faulty peer and lets the real adapter read it. */
async function read(
  protocol: PeerName,
  options: { faults: readonly string[]; periodMs?: number; plant: (port: number) => string; run?: AdapterRunOptions },
) {
  const directory = mkdtempSync(join(tmpdir(), 'faulty-'));
  stops.push(() => rmSync(directory, { recursive: true, force: true }));
  const kind = PEERS[protocol];
  const injected: InjectedFault[] = [];
  const peer = await kind.start({
    seed: SEED,
    faults: parseFaults(options.faults, Object.keys(kind.faults)),
    port: 0,
    clock: systemClock,
    directory,
    report: (fault) => injected.push(fault),
    ...(options.periodMs === undefined ? {} : { periodMs: options.periodMs }),
  });
  stops.push(() => peer.stop());
  const adapter: AdapterRun = runAdapter(options.plant(peer.port), { redialMs: 20, ...options.run });
  stops.push(() => adapter.stop());
  return { adapter, injected, count: (fault: string) => injected.filter((each) => each.fault === fault).length };
}

describe('the Modbus adapter at a faulty device', () => {
  it('never delivers a value that the register does not hold, whatever one answer in five is like', async () => {
    const tags = [
      { unitId: 1, register: 0 },
      { unitId: 1, register: 500 },
      { unitId: 2, register: 7 },
      { unitId: 3, register: 7 },
    ];
    const faults = ['exception', 'rst', 'garbage', 'previous', 'foreign', 'misnumbered', 'short', 'cut'];
    const { adapter, count } = await read('modbus', {
      faults: [...faults.map((fault) => `${fault}:0.023`), 'delay:0.008', 'half-open:0.008', 'restart:0.004'],
      plant: (port) => `
plant: faulty
adapters:
  plc: { kind: modbus, host: 127.0.0.1, port: ${port}, poll: 50ms, timeout: 100ms }
assets:
  a:
    tags:
${tags.map(({ unitId, register }, i) => `      t${i}: { from: plc, address: { unitId: ${unitId}, table: holding, register: ${register}, type: uint16 } }`).join('\n')}
`,
    });
    await waitFor(
      'each fault three times',
      () => [...faults, 'delay', 'half-open'].every((fault) => count(fault) >= 3) && count('restart') > 0,
    );
    const good = adapter.readings.filter(({ quality }) => quality === 'good');
    expect(good.length).toBeGreaterThan(300);
    const wrong = good.filter(({ tag, value }) => {
      const { unitId, register } = tags[Number(tag.slice('a.t'.length))]!;
      return value !== registerValue('holding', unitId, register);
    });
    expect(wrong).toEqual([]);
    expect(adapter.readings.some(({ quality, value }) => quality === 'bad' && value !== null)).toBe(false);
  });
});

describe('the MQTT adapter at a faulty broker', () => {
  it('delivers every value at least once and counts what cannot be read', async () => {
    const { adapter, count, injected } = await read('mqtt', {
      faults: ['duplicate:0.05', 'out-of-order:0.05', 'bad-payload:0.05', 'kick:0.002', 'rst:0.002', 'garbage:0.002'],
      periodMs: 50,
      plant: (port) => `
plant: faulty
adapters:
  sensors: { kind: mqtt, url: "mqtt://127.0.0.1:${port}", adopt: auto, map: [{ topic: plant/+area/+asset/+tag, value: $.value, time: $.ts }] }
assets:
  machine: {}
`,
    });
    await waitFor(
      'each fault',
      () =>
        ['duplicate', 'out-of-order', 'bad-payload'].every((fault) => count(fault) > 5) &&
        ['kick', 'rst', 'garbage'].every((fault) => count(fault) > 0),
    );
    const seen = adapter.readings.filter(({ tag }) => tag.endsWith('v0')).map(({ value }) => Number(value));
    const [first, last] = [Math.min(...seen), Math.max(...seen) - 3]; // the newest may still be on their way
    const missing = Array.from({ length: last - first + 1 }, (_, i) => first + i).filter((n) => !seen.includes(n));
    expect(missing).toEqual([]);
    // What came before the subscription was there is nobody's.
    const bad = injected.filter(
      ({ fault, on }) => fault === 'bad-payload' && Number(/\d+$/.exec(on)?.[0]) > first,
    ).length;
    const unread = () => [...adapter.discarded.values()].reduce((sum, each) => sum + each, 0);
    await waitFor(`${bad} payloads that cannot be read`, () => unread() >= bad);
    await waitFor('the links after the cuts', () => adapter.connections() > 2);
  });
});

describe('the Sparkplug host at a faulty edge node', () => {
  it('brings new values after each fault, counts what cannot be read, and gives no value to a wrong time', async () => {
    const faults = ['duplicate', 'out-of-order', 'gap', 'bad-payload', 'death', 'kick'];
    const { adapter, count } = await read('sparkplug', {
      faults: faults.map((fault) => `${fault}:${fault === 'kick' ? 0.02 : 0.05}`),
      periodMs: 30,
      plant: (port) => `
plant: faulty
adapters:
  edges: { kind: sparkplug, url: "mqtt://127.0.0.1:${port}", adopt: auto, reorderTimeout: 200ms }
assets:
  machine: {}
`,
    });
    await waitFor('each fault', () => faults.every((fault) => count(fault) >= 1));
    const good = () => adapter.readings.filter(({ tag, quality }) => quality === 'good' && /\.v\d$/.test(tag));
    const last = Math.max(...good().map(({ value }) => value!));
    await waitFor('values that are newer', () => good().some(({ value }) => value! > last + 4));
    // Of one message, all metrics count the same round; a birth says it again, at its own time.
    const rounds = new Map<number, Set<number>>();
    for (const { at, value } of good()) rounds.set(at, (rounds.get(at) ?? new Set()).add(value!));
    expect([...rounds.values()].filter((values) => values.size > 1)).toEqual([]);
    expect(adapter.discarded.get('malformed')).toBeGreaterThanOrEqual(1);
    expect(adapter.readings.some(({ quality, value }) => quality === 'bad' && value === null)).toBe(true);
    await waitFor('the link after the cut', () => adapter.connections() > 1);
  });
});

describe('the OPC UA adapter at a faulty server', () => {
  it.each(['restart', 'namespace-shuffle', 'silent-session', 'half-open', 'garbage'])(
    'brings new values again after: %s',
    async (fault) => {
      const { adapter, count, injected } = await read('opcua', {
        faults: [`${fault}:0.2`],
        plant: (port) => `
plant: faulty
adapters:
  ua: { kind: opcua, url: "opc.tcp://127.0.0.1:${port}", security: none, publish: 200ms }
assets:
  a:
    tags:
      v0: { from: ua, address: { nodeId: "nsu=urn:millwright:simulator;s=v0" } }
`,
      });
      await waitFor('a value', () => adapter.readings.length > 0);
      await waitFor('two faults', () => count(fault) >= 2);
      const values = () =>
        adapter.readings.filter(({ quality }) => quality === 'good').map(({ value }) => Number(value));
      const last = values().at(-1) ?? 0;
      await waitFor('values that are newer', () => (values().at(-1) ?? 0) > last + 4);
      expect(adapter.connections()).toBeGreaterThan(1);
      expect(injected.length).toBeGreaterThan(1);
    },
  );
});

describe('millwright simulate <protocol> --json', () => {
  it('prints what it serves and each fault, the same ones for the same seed', async () => {
    const faultsOf = async () => {
      const program = startPeer(process.execPath, [
        join(import.meta.dirname, '../../bin/millwright.js'),
        ...['simulate', 'mqtt', '--fault', 'duplicate:0.3', '--fault', 'kick:0.1', '--seed', '7', '--json'],
      ]);
      stops.push(() => program[Symbol.asyncDispose]());
      const lines = () =>
        program
          .output()
          .split('\n')
          .slice(0, -1)
          .map((line) => JSON.parse(line));
      await waitFor('twelve faults', () => lines().length > 12);
      program.signal('SIGTERM');
      await program.ended;
      return lines().slice(0, 13);
    };
    const [serves, ...faults] = await faultsOf();
    expect(serves).toMatchObject({ event: 'serves', protocol: 'mqtt', seed: 7, port: expect.any(Number) });
    expect(faults[0]).toMatchObject({
      event: 'fault',
      n: expect.any(Number),
      on: expect.stringContaining('plant/sim/'),
    });
    const [, ...again] = await faultsOf();
    const kinds = (lines: readonly { fault: string; n: number }[]) => lines.map(({ fault, n }) => [fault, n]);
    expect(kinds(again)).toEqual(kinds(faults));
  });
});
