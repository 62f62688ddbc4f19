import { expect, it } from 'vitest';
import { scrapeConservation } from '../kit/conservation.ts';
import { checkOf, type FaultyModbus, startFaultyModbus } from '../kit/faulty-modbus.ts';
import { payloadsOfAKind, watchConservation } from '../kit/flood.ts';
import { seeded } from '../kit/seeded.ts';
import { startTestService } from '../kit/service.ts';
import { spoil } from '../kit/spoil.ts';
import { storedRows } from '../kit/stored-rows.ts';
import { waitFor } from '../kit/wait.ts';

const FRAMES = payloadsOfAKind(3_000);
/** A device of which much more is garbage is left alone as a whole, and then there is little of it. */
const FAULTY = 0.3;
/**
 * Whoever answers with garbage is asked again only after a second, and visits may hold up a bus for a tenth of its time: it is
 * the buses that bound how much garbage comes in a minute, whatever the machine could take. Many frames want more of them.
 */
const DEVICES = FRAMES > 10_000 ? 64 : 16;
const UNITS = 60;
const SEED = 23;
/** Head, unit, function and number of bytes: the part of a Modbus TCP answer by which it can be told from another one. */
const TELLING_BYTES = 9;

it('garbled Modbus frames neither stop the service nor become values, and the good ones are stored as the device held them', async () => {
  const devices: FaultyModbus[] = [];
  await using _ = { [Symbol.asyncDispose]: () => disposeAll(devices) };
  for (let i = 0; i < DEVICES; i++) {
    const random = seeded(SEED + i);
    const garble = (answer: Buffer) => garbleOf(answer, random);
    devices.push(await startFaultyModbus({ framing: 'tcp', random, faulty: FAULTY, lateMs: 0, garble }));
  }
  await using service = await startTestService(plantOf(devices));
  const watch = watchConservation(service);
  const garbled = () => devices.reduce((sum, { spoilt }) => sum + spoilt(), 0);
  await waitFor(`${FRAMES} garbled frames`, () => garbled() >= FRAMES, 100_000 + 20 * FRAMES);
  const told = devices.reduce((sum, { asked, spoilt }) => sum + asked() - spoilt(), 0);

  // A frame that is cut off takes the next answer with it: not each right one can be stored.
  const good = await waitFor('most of the right answers are stored', async () => {
    const rows = (await storedRows(service.databaseUrl, 'd')).filter(({ value }) => value !== null);
    return rows.length / 2 > told / 2 && rows;
  });
  const checks = new Map(good.map(({ tag, at, value }) => [`${tag}@${at}`, value]));
  const seen = new Set<string>();
  // Noise before a whole answer may be taken for the rest of one that was cut off: what the device held comes of that, too.
  const wrong = good.filter(({ tag, at, value, quality }) => {
    if (!tag.endsWith('.serial')) return quality !== 0;
    const [, device, unit] = /^d(\d+)-u(\d+)\./.exec(tag)!.map(Number);
    const isSecond = seen.has(`${device}/${value}`);
    seen.add(`${device}/${value}`);
    const check = checks.get(`${tag.replace('.serial', '.check')}@${at}`);
    const isHeld = devices[device!]!.unitHeld(value!) === unit && check === checkOf(value!, unit!);
    return quality !== 0 || isSecond || !isHeld;
  });
  expect(wrong).toEqual([]);
  expect(await watch.stop()).toEqual([]);
  expect((await scrapeConservation(service.url)).sources.size).toBe(DEVICES);
  expect((await fetch(`${service.url}/health/ready`)).status).toBe(200);
}, 3_600_000);

async function disposeAll(devices: readonly FaultyModbus[]): Promise<void> {
  for (const device of devices) await device[Symbol.asyncDispose]();
}

/**
 * Garbage that can be known for it. Modbus TCP has no checksum: an answer that only has other data is a sound one, also
 * behind noise, which may be taken for the rest of an answer that was cut off.
 */
function garbleOf(answer: Buffer, random: () => number): Buffer {
  for (;;) {
    const garbled = spoil(answer, random);
    const end = garbled.subarray(-answer.length);
    const endsSound =
      end.length === answer.length && end.subarray(0, TELLING_BYTES).equals(answer.subarray(0, TELLING_BYTES));
    if (!endsSound || (end.equals(answer) && garbled.length > answer.length)) return garbled;
  }
}

function plantOf(devices: readonly FaultyModbus[]): string {
  const adapters = devices.map(
    ({ port }, device) =>
      `  plc-${device}: { kind: modbus, host: 127.0.0.1, port: ${port}, poll: 500ms, timeout: 100ms }`,
  );
  const tag = (name: string, at: { device: number; unit: number; register: number }) =>
    `      ${name}: { from: plc-${at.device}, address: { unitId: ${at.unit}, register: ${at.register}, type: uint32 } }`;
  const assets = devices.flatMap((_, device) =>
    Array.from({ length: UNITS }, (_, i) => i + 1).map(
      (unit) =>
        `  d${device}-u${unit}:\n    tags:\n${tag('serial', { device, unit, register: 0 })}\n${tag('check', { device, unit, register: 2 })}`,
    ),
  );
  return `
plant: garbage-modbus
timezone: UTC
adapters:
${adapters.join('\n')}
assets:
${assets.join('\n')}
`;
}
