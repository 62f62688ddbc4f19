import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { catalogue, EMPTY } from './catalogue.ts';
import { flatten, MAX_FIELDS, type Values } from './flatten.ts';
import { decodePayload, type Metric } from './payload.ts';
import { PayloadType } from './schema.ts';
import { encode, type GivenMetric, garbage, seeded } from './testbench.ts';

const T = 1_767_225_600_000;

/** Encodes metrics with the other encoder and reads them as a birth of their own. */
function read(...metrics: readonly GivenMetric[]): Values {
  const payload = decodePayload(encode({ timestamp: T, seq: 0, metrics: [...metrics] }));
  return flatten(payload!.metrics, {
    catalogue: catalogue(payload!.metrics),
    timestamp: payload!.timestamp,
    whenUndefined: 'no_birth',
  });
}

const numbers = (...metrics: readonly GivenMetric[]) => read(...metrics).values.map(({ value }) => value);
const reasons = (...metrics: readonly GivenMetric[]) => read(...metrics).refused.map(({ reason }) => reason);
const metric = (type: GivenMetric['type'], value: GivenMetric['value'], more: object = {}) =>
  ({ name: 'm', type, value, timestamp: T, ...more }) as GivenMetric; // the encoder's Long is a bigint's text to us

describe('a payload of another encoder', () => {
  const whole = (bits: number, sign: 'signed' | 'unsigned') =>
    sign === 'signed'
      ? fc.bigInt(-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n)
      : fc.bigInt(0n, 2n ** BigInt(bits) - 1n);

  it.each([
    ['Int8', whole(8, 'signed')],
    ['Int16', whole(16, 'signed')],
    ['Int32', whole(32, 'signed')],
    ['UInt8', whole(8, 'unsigned')],
    ['UInt16', whole(16, 'unsigned')],
    ['UInt32', whole(32, 'unsigned')],
  ] as const)('gives every %s as it was', (type, values) => {
    fc.assert(
      fc.property(values, (value) => {
        expect(numbers(metric(type, Number(value)))).toEqual([Number(value)]);
      }),
    );
  });

  it('gives every Double, Float and Boolean as it was', () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.float({ noNaN: true, noDefaultInfinity: true }),
        fc.boolean(),
        (double, float, flag) => {
          expect(numbers(metric('Double', double), metric('Float', float), metric('Boolean', flag))).toEqual([
            double,
            float,
            Number(flag),
          ]);
        },
      ),
    );
  });

  it('gives every Int64 and UInt64, beyond 2^53 the nearest number, and doubts it', () => {
    fc.assert(
      fc.property(whole(64, 'signed'), whole(64, 'unsigned'), (signed, unsigned) => {
        const bytes = PayloadType.encode(
          PayloadType.fromObject({
            timestamp: T,
            metrics: [
              { name: 'a', datatype: 4, longValue: String(BigInt.asUintN(64, signed)) },
              { name: 'b', datatype: 8, longValue: String(unsigned) },
            ],
          }),
        ).finish();
        const { metrics } = decodePayload(bytes)!;
        const { values } = flatten(metrics, { catalogue: EMPTY, timestamp: T, whenUndefined: 'no_birth' });
        const isExact = (value: bigint) => BigInt(Number(value)) === value;
        expect(values.map(({ value, quality }) => ({ value, quality }))).toEqual(
          [signed, unsigned].map((value) => ({ value: Number(value), quality: isExact(value) ? 'good' : 'uncertain' })),
        );
      }),
    );
  });

  it('gives a DateTime in ms', () => expect(numbers(metric('DateTime', T + 7))).toEqual([T + 7]));

  it('has both ways of writing a negative number in a wider field', () => {
    const short = { name: 'm', datatype: 1, intValue: 0xff };
    const long = { name: 'm', datatype: 1, intValue: 0xffffffff };
    const neither = { name: 'm', datatype: 1, intValue: 0x1ff };
    const bytes = PayloadType.encode(PayloadType.fromObject({ metrics: [short, long, neither] })).finish();
    const read = flatten(decodePayload(bytes)!.metrics, { catalogue: EMPTY, timestamp: T, whenUndefined: 'no_birth' });
    expect(read.values.map(({ value }) => value)).toEqual([-1, -1]);
    expect(read.refused).toEqual([{ path: 'm', reason: 'malformed' }]);
  });

  it('counts what is neither a number nor a text', () => {
    expect(reasons(metric('Bytes', new Uint8Array([1])), metric('File', new Uint8Array([1])))).toEqual(
      Array(2).fill('not_a_number'),
    );
  });

  it('gives a null metric as bad, without a value', () => {
    const [value] = read(metric('Double', null, { isNull: true })).values;
    expect(value).toMatchObject({ value: null, quality: 'bad' });
  });

  it('says what is historical, and does not keep what is transient', () => {
    const { values, refused } = read(
      metric('Double', 1, { isHistorical: true }),
      metric('Double', 2, { isTransient: true }),
    );
    expect(values).toMatchObject([{ value: 1, isHistorical: true }]);
    expect(refused).toEqual([{ path: 'm', reason: 'transient' }]);
  });

  it.each([
    [192, 'good', undefined],
    [0, 'bad', undefined],
    [500, 'bad', 0x80310000],
    [64, 'uncertain', undefined],
    [700, 'bad', undefined],
    [0x40930000, 'uncertain', 0x40930000],
  ])('reads the quality %i as %s', (code, quality, status) => {
    const properties = { Quality: { type: 'Int32', value: code } };
    const [value] = read(metric('Double', 1, { properties })).values;
    expect([value?.quality, value?.code]).toEqual([quality, status]);
  });

  it('reads unit and range of a birth', () => {
    const properties = {
      engUnit: { type: 'String', value: 'bar' },
      engLow: { type: 'Double', value: 0 },
      engHigh: { type: 'Double', value: 16 },
    };
    const bytes = encode({ timestamp: T, seq: 0, metrics: [metric('Double', 1, { properties })] });
    const { byName } = catalogue(decodePayload(bytes)!.metrics);
    expect(byName.get('m')).toMatchObject({ unit: 'bar', range: [0, 16] });
  });

  it('takes a dataset of one row apart, and refuses a table', () => {
    const row = [1.5, true];
    const table = (...rows: unknown[][]) =>
      metric('DataSet', { numOfColumns: 2, types: ['Double', 'Boolean'], columns: ['a', 'b'], rows } as never);
    expect(read(table(row)).values.map(({ path, value }) => [path, value])).toEqual([
      ['m/a', 1.5],
      ['m/b', 1],
    ]);
    expect(reasons(table(row, row))).toEqual(['too_large']);
  });

  it('takes a template apart, also one within another', () => {
    const inner = { isDefinition: false, metrics: [{ ...metric('Int8', -3), name: 'c' }] };
    const outer = {
      isDefinition: false,
      metrics: [
        { ...metric('Double', 2), name: 'a' },
        { ...metric('Template', inner as never), name: 'b' },
      ],
    };
    expect(read(metric('Template', outer as never)).values.map(({ path, value }) => [path, value])).toEqual([
      ['m/a', 2],
      ['m/b/c', -3],
    ]);
    expect(read(metric('Template', { ...outer, isDefinition: true } as never)).values).toEqual([]);
  });
});

describe('arrays', () => {
  const array = (datatype: number, bytes: readonly number[]) => {
    const bytesValue = Uint8Array.from(bytes);
    const encoded = PayloadType.encode(PayloadType.fromObject({ metrics: [{ name: 'm', datatype, bytesValue }] }));
    return flatten(decodePayload(encoded.finish())!.metrics, {
      catalogue: EMPTY,
      timestamp: T,
      whenUndefined: 'no_birth',
    });
  };

  it('become a value for each element, as in the examples of §6.4.17', () => {
    const values = (datatype: number, bytes: readonly number[]) =>
      array(datatype, bytes).values.map(({ value }) => value);
    expect(values(23, [0xd0, 0x8a, 0x30, 0x75])).toEqual([-30000, 30000]);
    expect(values(26, [0x17, 0xfa])).toEqual([23, 250]);
    expect(values(32, [0x0c, 0, 0, 0, 0x34, 0xd0])).toEqual([0, 0, 1, 1, 0, 1, 0, 0, 1, 1, 0, 1]);
    const floats = new Uint8Array(new Float32Array([1.23, 89.341]).buffer);
    expect(values(30, [...floats])).toEqual([Math.fround(1.23), Math.fround(89.341)]);
    expect(array(23, [1, 0, 2, 0]).values.map(({ path }) => path)).toEqual(['m/0', 'm/1']);
    expect(array(33, [...Buffer.from('ABC\0\0hello\0')]).values).toMatchObject([
      { path: 'm/0', value: null, text: 'ABC' },
      { path: 'm/1', text: '' },
      { path: 'm/2', text: 'hello' },
    ]);
    expect(array(33, [])).toMatchObject({ values: [], refused: [] });
  });

  it.each([
    ['that end in the middle', 24, [1, 2, 3], 'malformed'],
    ['of booleans that are fewer than said', 32, [9, 0, 0, 0, 1], 'malformed'],
    ['of texts that end in the middle', 33, [65, 0, 66], 'malformed'],
    ['of texts that are no UTF-8', 33, [0xff, 0], 'malformed'],
    ['that are as long as a file', 22, Array(MAX_FIELDS + 1).fill(1), 'too_large'],
  ])('%s are refused', (_, datatype, bytes, reason) => {
    expect(array(datatype, bytes)).toMatchObject({ values: [], refused: [{ reason }] });
  });
});

describe('data after a birth', () => {
  const born = catalogue(
    decodePayload(
      encode({
        timestamp: T,
        seq: 0,
        metrics: [
          { ...metric('Int16', 5), name: 'a', alias: 1 },
          { ...metric('Double', 5), name: 'b', alias: 2 },
          { ...metric('Double', 5), name: 'c', alias: 2 },
        ],
      }),
    )!.metrics,
  );
  const data = (metrics: readonly object[]) =>
    flatten(decodePayload(PayloadType.encode(PayloadType.fromObject({ metrics })).finish())!.metrics, {
      catalogue: born,
      timestamp: T,
      whenUndefined: 'no_birth',
    });

  it('finds name and datatype by the alias', () => {
    expect(data([{ alias: 1, intValue: 0xfffe }]).values).toMatchObject([{ path: 'a', value: -2, at: T }]);
  });

  it('keeps the datatype of the birth when it is left out', () => {
    expect(data([{ name: 'a', intValue: 0xfffe }]).values).toMatchObject([{ path: 'a', value: -2 }]);
  });

  it('reads neither of two metrics with one alias', () => {
    expect(data([{ alias: 2, doubleValue: 1 }])).toMatchObject({ values: [], isUndefined: true });
  });

  it('says when only a rebirth can tell what an alias means', () => {
    expect(data([{ alias: 77, doubleValue: 1 }])).toMatchObject({
      refused: [{ reason: 'no_birth' }],
      isUndefined: true,
    });
  });
});

describe('garbage', () => {
  const ROUNDS = 100_000;

  it(`among ${ROUNDS} payloads neither ends anything nor hides the valid hundredth`, () => {
    const valid = (i: number) =>
      encode({ timestamp: T, seq: i % 256, metrics: [metric('Int32', i), metric('Double', i / 8)] });
    const random = seeded(11);
    let seen = 0;
    for (let i = 0; i < ROUNDS; i++) {
      const isValid = i % 100 === 0;
      const payload = decodePayload(isValid ? valid(i) : garbage(random, valid(i)));
      const values = payload === null ? null : flattened(payload.metrics);
      if (!isValid) continue;
      seen++;
      expect(values!.values.map(({ value }) => value)).toEqual([i, i / 8]);
    }
    expect(seen).toBe(ROUNDS / 100);
  }, 60_000);

  const flattened = (metrics: readonly Metric[]) =>
    flatten(metrics, { catalogue: catalogue(metrics), timestamp: T, whenUndefined: 'no_birth' });

  it('of templates within templates without end is refused', () => {
    let deep: Uint8Array = encode({ timestamp: T, seq: 0, metrics: [] });
    for (let i = 0; i < 400; i++) deep = nested(deep);
    expect(decodePayload(deep)).toBeNull();
  });
});

/** A payload that has the given bytes as a template of its only metric. */
function nested(inner: Uint8Array): Uint8Array {
  const field = (tag: readonly number[], bytes: Uint8Array) => [...tag, ...varint(bytes.length), ...bytes];
  return Uint8Array.from(field([0x12], Uint8Array.from(field([0x92, 0x01], inner))));
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}
