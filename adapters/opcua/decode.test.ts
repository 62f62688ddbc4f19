import { DataType, DataValue, StatusCode as OpcUaStatus, StatusCodes, Variant, VariantArrayType } from 'node-opcua';
import { describe, expect, test } from 'vitest';
import { StatusCode } from '../adapter.ts';
import { decode, hasOverflow } from './decode.ts';

const NOW = Date.UTC(2025, 0, 2);
const SOURCE = new Date('2025-01-01T12:00:00.123Z');
const SERVER = new Date('2025-01-01T12:00:01.000Z');

describe('decode', () => {
  test.each<[string, DataType, unknown, number]>([
    ['Boolean true', DataType.Boolean, true, 1],
    ['Boolean false', DataType.Boolean, false, 0],
    ['SByte', DataType.SByte, -5, -5],
    ['Byte', DataType.Byte, 250, 250],
    ['Int16', DataType.Int16, -300, -300],
    ['UInt16', DataType.UInt16, 60_000, 60_000],
    ['Int32', DataType.Int32, -70_000, -70_000],
    ['UInt32', DataType.UInt32, 4_000_000_000, 4_000_000_000],
    ['Int64', DataType.Int64, [0xffffffff, 0xfffffffe], -2],
    ['UInt64', DataType.UInt64, [1, 2], 4_294_967_298],
    ['Float', DataType.Float, 0.5, 0.5],
    ['Double', DataType.Double, 12.25, 12.25],
  ])('%s becomes a number', (_, dataType, value, expected) => {
    expect(decode('t', of({ dataType, value }), NOW)).toEqual({
      tag: 't',
      at: SOURCE.getTime(),
      value: expected,
      quality: 'good',
    });
  });

  test.each<[string, DataType, unknown]>([
    ['a text that there is none of', DataType.String, null],
    ['a time', DataType.DateTime, new Date()],
    ['nothing', DataType.Null, null],
  ])('%s is no number: bad, and the configuration is to blame', (_, dataType, value) => {
    expect(decode('t', of({ dataType, value }), NOW)).toMatchObject({
      value: null,
      quality: 'bad',
      code: StatusCode.badConfigurationError,
    });
  });

  test.each<[string, DataType, unknown]>([
    ['String', DataType.String, 'läuft'],
    ['LocalizedText', DataType.LocalizedText, { locale: 'de', text: 'läuft' }],
  ])('a %s becomes a text', (_, dataType, value) => {
    const text = { tag: 't', at: SOURCE.getTime(), value: null, text: 'läuft', quality: 'good' };
    expect(decode('t', of({ dataType, value }), NOW)).toEqual(text);
  });

  test('an array is no number', () => {
    const variant = { dataType: DataType.Double, arrayType: VariantArrayType.Array, value: [1, 2] };
    expect(decode('t', of(variant), NOW)).toMatchObject({ value: null, quality: 'bad' });
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('%d is bad, and the sensor is to blame', (value) => {
    expect(decode('t', of({ dataType: DataType.Double, value }), NOW)).toMatchObject({
      value: null,
      quality: 'bad',
      code: StatusCode.badSensorFailure,
    });
  });

  test('an integer beyond 2^53 is given as the nearest double and is uncertain', () => {
    const reading = decode('t', of({ dataType: DataType.Int64, value: [0x00200000, 1] }), NOW);
    expect(reading).toMatchObject({ value: 2 ** 53, quality: 'uncertain' });
  });

  test.each([
    [StatusCodes.GoodClamped, 'good'],
    [StatusCodes.UncertainLastUsableValue, 'uncertain'],
    [StatusCodes.BadSensorFailure, 'bad'],
  ] as const)('the two top bits of a status are its quality, the code is kept', (statusCode, quality) => {
    const reading = decode('t', of({ dataType: DataType.Double, value: 4 }, { statusCode }), NOW);
    expect(reading).toEqual({ tag: 't', at: SOURCE.getTime(), value: 4, quality, code: statusCode.value });
  });

  test('a bad status without a value keeps its own code', () => {
    const data = of({ dataType: DataType.Null, value: null }, { statusCode: StatusCodes.BadWaitingForInitialData });
    expect(decode('t', data, NOW)).toMatchObject({ value: null, quality: 'bad', code: 0x80320000 });
  });

  test('microseconds of the source time are kept', () => {
    const data = of({ dataType: DataType.Double, value: 1 }, { sourcePicoseconds: 456_700_000 });
    expect(decode('t', data, NOW).at).toBe(SOURCE.getTime() + 0.456);
  });

  test('without a source time the server time counts, without both our own', () => {
    const value = { dataType: DataType.Double, value: 1 };
    expect(decode('t', of(value, { sourceTimestamp: null }), NOW).at).toBe(SERVER.getTime());
    const none = new Date(Date.UTC(1601, 0, 1));
    expect(decode('t', of(value, { sourceTimestamp: none, serverTimestamp: null }), NOW).at).toBe(NOW);
  });

  test('a full queue at the server is noticed', () => {
    const overflow = OpcUaStatus.makeStatusCode(StatusCodes.Good, 'Overflow | InfoTypeDataValue');
    expect(hasOverflow(overflow.value)).toBe(true);
    expect(hasOverflow(StatusCodes.Good.value)).toBe(false);
  });
});

function of(value: object, more: object = {}): DataValue {
  return new DataValue({
    value: new Variant({ arrayType: VariantArrayType.Scalar, ...value }),
    statusCode: StatusCodes.Good,
    sourceTimestamp: SOURCE,
    serverTimestamp: SERVER,
    ...more,
  });
}
