import { describe, expect, it } from 'vitest';
import { checkOf, type FaultyModbus, startFaultyModbus } from '../kit/faulty-modbus.ts';
import { seeded } from '../kit/seeded.ts';
import { startTestService } from '../kit/service.ts';
import { storedRows } from '../kit/stored-rows.ts';
import { waitFor } from '../kit/wait.ts';

const FAULTY = 0.2;

/** On many lines at once: each waits for its own deadlines, which are long enough for a right answer on a busy machine. */
describe.each([
  { transport: 'tcp', framing: 'tcp', lines: 24, units: 10, exchanges: 10_000, timeoutMs: 300 },
  { transport: 'rtu-over-tcp', framing: 'rtu', lines: 10, units: 10, exchanges: 1_000, timeoutMs: 300 },
] as const)('$exchanges exchanges over $transport, of which a fifth is answered wrongly', (bed) => {
  const { transport, framing, lines, units, exchanges, timeoutMs } = bed;

  it('store what the device held, and nothing else', async () => {
    // Later than the deadline, and no later than a line is listened to.
    const lateMs = 2 * timeoutMs;
    await using started = await startDevices(lines, (i) => ({
      framing,
      random: seeded(44 + i),
      faulty: FAULTY,
      lateMs,
    }));
    const { devices } = started;
    const asked = () => sum(devices.map((device) => device.asked()));
    const spoilt = () => sum(devices.map((device) => device.spoilt()));
    await using service = await startTestService(plantOf(devices, { transport, units, timeoutMs }));
    await waitFor(`${exchanges} exchanges`, () => asked() >= exchanges, 180_000);
    const told = devices.map((device) => device.asked());
    const right = asked() - spoilt();
    await waitFor('what was read is stored', async () => {
      const rows = await storedRows(service.databaseUrl, 'line-');
      return told.every((serial, i) =>
        rows.some(
          ({ value, tag }) => tag.startsWith(`line-${i}-`) && tag.endsWith('.serial') && (value ?? 0) >= serial,
        ),
      );
    });
    const rows = await storedRows(service.databaseUrl, 'line-');
    const good = rows.filter(({ value }) => value !== null);
    const checks = new Map(good.map(({ tag, at, value }) => [`${tag}@${at}`, value]));
    const wrong = good.filter(({ tag, at, value, quality }) => {
      if (!tag.endsWith('.serial')) return quality !== 0;
      const [asset] = tag.split('.');
      const [line, unitId] = /^line-(\d+)-unit-(\d+)\./.exec(tag)!.slice(1).map(Number);
      const check = checks.get(`${asset}.check@${at}`);
      return quality !== 0 || devices[line!]!.unitTold(value!) !== unitId || check !== checkOf(value!, unitId!);
    });
    expect(wrong).toEqual([]);
    expect(spoilt() / asked()).toBeGreaterThan(FAULTY - 0.05);
    // Right answers are not thrown away with the wrong ones.
    const serials = good.filter(({ tag, value }) => {
      const line = /^line-(\d+)-unit-\d+\.serial$/.exec(tag)?.[1];
      return line !== undefined && value! <= told[Number(line)]!;
    });
    expect(serials.length / right).toBeGreaterThan(0.9);
  });
});

async function startDevices(
  count: number,
  optionsOf: (i: number) => Parameters<typeof startFaultyModbus>[0],
): Promise<AsyncDisposable & { readonly devices: readonly FaultyModbus[] }> {
  const devices = await Promise.all(Array.from({ length: count }, (_, i) => startFaultyModbus(optionsOf(i))));
  return {
    devices,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(devices.map((device) => device[Symbol.asyncDispose]()));
    },
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

function plantOf(
  devices: readonly FaultyModbus[],
  { transport, units, timeoutMs }: { readonly transport: string; readonly units: number; readonly timeoutMs: number },
): string {
  const tag = (name: string, from: string, address: string) =>
    `      ${name}: { from: ${from}, address: { ${address}, type: uint32 } }`;
  const assets = devices.flatMap((_, line) =>
    Array.from({ length: units }, (_each, i) => i + 1).map(
      (unit) =>
        `  line-${line}-unit-${unit}:\n    tags:\n` +
        `${tag('serial', `plc-${line}`, `unitId: ${unit}, register: 0`)}\n` +
        `${tag('check', `plc-${line}`, `unitId: ${unit}, register: 2`)}`,
    ),
  );
  const adapters = devices.map(
    ({ port }, line) =>
      `  plc-${line}: { kind: modbus, transport: ${transport}, host: 127.0.0.1, port: ${port}, poll: 50ms, timeout: ${timeoutMs}ms }`,
  );
  return `
plant: faulty
timezone: UTC
adapters:
${adapters.join('\n')}
assets:
${assets.join('\n')}
`;
}
