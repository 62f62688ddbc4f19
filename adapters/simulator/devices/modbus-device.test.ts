import modbusSerial from 'modbus-serial';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startModbusDevice } from './modbus-device.ts';

const ModbusRTU = modbusSerial.default;
const TAGS = ['pump-1.vibration', 'pump-1.temperature', 'pump-1.speed'];
const VALUES: Readonly<Record<string, number>> = {
  'pump-1.vibration': 4.512,
  'pump-1.temperature': -3.25,
  'pump-1.speed': 1479.8,
};

describe('the simulated PLC', () => {
  const open: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of open.splice(0).reverse()) await close();
  });

  const start = async () => {
    const device = await startModbusDevice({ tags: TAGS, measure: (tag) => VALUES[tag] ?? null });
    open.push(device.stop);
    return device;
  };
  const dial = async (port: number) => {
    const client = new ModbusRTU();
    client.on('error', () => undefined);
    await client.connectTCP('127.0.0.1', { port });
    client.setID(1);
    client.setTimeout(20_000);
    open.push(
      () =>
        new Promise<void>((resolve) => {
          client.destroy(() => resolve());
        }),
    );
    return client;
  };

  it('serves what the sensors say as float32, most significant word first', async () => {
    const client = await dial((await start()).port);
    const { buffer } = await client.readHoldingRegisters(100, 6);
    expect(TAGS.map((_, i) => buffer.readFloatBE(4 * i))).toEqual(TAGS.map((tag) => Math.fround(VALUES[tag] ?? 0)));
    const one = await client.readHoldingRegisters(101, 1);
    expect(one.buffer).toEqual(buffer.subarray(2, 4));
  });

  it('answers illegal address for a register it does not have', async () => {
    const client = await dial((await start()).port);
    await expect(client.readHoldingRegisters(104, 4)).rejects.toMatchObject({ modbusCode: 2 });
    await expect(client.readHoldingRegisters(0, 1)).rejects.toMatchObject({ modbusCode: 2 });
    await expect(client.readCoils(0, 1)).rejects.toMatchObject({ modbusCode: 2 });
  });

  it('drops its connections and its port with the link, and comes back on the same port', async () => {
    const device = await start();
    const client = await dial(device.port);
    await device.drop();
    await vi.waitFor(() => expect(client.isOpen).toBe(false), 20_000);
    await expect(dial(device.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await device.restore();
    const again = await dial(device.port);
    expect((await again.readHoldingRegisters(104, 2)).buffer.readFloatBE(0)).toBe(Math.fround(1479.8));
  });

  it('says in plain words that a port is taken', async () => {
    const { port } = await start();
    const second = startModbusDevice({ tags: TAGS, measure: () => 0, port });
    await expect(second).rejects.toMatchObject({ code: 'port_in_use', message: `port ${port} on 127.0.0.1 is taken` });
  });

  it('can be stopped while its link is down, and twice', async () => {
    const device = await start();
    await device.drop();
    await device.stop();
    await device.stop();
    await expect(dial(device.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
