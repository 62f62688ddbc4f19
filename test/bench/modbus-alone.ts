import { createModbus } from '../../adapters/modbus/index.ts';
import { limitsOf } from '../../adapters/modbus/line.ts';
import { planRequests } from '../../adapters/modbus/requests.ts';
import { addressOf, configOf, record } from '../../adapters/modbus/testbench.ts';
import type { ModbusAlone } from './modbus.ts';

// The adapter with nothing behind it, in a process of its own: what it costs by itself.
// Usage: modbus-alone.ts PORT UNITS REGISTERS WARM-UP-SECONDS SECONDS; prints one line of JSON.
const [port = 0, units = 0, registers = 0, warmUpS = 0, seconds = 0] = process.argv.slice(2).map(Number);

const config = configOf({ host: '127.0.0.1', port, poll: '1s' });
const tags = Object.fromEntries(
  Array.from({ length: units * registers }, (_, i) => {
    const [unitId, register] = [1 + Math.floor(i / registers), i % registers];
    return [`unit-${unitId}.r${register}`, addressOf({ unitId, register })];
  }),
);
const bindings = Object.entries(tags).map(([tag, address]) => ({ tag, address }));
const planned = planRequests(bindings, limitsOf(config), { refused: new Set(), cuts: new Set() }).requests.length;

await using run = record(config, tags, { adapter: createModbus() });
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
await wait(warmUpS * 1_000);
const before = { cpu: process.cpuUsage(), at: performance.now(), scans: run.scans.length };
await wait(seconds * 1_000);
const { user, system } = process.cpuUsage(before.cpu);
const elapsedS = (performance.now() - before.at) / 1_000;
const scans = run.scans.length;
const readings = run.scans.slice(before.scans).reduce((sum, scan) => sum + scan.length, 0);
const perScan = run.scans.map((_, i) => run.outcomes.filter(({ scan }) => scan === i).length);
await run.stop();
console.log(
  JSON.stringify({
    cpuShare: (user + system) / 1e6 / elapsedS,
    readingsPerSecond: readings / elapsedS,
    scans: scans - before.scans,
    requestsPerScan: [Math.min(...perScan), Math.max(...perScan)],
    planned,
  } satisfies ModbusAlone),
);
