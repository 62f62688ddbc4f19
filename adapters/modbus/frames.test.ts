import { describe, expect, test } from 'vitest';
import { type Asked, crc16, framings, lrc } from './frames.ts';

const asked: Asked = { unitId: 3, table: 'holding', first: 100, count: 2, transaction: 7, late: new Set([5]) };
const { mbap, rtu, ascii } = framings;

/** Transaction 7, unit 3, two registers. */
const MBAP = '000700000007030304aabbccdd';
const RTU = withCrc('030304aabbccdd');

function heard(framing: (typeof framings)[keyof typeof framings], hex: string) {
  const result = framing.read(Buffer.from(hex, 'hex'), asked);
  if (result.kind === 'answer')
    return result.answer.kind === 'bytes' ? result.answer.bytes.toString('hex') : `exception ${result.answer.code}`;
  return 'reason' in result ? result.reason : result.kind;
}

describe('a question', () => {
  test('is packed as the specification says', () => {
    expect(mbap.write(asked).toString('hex')).toBe('000700000006030300640002');
    // MODBUS over Serial Line V1.02, figure 45 has the CRC low byte first.
    expect(rtu.write({ ...asked, unitId: 1, first: 0, count: 10 }).toString('hex')).toBe('01030000000ac5cd');
    expect(ascii.write(asked).toString('latin1')).toBe(':03030064000294\r\n');
  });
});

describe('Modbus TCP', () => {
  test('the answer that was asked for is found as soon as it is whole', () => {
    const bytes = Buffer.from(MBAP, 'hex');
    for (let length = 0; length < bytes.length; length++)
      expect(mbap.read(bytes.subarray(0, length), asked).kind).toBe('nothing yet');
    expect(heard(mbap, MBAP)).toBe('aabbccdd');
    expect(heard(mbap, '000700000003038302')).toBe('exception 2');
  });

  test.each([
    ['a foreign transaction', '000800000007030304aabbccdd', 'transaction 8 instead of 7'],
    ['a foreign protocol', '000700010007030304aabbccdd', 'protocol id 1 instead of 0'],
    ['a foreign unit', '000700000007040304aabbccdd', 'unit 4 instead of 3'],
    ['a frame that is too long', '0007000000ff03', 'a frame of 255 bytes'],
    ['a frame that is too short', '00070000000203', 'a frame of 2 bytes'],
    ['an exception from a foreign unit', '000700000003048302', 'unit 4 instead of 3'],
    ['another function', '000700000007030404aabbccdd', 'function 4 instead of 3'],
    ['fewer registers', '000700000005030302aabb', '2 bytes of data, counted as 2, instead of 4'],
    ['a count that is not true', '000700000007030302aabbccdd', '4 bytes of data, counted as 2, instead of 4'],
    ['a second answer', `${MBAP}${MBAP}`, 'more than one answer'],
  ])('%s is named', (_, hex, reason) => {
    expect(heard(mbap, hex)).toBe(reason);
  });

  test('an answer that was given up is passed over, wherever its bytes are cut', () => {
    const late = Buffer.from('00050000000503030211110007', 'hex');
    const both = Buffer.concat([late.subarray(0, -2), Buffer.from(MBAP, 'hex')]);
    for (let length = 0; length < both.length; length++)
      expect(mbap.read(both.subarray(0, length), asked).kind).toBe('nothing yet');
    expect(heard(mbap, both.toString('hex'))).toBe('aabbccdd');
  });
});

describe('Modbus RTU', () => {
  test('the answer that was asked for is found as soon as it is whole', () => {
    const bytes = Buffer.from(RTU, 'hex');
    for (let length = 0; length < bytes.length; length++)
      expect(rtu.read(bytes.subarray(0, length), asked).kind).toBe('nothing yet');
    expect(heard(rtu, RTU)).toBe('aabbccdd');
    expect(heard(rtu, withCrc('038302'))).toBe('exception 2');
  });

  test.each([
    ['a damaged frame', `${RTU.slice(0, -2)}00`, 'a frame whose checksum is wrong'],
    ['another function', withCrc('030404aabbccdd'), 'function 4 instead of 3'],
    ['fewer registers', withCrc('030302aabb'), '2 bytes of data, counted as 2, instead of 4'],
    ['something behind the answer', `${RTU}00`, 'more than one answer'],
  ])('%s is named', (_, hex, reason) => {
    expect(heard(rtu, hex)).toBe(reason);
  });

  test("another unit's late answer and one's own echo are passed over", () => {
    const echo = rtu.write(asked).toString('hex');
    expect(heard(rtu, withCrc('04030211'.concat('11')))).toBe('nothing yet');
    expect(heard(rtu, `${withCrc('0403021111')}${RTU}`)).toBe('aabbccdd');
    expect(heard(rtu, echo.slice(0, 10))).toBe('nothing yet');
    expect(heard(rtu, `${echo}${RTU}`)).toBe('aabbccdd');
  });
});

describe('Modbus ASCII', () => {
  const line = (hex: string) => {
    const body = Buffer.from(hex, 'hex');
    const frame = Buffer.concat([body, Buffer.from([lrc(body)])])
      .toString('hex')
      .toUpperCase();
    return Buffer.from(`:${frame}\r\n`, 'latin1').toString('hex');
  };

  test('the answer that was asked for is found as soon as it is whole, also behind noise and its own echo', () => {
    const answer = line('030304aabbccdd');
    const bytes = Buffer.from(answer, 'hex');
    for (let length = 0; length < bytes.length; length++)
      expect(ascii.read(bytes.subarray(0, length), asked).kind).toBe('nothing yet');
    expect(heard(ascii, answer)).toBe('aabbccdd');
    expect(heard(ascii, `ff00${answer}`)).toBe('aabbccdd');
    expect(heard(ascii, `${ascii.write(asked).toString('hex')}${line('0403021111')}${answer}`)).toBe('aabbccdd');
    expect(heard(ascii, line('038302'))).toBe('exception 2');
  });

  test.each([
    ['a damaged frame', Buffer.from(':030304AABBCCDD00\r\n').toString('hex'), 'a frame whose checksum is wrong'],
    ['text', Buffer.from('login: \r\n').toString('hex'), 'a line that is no frame'],
    ['another function', line('030404aabbccdd'), 'function 4 instead of 3'],
    ['a second answer', `${line('030304aabbccdd')}3a`, 'more than one answer'],
  ])('%s is named', (_, hex, reason) => {
    expect(heard(ascii, hex)).toBe(reason);
  });
});

function withCrc(hex: string): string {
  const body = Buffer.from(hex, 'hex');
  const crc = Buffer.alloc(2);
  crc.writeUInt16LE(crc16(body));
  return Buffer.concat([body, crc]).toString('hex');
}
