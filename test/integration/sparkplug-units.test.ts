import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { Aedes } from 'aedes';
import mqtt from 'mqtt';
import sparkplug from 'sparkplug-payload';
import { expect, it } from 'vitest';
import { metricOf } from '../kit/metric.ts';
import { startTestService } from '../kit/service.ts';
import { waitFor } from '../kit/wait.ts';

const codec = sparkplug.get('spBv1.0')!;

it('what a birth says of its metrics is shown with the adopted tags, and judges no value', async () => {
  const aedes = await Aedes.createBroker();
  const broker = createServer(aedes.handle).listen(0, '127.0.0.1');
  await once(broker, 'listening');
  const { port } = broker.address() as AddressInfo; // listening on TCP, so it is no pipe name
  await using service = await startTestService(`
plant: units
timezone: UTC
adapters:
  edges: { kind: sparkplug, url: "mqtt://127.0.0.1:${port}", adopt: auto, asset: "{edge}" }
`);
  await waitFor('the broker', async () => (await metricOf(service.url, 'source_up')) === 1);
  const edge = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`);
  const beBorn = async (engHigh: number) => {
    const timestamp = Date.now();
    const properties = {
      engUnit: { type: 'String' as const, value: '°C' },
      engLow: { type: 'Double' as const, value: -10 },
      engHigh: { type: 'Double' as const, value: engHigh },
    };
    const metrics = [
      { name: 'bdSeq', type: 'UInt64' as const, value: 0 },
      { name: 'oil', type: 'Double' as const, value: 500, timestamp, properties },
      {
        name: 'odd',
        type: 'Double' as const,
        value: 1,
        timestamp,
        properties: { engUnit: { type: 'String' as const, value: 'a\u0000b' } },
      },
    ];
    await edge.publishAsync('spBv1.0/g/NBIRTH/press', Buffer.from(codec.encodePayload({ timestamp, seq: 0, metrics })));
  };
  const tag = async (name: string) =>
    (await service.call('GET', '/api/v1/tags')).body.items.find((each: { name: string }) => each.name === name);

  await beBorn(120);
  const oil = await waitFor('the tag', () => tag('press.oil'));
  expect(oil).toMatchObject({ unit: 'Cel', range: [-10, 120], source: 'edges' });
  expect(await waitFor('the other', () => tag('press.odd'))).toMatchObject({ unit: null, range: null });
  await waitFor('its value', async () => (await tag('press.oil')).latest?.value === 500);
  expect((await tag('press.oil')).latest.quality).toBe('good');
  await beBorn(150);
  await waitFor('the new range', async () => (await tag('press.oil')).range?.[1] === 150);

  await edge.endAsync();
  broker.close();
  aedes.close();
});
