import { describe, expect, test } from 'vitest';
import { busMs, complaintAboutConfig, endpointOf, gapOf, limitsOf, timingOf } from './line.ts';
import { configOf } from './testbench.ts';

const serial = { transport: 'rtu', path: '/dev/ttyUSB0' };

describe('the line', () => {
  test('is set as the specification has it where nothing is said', () => {
    expect(endpointOf(configOf(serial))).toEqual({
      kind: 'serial',
      framing: 'rtu',
      path: '/dev/ttyUSB0',
      baudRate: 19_200,
      dataBits: 8,
      parity: 'even',
      stopBits: 1,
    });
    expect(endpointOf(configOf({ host: 'plc' }))).toEqual({ kind: 'tcp', framing: 'mbap', host: 'plc', port: 502 });
  });

  test('125 registers at 9600 baud without parity take 250 characters more than none', () => {
    const timing = timingOf(configOf({ ...serial, baudRate: 9_600, parity: 'none' }));
    const charMs = 10_000 / 9_600;
    expect(timing.silenceMs).toBeCloseTo(3.5 * charMs);
    expect(busMs({ table: 'holding', count: 125 }, timing) - timing.requestMs).toBeCloseTo(250 * charMs);
  });

  test('above 19,200 baud the silence is 1.75 ms', () => {
    expect(timingOf(configOf({ ...serial, baudRate: 115_200 })).silenceMs).toBe(1.75);
  });

  test('a gap is read across when it costs less than another request', () => {
    for (const baudRate of [1_200, 9_600, 19_200, 115_200]) {
      const timing = timingOf(configOf({ ...serial, baudRate }));
      const gap = gapOf(timing);
      expect(gap * timing.registerMs).toBeLessThanOrEqual(timing.requestMs);
      expect((gap + 1) * timing.registerMs).toBeGreaterThan(timing.requestMs);
    }
  });

  test('over a network any gap is cheaper than a round trip, unless a slow line is behind the gateway', () => {
    expect(limitsOf(configOf({ host: 'plc' })).gap).toBe(125);
    expect(limitsOf(configOf({ host: 'gateway', baudRate: 9_600 })).gap).toBeLessThan(20);
    expect(limitsOf(configOf({ host: 'plc', gap: 0 })).gap).toBe(0);
  });
});

describe('settings', () => {
  test.each([
    ['nowhere to go', {}, 'missing "host"'],
    ['a serial transport without a port', { transport: 'ascii' }, 'missing "path": transport ascii is a serial line'],
    [
      'a serial transport with a host',
      { ...serial, host: 'plc' },
      'host is for a network; transport rtu is a serial line',
    ],
    [
      'a path over a network',
      { host: 'plc', path: '/dev/x' },
      'path is for a serial line: say transport: rtu or ascii',
    ],
    [
      'a host with its port',
      { host: '10.0.0.1:503' },
      'host is the address alone, not "10.0.0.1:503": write host: 10.0.0.1 and port: 503',
    ],
    [
      'a host that is a URL',
      { host: 'tcp://plc.hall/' },
      'host is the address alone, not "tcp://plc.hall/": write host: plc.hall',
    ],
    [
      'a host of IPv6 with its port',
      { host: '[fd00::1]:502' },
      'host is the address alone, not "[fd00::1]:502": write host: "fd00::1" and port: 502',
    ],
    ['an address of IPv6, of which nothing', { host: 'fd00::1' }, null],
    [
      'a range that goes down',
      { host: 'plc', forbidden: [{ table: 'coil', from: 9, to: 3 }] },
      'forbidden must go from low to high, not from 9 to 3',
    ],
  ])('%s is told', (_, settings, complaint) => {
    expect(complaintAboutConfig(configOf(settings))).toBe(complaint);
  });
});
