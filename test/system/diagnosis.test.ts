import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { Aedes } from 'aedes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pumpWaveform } from '../../rules/features/testbench.ts';
import { scrapeConservation } from '../kit/conservation.ts';
import { seeded } from '../kit/seeded.ts';
import { startTestService, type TestService } from '../kit/service.ts';
import { waitFor } from '../kit/wait.ts';

/** CAPTURES_MALFORMED=10000 for the whole of it. */
const MALFORMED = Number(process.env['CAPTURES_MALFORMED'] ?? 300);
const RATE_HZ = 16_384;

const plantOf = (port: number) => `
plant: diagnosis
adapters:
  push: { kind: http }
  sensors:
    kind: mqtt
    url: mqtt://127.0.0.1:${port}
assets:
  pump-1: { class: pump, tags: { de: { unit: g, from: sensors, address: { topic: raw/pump-1/de, waveform: { unit: g, rateHz: ${RATE_HZ}, time: i64-ms } } } } }
  fan-1: { class: fan, tags: { de: { unit: m/s2, from: push } } }
  panel: { tags: { camera: { unit: Cel, from: push }, load: { unit: "%", from: push } } }
waveforms:
  pump-1-de: { on: pump-1.de, unit: g, speed: 1470, bearing: 6205-2RS, teeth: 31 }
  fan-1-de: { on: fan-1.de, unit: m/s2, speed: 1470 }
frames:
  panel: { on: panel.camera, regions: { l1: { x: 0, y: 0, width: 8, height: 8 }, l2: { x: 8, y: 0, width: 8, height: 8 } } }
rules:
  pump-1-bearing: { on: pump-1.de, detect: bearing, with: { group: "2" } }
  fan-1-shaft: { on: fan-1.de, detect: rotor, with: { group: "2" } }
  panel-l1:
    on: [panel.camera.l1.max, panel.camera.l2.max, panel.load]
    detect: thermal
    workOrder: { failureMode: OHE }
`;

let broker: Aedes;
let test: TestService;
const server = createServer((socket) => broker.handle(socket));
beforeAll(async () => {
  broker = await Aedes.createBroker();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  test = await startTestService(plantOf((server.address() as AddressInfo).port)); // on TCP
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
  await new Promise<void>((resolve) => broker.close(resolve));
  server.close();
});

const T0 = Date.now() - 120_000;
const bytesOf = (values: Float32Array) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

async function post(path: string, type: string, body: Uint8Array<ArrayBuffer> | string) {
  const response = await fetch(`${test.url}/api/v1/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${test.adminKey}`, 'content-type': type },
    body,
  });
  return { status: response.status, body: (await response.json()) as any };
}

function wavOf(samples: Float32Array): Uint8Array<ArrayBuffer> {
  const bytes = Buffer.alloc(44 + samples.byteLength);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(36 + samples.byteLength, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(3, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(RATE_HZ, 24);
  bytes.writeUInt32LE(RATE_HZ * 4, 28);
  bytes.writeUInt16LE(4, 32);
  bytes.writeUInt16LE(32, 34);
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(samples.byteLength, 40);
  bytes.set(bytesOf(samples), 44);
  return new Uint8Array(bytes);
}

function publish(topic: string, payload: Buffer): Promise<void> {
  return new Promise((resolve, reject) =>
    broker.publish({ cmd: 'publish', topic, payload, qos: 1, retain: false, dup: false }, (error) =>
      error ? reject(error) : resolve(),
    ),
  );
}

const alertOf = (rule: string) =>
  waitFor(`the alert of ${rule}`, async () => {
    const { items } = (await test.call('GET', '/api/v1/alerts')).body;
    return items.filter((each: any) => each.rule === rule && each.workOrder !== null)[0];
  });
const jobOf = async (number: string) => (await test.call('GET', `/api/v1/work-orders/${number}`)).body;
const metrics = async () => await (await fetch(`${test.url}/metrics`)).text();
const featuresOf = async (tag: string) =>
  (await test.call('GET', `/api/v1/tags/${tag}/readings?from=${T0 - 1_000}&to=${T0 + 110_000}`)).body.items as any[];

describe('from the signal to the job', () => {
  it('a damaged bearing in binary MQTT payloads is one alert, and the job to change it', async () => {
    await waitFor('the subscription', async () =>
      (await test.call('GET', '/api/v1/sources')).body.items?.some(
        (each: any) => each.id === 'sensors' && each.state === 'up',
      ),
    );
    const { samples } = pumpWaveform(['bearing']);
    for (const at of [0, 1_000, 2_000]) {
      const body = Buffer.alloc(8 + 4 * samples.length);
      body.writeBigInt64LE(BigInt(T0 + at));
      for (const [i, value] of samples.entries()) body.writeFloatLE(value / 9.80665, 8 + 4 * i);
      await publish('raw/pump-1/de', body);
    }
    const alert = await alertOf('pump-1-bearing');
    expect(alert).toMatchObject({ asset: 'pump-1', tag: 'pump-1.de.bearing' });
    expect(alert.explanation).toMatch(
      /outer race of the bearing is damaged.*BPFO 8\d\.\d Hz.*zone [A-D].*to tell it apart/,
    );
    // The writer and the engine read the log each for itself.
    const picture = await waitFor('what it was heard in to be stored', async () => {
      const headers = { authorization: `Bearer ${test.adminKey}` };
      const answer = await fetch(`${test.url}/api/v1/alerts/${alert.id}/picture`, { headers });
      return answer.ok && answer;
    });
    expect(picture.url).toContain('/api/v1/tags/pump-1.de/waveforms/');
    expect(await picture.text()).toMatch(/depth of modulation.*>BPFO</s);
    const job = await jobOf(alert.workOrder);
    expect(job).toMatchObject({ title: 'pump-1: replace the bearing (outer race)', failureMode: 'VIB' });
    expect(job.description).toContain('\n5. Replace the bearing');
  });

  it('an imbalance in uploaded WAV files is one alert, and the job to balance', async () => {
    const samples = Float32Array.from(pumpWaveform(['imbalance']).samples);
    for (const at of [0, 1_000, 2_000]) {
      const { status } = await post(`waveforms?tag=fan-1.de&unit=m/s2&at=${T0 + at}`, 'audio/wav', wavOf(samples));
      expect(status).toBe(200);
    }
    const alert = await alertOf('fan-1-shaft');
    expect(alert.explanation).toContain('fan-1.de: imbalance, likelihood');
    expect(await jobOf(alert.workOrder)).toMatchObject({ title: 'fan-1: balance the rotor' });
  });

  it('a hot phase in a thermal frame is one alert in the class of full load', async () => {
    const celsius = new Float32Array(16 * 12).fill(30);
    for (const row of [2, 3, 4]) for (const column of [2, 3, 4]) celsius[row * 16 + column] = 36;
    await test.call('POST', '/api/v1/readings', { readings: [{ tag: 'panel.load', at: T0, value: 50 }] });
    expect(
      (
        await post(
          `frames?tag=panel.camera&width=16&height=12&at=${T0}`,
          'application/octet-stream',
          bytesOf(celsius) as Uint8Array<ArrayBuffer>,
        )
      ).status,
    ).toBe(200);
    const alert = await alertOf('panel-l1');
    expect(alert.explanation).toContain('24.0 K hotter than panel.camera.l2.max (corrected to full load from 50 %)');
    expect(alert.level).toBe('HH');
  });

  it(`${MALFORMED} malformed waveforms and frames are each refused with the reason, and disturb nothing`, async () => {
    const random = seeded(5);
    const expected = new Map<string, number>();
    for (let i = 0; i < MALFORMED; i++) {
      const { path, body, reason } = malformed(i % 8, T0 + 10_000 + i, random);
      const { status, body: said } = await post(path, 'application/json', JSON.stringify(body));
      expect([reason, status === 200 ? 200 : said.reason]).toEqual([reason, AT_THE_DOOR.has(reason) ? reason : 200]);
      if (status === 200) expected.set(reason, (expected.get(reason) ?? 0) + 1);
    }
    const samples = Float32Array.from(pumpWaveform(['imbalance'], 7).samples);
    expect(
      (await post(`waveforms?tag=fan-1.de&unit=m/s2&at=${T0 + 100_000}`, 'audio/wav', wavOf(samples))).status,
    ).toBe(200);
    const goodAt = new Date(T0 + 100_000).toISOString().slice(0, -1);
    await waitFor('the good one behind them', async () =>
      (await featuresOf('fan-1.de.velocity_rms')).some(({ at }) => at.startsWith(goodAt)),
    );
    const text = await metrics();
    for (const [reason, count] of expected) {
      const lines = [
        ...text.matchAll(new RegExp(`^features_captures_total\\{point="[^"]+",outcome="${reason}"\\} (\\d+)$`, 'gm')),
      ];
      expect([reason, lines.reduce((sum, [, n]) => sum + Number(n), 0)]).toEqual([reason, count]);
    }
    const { items } = (await test.call('GET', '/api/v1/alerts')).body;
    expect(items).toHaveLength(3);
    expect((await scrapeConservation(test.url)).complaints).toEqual([]);
  });
});

/** Reasons that a source is told at once; others are found when features are made of what was taken. */
const AT_THE_DOOR = new Set(['not_finite', 'invalid_unit', 'invalid_rate', 'invalid_size']);

/** One of eight ways in which a capture is wrong. */
function malformed(way: number, at: number, random: () => number): { path: string; body: object; reason: string } {
  const samples = Array.from({ length: 512 }, () => random() - 0.5);
  const wave = (more: object) => ({ tag: 'fan-1.de', at, unit: 'm/s2', rateHz: RATE_HZ, samples, ...more });
  const frame = (more: object) => ({
    tag: 'panel.camera',
    at,
    width: 4,
    height: 4,
    celsius: samples.slice(0, 16),
    ...more,
  });
  switch (way) {
    case 0:
      return { path: 'waveforms', body: wave({ samples: [...samples, 1e300] }), reason: 'not_finite' };
    case 1:
      return { path: 'waveforms', body: wave({ unit: 'm/s' }), reason: 'invalid_unit' };
    case 2:
      return { path: 'waveforms', body: wave({ rateHz: 0 }), reason: 'invalid_rate' };
    case 3:
      return { path: 'waveforms', body: wave({ samples: [] }), reason: 'invalid_size' };
    case 4:
      return {
        path: 'waveforms',
        body: wave({ samples: samples.map((x, i) => (i < 64 ? 0.5 : x)) }),
        reason: 'clipped',
      };
    case 5:
      return { path: 'waveforms', body: wave({ samples: samples.map(() => 1) }), reason: 'dead' };
    case 6:
      return { path: 'frames', body: frame({ celsius: samples.slice(0, 15) }), reason: 'invalid_size' };
    default:
      return { path: 'frames', body: frame({ celsius: [...samples.slice(0, 15), 1e300] }), reason: 'not_finite' };
  }
}
