import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../kit/free-port.ts';
import { startPeer } from '../kit/peer.ts';
import type { Bench, Figure } from './figure.ts';
import type { BenchService } from './service.ts';
import { median, say } from './statistics.ts';

const UNITS = 50;
const REGISTERS = 100;
const WARM_UP_S = 5;

/** What the adapter alone prints when it has been measured. */
export interface ModbusAlone {
  /** Of one core, 0..1. */
  readonly cpuShare: number;
  readonly readingsPerSecond: number;
  readonly scans: number;
  readonly requestsPerScan: readonly number[];
  readonly planned: number;
}

/** Polling as plants do it. */
export const modbus: Figure = {
  name: 'modbus',
  about:
    `Modbus TCP, ${UNITS} units of ${REGISTERS} registers, each read once a second: CPU of the adapter with nothing behind it, in a ` +
    'process of its own; requests counted by the device; and CPU of the whole service that stores what is read.',

  async measure(bench) {
    const seconds = bench.seconds(20);
    const device = await startDevice(bench);
    const shares: number[] = [];
    const perScan = new Set<number>();
    let planned = 0;
    for (let round = 0; round < bench.rounds; round++) {
      const alone = await measureAlone(device.port, seconds);
      shares.push(100 * alone.cpuShare);
      for (const requests of alone.requestsPerScan) perScan.add(requests);
      planned = alone.planned;
      bench.say(
        `round ${round + 1}: ${say(shares.at(-1)!)} % of a core for ${say(alone.readingsPerSecond)} readings/s`,
      );
    }
    const idle = await measureService(bench, null, seconds);
    const busy = await measureService(bench, device, seconds);
    return [
      {
        figure: `Modbus adapter, ${UNITS} units × ${REGISTERS} registers at 1 s`,
        unit: '% of a core',
        value: median(shares),
        ceiling: null,
        target: { of: 'value', is: 'at most', limit: 3 },
        note:
          `alone; the service that stores its ${say(busy.storedPerSecond)} readings/s takes ${say(busy.share)} %, ` +
          `idle ${say(idle.share)} %`,
      },
      {
        figure: 'Modbus requests a scan',
        unit: 'requests',
        value: Math.max(...perScan),
        ceiling: planned,
        target: { of: 'ratio', is: 'at most', limit: 1 },
        note: `as planned: ${planned}; the device counted ${say(busy.requestsPerSecond)} a second from the service`,
      },
    ];
  },
};

interface Device {
  readonly port: number;
  /** Requests answered so far. */
  requests(): Promise<number>;
}

async function startDevice(bench: Bench): Promise<Device> {
  const [port, control] = [await freePort(), await freePort()];
  const options = { port, 'control-port': control, units: UNITS, quiet: true as const };
  await bench.keep(bench.tools.start('modbus-sim', options)).untilListening(port);
  const requests = async () => {
    const answer = await fetch(`http://127.0.0.1:${control}/stats`);
    return ((await answer.json()) as { requests: number }).requests; // as the simulator's own help says
  };
  return { port, requests };
}

async function measureAlone(port: number, seconds: number): Promise<ModbusAlone> {
  const script = join(import.meta.dirname, 'modbus-alone.ts');
  const args = ['--import', 'tsx', script, port, UNITS, REGISTERS, WARM_UP_S, seconds].map(String);
  const output = await startPeer(process.execPath, args).untilDone((seconds + WARM_UP_S + 60) * 1_000);
  return JSON.parse(output.slice(output.indexOf('{'))) as ModbusAlone; // printed by our own script
}

async function measureService(bench: Bench, device: Device | null, seconds: number) {
  const service: BenchService = await bench.service(plantOf(device?.port ?? null), await bench.database());
  await sleep(2 * WARM_UP_S * 1_000); // starting is over, and code that is hot is compiled
  const read = async () => ({
    at: performance.now(),
    cpu: service.cpuSeconds(),
    stored: await service.stored(),
    requests: (await device?.requests()) ?? 0,
  });
  const before = await read();
  await sleep(seconds * 1_000);
  const after = await read();
  await service[Symbol.asyncDispose]();
  const elapsedS = (after.at - before.at) / 1_000;
  return {
    share: (100 * (after.cpu - before.cpu)) / elapsedS,
    storedPerSecond: (after.stored - before.stored) / elapsedS,
    requestsPerSecond: (after.requests - before.requests) / elapsedS,
  };
}

function plantOf(port: number | null): string {
  const tag = (unit: number, register: number) =>
    `      r${register}: { from: plc, address: { unitId: ${unit}, register: ${register} } }`;
  const asset = (unit: number) =>
    `  unit-${unit}:\n    tags:\n${Array.from({ length: REGISTERS }, (_, register) => tag(unit, register)).join('\n')}`;
  const assets = Array.from({ length: UNITS }, (_, i) => asset(i + 1)).join('\n');
  const source =
    port === null ? 'push: { kind: http }' : `plc: { kind: modbus, host: 127.0.0.1, port: ${port}, poll: 1s }`;
  return `plant: bench\ntimezone: UTC\nadapters:\n  ${source}\n${port === null ? '' : `assets:\n${assets}\n`}`;
}
