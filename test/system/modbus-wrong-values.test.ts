import { describe, expect, it } from 'vitest';
import { checkOf, type FaultyModbus, startFaultyModbus } from '../kit/faulty-modbus.ts';
import { seeded } from '../kit/seeded.ts';
import { startTestService } from '../kit/service.ts';
import { storedRows } from '../kit/stored-rows.ts';
import { waitFor } from '../kit/wait.ts';

const FAULTY = 0.2;

describe.each([
  { transport: 'tcp', framing: 'tcp', units: 50, exchanges: 10_000, timeoutMs: 100 },
  { transport: 'rtu-over-tcp', framing: 'rtu', units: 20, exchanges: 1_000, timeoutMs: 60 },
] as const)('$exchanges exchanges over $transport, of which a fifth is answered wrongly', (line) => {
  const { transport, framing, units, exchanges, timeoutMs } = line;

  it('store what the device held, and nothing else', async () => {
    // Later than the deadline, and no later than a line is listened to.
    const lateMs = 2 * timeoutMs;
    await using device = await startFaultyModbus({ framing, random: seeded(44), faulty: FAULTY, lateMs });
    await using service = await startTestService(plantOf(device, { transport, units, timeoutMs }));
    await waitFor(`${exchanges} exchanges`, () => device.asked() >= exchanges, 180_000);
    const told = device.asked();
    await waitFor('what was read is stored', async () => {
      const rows = await storedRows(service.databaseUrl, 'unit-');
      return rows.some(({ value, tag }) => tag.endsWith('.serial') && (value ?? 0) >= told);
    });
    const rows = await storedRows(service.databaseUrl, 'unit-');
    const good = rows.filter(({ value }) => value !== null);
    const checks = new Map(good.map(({ tag, at, value }) => [`${tag}@${at}`, value]));
    const wrong = good.filter(({ tag, at, value, quality }) => {
      if (!tag.endsWith('.serial')) return quality !== 0;
      const unitId = Number(/^unit-(\d+)\./.exec(tag)?.[1]);
      const check = checks.get(`unit-${unitId}.check@${at}`);
      return quality !== 0 || device.unitTold(value!) !== unitId || check !== checkOf(value!, unitId);
    });
    expect(wrong).toEqual([]);
    expect(device.spoilt() / device.asked()).toBeGreaterThan(FAULTY - 0.05);
    // Right answers are not thrown away with the wrong ones.
    const serials = good.filter(({ tag }) => tag.endsWith('.serial')).length;
    expect(serials / (device.asked() - device.spoilt())).toBeGreaterThan(0.9);
  }, 230_000);
});

function plantOf(
  device: FaultyModbus,
  { transport, units, timeoutMs }: { readonly transport: string; readonly units: number; readonly timeoutMs: number },
): string {
  const tag = (name: string, unitId: number, register: number) =>
    `      ${name}: { from: plc, address: { unitId: ${unitId}, register: ${register}, type: uint32 } }`;
  const assets = Array.from({ length: units }, (_, i) => i + 1).map(
    (unit) => `  unit-${unit}:\n    tags:\n${tag('serial', unit, 0)}\n${tag('check', unit, 2)}`,
  );
  return `
plant: faulty
timezone: UTC
adapters:
  plc: { kind: modbus, transport: ${transport}, host: 127.0.0.1, port: ${device.port}, poll: 50ms, timeout: ${timeoutMs}ms }
assets:
${assets.join('\n')}
`;
}
