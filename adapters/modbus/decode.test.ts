import { describe, expect, test } from 'vitest';
import { StatusCode } from '../adapter.ts';
import { decode } from './decode.ts';
import type { Request } from './requests.ts';
import type { Address } from './settings.ts';

const NOW = 1_700_000_000_000;

function request(...addresses: Partial<Address>[]): Request {
  const bindings = addresses.map((address, i) => ({
    tag: `press.${i}`,
    address: {
      unitId: 1,
      table: 'holding',
      register: 100,
      type: 'uint16',
      order: 'ABCD',
      scale: 1,
      offset: 0,
      ...address,
    } satisfies Address,
  }));
  return { unitId: 1, table: bindings[0]!.address.table, first: 100, count: 8, bindings };
}

function valueIn(address: Partial<Address>, hex: string): number | null | undefined {
  return decode(request(address), { kind: 'bytes', bytes: Buffer.from(hex, 'hex') }, NOW)[0]?.value;
}

describe('decode', () => {
  test.each<[Address['type'], string, number]>([
    ['bool', '0000', 0],
    ['bool', '0100', 1],
    ['int16', 'fffe', -2],
    ['uint16', 'fffe', 65_534],
    ['int32', 'fffffffe', -2],
    ['uint32', 'fffffffe', 4_294_967_294],
    ['int64', 'fffffffffffffffe', -2],
    ['uint64', '000000000000ffff', 65_535],
    ['float32', '41480000', 12.5],
    ['float64', '4029000000000000', 12.5],
  ])('reads %s from %s as %d', (type, hex, value) => {
    expect(valueIn({ type }, hex)).toBe(value);
  });

  test.each<[Address['order'], string, string]>([
    ['ABCD', '01020304', '0000010203040506'],
    ['DCBA', '04030201', '0605040302010000'],
    ['BADC', '02010403', '0000020104030605'],
    ['CDAB', '03040102', '0506030401020000'],
  ])('reads values of two and four registers in order %s', (order, two, four) => {
    expect(valueIn({ type: 'uint32', order }, two)).toBe(0x01020304);
    expect(valueIn({ type: 'uint64', order }, four)).toBe(0x010203040506);
  });

  test('finds each tag at its place, and two tags may share a register', () => {
    const readings = decode(
      request({}, { register: 101, type: 'int16' }, { register: 100, type: 'uint32' }),
      { kind: 'bytes', bytes: Buffer.from('0001ffff', 'hex') },
      NOW,
    );
    expect(readings.map(({ value }) => value)).toEqual([1, -1, 0x1ffff]);
  });

  test('scales, then adds the offset', () => {
    expect(valueIn({ scale: 0.5, offset: -40 }, '00c8')).toBe(60);
  });

  test('reads bits from the lowest of the first byte upwards', () => {
    const bits = [100, 101, 107, 108].map((register) => ({ table: 'coil' as const, register }));
    const readings = decode(request(...bits), { kind: 'bytes', bytes: Buffer.from('8201', 'hex') }, NOW);
    expect(readings.map(({ value }) => value)).toEqual([0, 1, 1, 1]);
  });

  test('a float that is no number has no value and blames the sensor', () => {
    for (const hex of ['7fc00000', '7f800000', 'ff800000']) {
      const [reading] = decode(request({ type: 'float32' }), { kind: 'bytes', bytes: Buffer.from(hex, 'hex') }, NOW);
      expect(reading).toEqual({
        tag: 'press.0',
        at: NOW,
        value: null,
        quality: 'bad',
        code: StatusCode.badSensorFailure,
      });
    }
  });

  test('an integer beyond 2^53 is given as the nearest double and is uncertain', () => {
    const answer = { kind: 'bytes', bytes: Buffer.from('0020000000000001', 'hex') } as const;
    expect(decode(request({ type: 'int64' }), answer, NOW)).toEqual([
      { tag: 'press.0', at: NOW, value: 2 ** 53, quality: 'uncertain' },
    ]);
  });

  test.each([
    [1, StatusCode.badDeviceFailure],
    [2, StatusCode.badConfigurationError],
    [4, StatusCode.badDeviceFailure],
    [6, StatusCode.badDeviceFailure],
    [10, StatusCode.badNoCommunication],
    [11, StatusCode.badNoCommunication],
    [99, StatusCode.badDeviceFailure],
  ])('exception %d makes every tag of the request bad', (code, status) => {
    const readings = decode(request({}, {}), { kind: 'exception', code }, NOW);
    expect(readings).toHaveLength(2);
    for (const reading of readings) expect(reading).toMatchObject({ value: null, quality: 'bad', code: status });
  });
});
