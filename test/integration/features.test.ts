import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { pumpWaveform } from '../../rules/features/testbench.ts';
import { scrapeConservation } from '../kit/conservation.ts';
import { createDatabase } from '../kit/database.ts';
import { startTestService, type TestService } from '../kit/service.ts';
import { waitFor } from '../kit/wait.ts';

const PLANT = `
plant: features
adapters:
  push: { kind: http }
assets:
  pump-1:
    tags:
      de: { unit: m/s2, from: push }
      speed: { unit: /min, from: push }
  panel: { tags: { camera: { unit: Cel, from: push } } }
waveforms:
  pump-1-de: { on: pump-1.de, unit: m/s2, speed: pump-1.speed, bearing: 6205-2RS, teeth: 31 }
rules:
  pump-1-bearing: { on: pump-1.de, detect: bearing, with: { group: "2" }, priority: high }
frames:
  panel: { on: panel.camera, regions: { l1: { x: 0, y: 0, width: 8, height: 8 } } }
`;

const directory = mkdtempSync(join(tmpdir(), 'millwright-features-'));
const options = { dataDirectory: directory, databaseUrl: '' };
let test: TestService;
beforeAll(async () => {
  options.databaseUrl = await createDatabase();
  test = await startTestService(PLANT, options);
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

const T0 = Date.now() - 60_000;
const { rateHz, samples } = pumpWaveform(['imbalance']);

async function push(kind: 'waveforms' | 'frames', query: string, values: Float32Array): Promise<number> {
  const response = await fetch(`${test.url}/api/v1/${kind}?${query}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${test.adminKey}`, 'content-type': 'application/octet-stream' },
    body: new Uint8Array(values.buffer),
  });
  return response.status;
}
const wave = (at: number, values = Float32Array.from(samples)) =>
  push('waveforms', `tag=pump-1.de&unit=m/s2&rateHz=${rateHz}&at=${at}`, values);
const readings = async (tag: string) =>
  (await test.call('GET', `/api/v1/tags/${tag}/readings?from=${T0 - 1_000}&to=${T0 + 60_000}`)).body.items as any[];
const counted = async (outcome: string) => {
  const text = await (await fetch(`${test.url}/metrics`)).text();
  return Number(
    new RegExp(`^features_captures_total\\{point="pump-1-de",outcome="${outcome}"\\} (\\d+)`, 'm').exec(text)?.[1],
  );
};

it('a waveform becomes readings of its time, once, also over a restart', async () => {
  await test.call('POST', '/api/v1/readings', { readings: [{ tag: 'pump-1.speed', at: T0, value: 1_470 }] });
  expect(await wave(T0)).toBe(200);
  const [velocity] = await waitFor('its features', async () => {
    const found = await readings('pump-1.de.velocity_rms');
    return found.length > 0 && found;
  });
  expect(velocity).toMatchObject({ at: new Date(T0).toISOString(), quality: 'good' });
  expect((await readings('pump-1.de.imbalance'))[0].value).toBeGreaterThan(1);
  expect((await readings('pump-1.de.bearing'))[0].value).toBeLessThan(1);
  const latest = await test.call('GET', '/api/v1/tags/pump-1.de.imbalance');
  expect(latest.body).toMatchObject({ asset: 'pump-1' });

  await test[Symbol.asyncDispose]();
  rmSync(join(directory, 'features.json')); // neither captures nor speeds of before are looked at again
  test = await startTestService(PLANT, options);
  await test.call('POST', '/api/v1/readings', { readings: [{ tag: 'pump-1.speed', at: T0 + 1, value: 1_470 }] });
  expect(await wave(T0 + 1)).toBe(200);
  await waitFor('the next one', async () => (await readings('pump-1.de.velocity_rms')).length === 2);
  expect(await readings('pump-1.de.imbalance')).toHaveLength(2);
  expect((await scrapeConservation(test.url)).complaints).toEqual([]);
});

it('a waveform that says nothing is counted with its reason, and the next one is judged', async () => {
  expect(await wave(T0 + 100, new Float32Array(4_096))).toBe(200);
  expect(await wave(T0 + 200)).toBe(200);
  await waitFor('the next one', async () => (await readings('pump-1.de.velocity_rms')).length === 3);
  expect(await counted('dead')).toBe(1);
});

it('waveforms of a damaged bearing become one alert that names it, and the job to be done', async () => {
  const damaged = Float32Array.from(pumpWaveform(['bearing']).samples);
  for (const at of [1_000, 2_000, 3_000]) expect(await wave(T0 + at, damaged)).toBe(200);
  const [alert] = await waitFor('the alert', async () => {
    const { items } = (await test.call('GET', '/api/v1/alerts')).body;
    return items.length > 0 && items[0].workOrder !== null && items;
  });
  expect(alert).toMatchObject({ rule: 'pump-1-bearing', asset: 'pump-1', tag: 'pump-1.de.bearing', priority: 'high' });
  expect(alert.explanation).toContain('outer race of the bearing is damaged');
  const { items } = (await test.call('GET', '/api/v1/work-orders')).body;
  expect(items).toMatchObject([{ number: alert.workOrder, title: 'pump-1: replace the bearing (outer race)' }]);
  expect(items[0].failureMode).toBe('VIB');
  expect(items[0].description).toContain('\n4. Lock out');
  // The writer and the engine read the log each for itself.
  await waitFor('what it was judged by', async () => {
    const found = await readings('pump-1.de.bearing');
    return found.filter(({ value }) => value >= 1).length >= 2;
  });
});

it('a thermal frame becomes the hot spots of its regions', async () => {
  const celsius = new Float32Array(16 * 12).fill(30);
  for (const at of [17, 18, 19, 33, 34, 35, 49, 50, 51]) celsius[at] = 70;
  expect(await push('frames', `tag=panel.camera&width=16&height=12&at=${T0}`, celsius)).toBe(200);
  const [found] = await waitFor('its features', async () => {
    const items = await readings('panel.camera.l1.max');
    return items.length > 0 && items;
  });
  expect(found.value).toBe(70);
});
