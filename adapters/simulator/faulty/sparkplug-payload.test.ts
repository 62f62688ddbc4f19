import { expect, it } from 'vitest';
import { encodePayload } from './sparkplug-payload.ts';

it('a payload is what sparkplug_b.proto says, byte by byte', () => {
  const payload = encodePayload({
    timestamp: 1_486_144_502_122, // above 2^32: bit operations would cut it
    metrics: [
      { name: 'bdSeq', type: 'int64', value: 300 },
      { alias: 2, type: 'double', value: 1.5 },
      { alias: 3, type: 'boolean', value: true },
    ],
    seq: 0,
  });
  const time = 'eaf2f5a8a02b';
  expect(payload.toString('hex')).toBe(
    [
      `08${time}`,
      `1213 0a05${Buffer.from('bdSeq').toString('hex')} 18${time} 2004 58ac02`.replaceAll(' ', ''),
      `1214 1002 18${time} 200a 69000000000000f83f`.replaceAll(' ', ''),
      `120d 1003 18${time} 200b 7001`.replaceAll(' ', ''),
      '1800',
    ].join(''),
  );
});
