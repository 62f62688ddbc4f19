import mqtt, { type MqttClient } from 'mqtt';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../src/model/clock.ts';
import { startMqttSensors } from './mqtt-sensors.ts';

const TAGS = ['fan-1.vibration', 'hall.ambient-temperature'];

describe('the wireless sensors', () => {
  const open: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of open.splice(0).reverse()) await close();
  });

  const start = async () => {
    const sensors = await startMqttSensors({
      tags: TAGS,
      area: 'hall',
      measure: (tag) => (tag === 'fan-1.vibration' ? 1.625 : 21.5),
      clock: systemClock,
      periodMs: 20,
    });
    open.push(sensors.stop);
    return sensors;
  };
  const listen = async (port: number) => {
    const client: MqttClient = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0 });
    open.push(() => client.endAsync(true));
    const messages: { topic: string; qos: number; body: unknown }[] = [];
    client.on('message', (topic, payload, { qos }) => {
      messages.push({ topic, qos, body: JSON.parse(payload.toString()) });
    });
    await client.subscribeAsync('plant/#', { qos: 1 });
    return { client, messages };
  };

  it('publish time and value of every tag on its own topic at QoS 1', async () => {
    const { messages } = await listen((await start()).port);
    await vi.waitFor(() => expect(messages.length).toBeGreaterThan(3), 20_000);
    const fan = messages.find(({ topic }) => topic === 'plant/hall/fan-1/vibration');
    expect(fan).toEqual({
      topic: 'plant/hall/fan-1/vibration',
      qos: 1,
      body: { ts: expect.any(Number), value: 1.625 },
    });
    expect(messages.some(({ topic }) => topic === 'plant/hall/hall/ambient-temperature')).toBe(true);
  });

  it('fall silent with the link, and come back on the same port', async () => {
    const sensors = await start();
    const { client } = await listen(sensors.port);
    await sensors.drop();
    await vi.waitFor(() => expect(client.connected).toBe(false), 20_000);
    await expect(listen(sensors.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await sensors.restore();
    const { messages } = await listen(sensors.port);
    await vi.waitFor(() => expect(messages.length).toBeGreaterThan(1), 20_000);
  });

  it('can be stopped while the link is down, and twice', async () => {
    const sensors = await start();
    await sensors.drop();
    await sensors.stop();
    await sensors.stop();
    await expect(listen(sensors.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
