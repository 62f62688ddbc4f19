import fc from 'fast-check';
import {
  BinaryStream,
  DataChangeNotification,
  DataType,
  DataValue,
  EventNotificationList,
  encodeExpandedNodeId,
  LogLevel,
  StatusCode as OpcUaStatus,
  PublishResponse,
  StatusCodes,
  setLogLevel,
  Variant,
  VariantArrayType,
} from 'node-opcua';
import { beforeAll, describe, expect, it } from 'vitest';
import { type DataChange, decodeDataChange, rowOf } from './data-change.ts';
import { changeOf } from './decode.ts';
import { takeDataChanges } from './publish-response.ts';

/** `OPCUA_FUZZ=100000 npx vitest run --project unit adapters/opcua/data-change.test.ts` for a long run. */
const RUNS = Number(process.env['OPCUA_FUZZ'] ?? 400);
const KNOWN_STATUS = Object.values(StatusCodes).filter((status) => status instanceof OpcUaStatus);
const KNOWN_CODES = new Set(KNOWN_STATUS.map(({ value }) => value));

beforeAll(() => setLogLevel(LogLevel.Emergency));

const scalars: fc.Arbitrary<Variant> = fc.oneof(
  scalar(DataType.Boolean, fc.boolean()),
  scalar(DataType.SByte, fc.integer({ min: -128, max: 127 })),
  scalar(DataType.Byte, fc.integer({ min: 0, max: 255 })),
  scalar(DataType.Int16, fc.integer({ min: -32_768, max: 32_767 })),
  scalar(DataType.UInt16, fc.integer({ min: 0, max: 65_535 })),
  scalar(DataType.Int32, fc.integer()),
  scalar(DataType.UInt32, fc.integer({ min: 0, max: 0xffffffff })),
  scalar(DataType.Int64, words()),
  scalar(DataType.UInt64, words()),
  scalar(DataType.Float, fc.float()),
  scalar(DataType.Double, fc.double()),
  scalar(DataType.DateTime, fc.date({ noInvalidDate: true, min: new Date(-12e12), max: new Date(4e12) })),
  scalar(DataType.String, fc.option(fc.string())),
  scalar(
    DataType.ByteString,
    fc.uint8Array({ minLength: 1 }).map((bytes) => Buffer.from(bytes)),
  ),
  scalar(
    DataType.Guid,
    fc.uuid().map((uuid) => uuid.toUpperCase()),
  ),
  scalar(DataType.StatusCode, fc.constantFrom(...KNOWN_STATUS)),
  fc.constant(new Variant({ dataType: DataType.Null, value: null })),
  array(DataType.Double, fc.double()),
  array(DataType.Boolean, fc.boolean()),
);
const texts = scalar(
  DataType.LocalizedText,
  fc.string().map((text) => ({ text })),
);
const times = fc.option(fc.date({ noInvalidDate: true, min: new Date(-12e12), max: new Date(4e12) }));
const picoseconds = fc.integer({ min: 0, max: 999_999_999 }).map((number) => number * 10);

const dataValueOf = (value: fc.Arbitrary<Variant>) =>
  fc
    .record({
      value,
      statusCode: fc.constantFrom(StatusCodes.Good, ...KNOWN_STATUS),
      infoBits: fc.constantFrom(null, 'Overflow | InfoTypeDataValue', 'LimitLow | InfoTypeDataValue'),
      sourceTimestamp: times,
      sourcePicoseconds: picoseconds,
      serverTimestamp: times,
      serverPicoseconds: picoseconds,
    })
    .map(({ infoBits, statusCode, ...rest }) => {
      const status = infoBits === null ? statusCode : OpcUaStatus.makeStatusCode(statusCode, infoBits);
      return new DataValue({ ...rest, statusCode: status });
    });
const itemsOf = (value: fc.Arbitrary<Variant>, maxLength = 8) =>
  fc.array(fc.record({ clientHandle: fc.integer({ min: 0, max: 0xffffffff }), value: dataValueOf(value) }), {
    maxLength,
  });

describe('a data change notification', () => {
  it('says the same as the library makes of it, bit by bit', () => {
    fc.assert(
      fc.property(itemsOf(scalars), (items) => {
        const body = bodyOf(items);
        expect(rowsOf(valuesOf(body))).toEqual(rowsOf(byLibrary(body)));
      }),
      { numRuns: RUNS },
    );
  });

  it('keeps a status code that the library does not know', () => {
    const body = bodyOf([{ clientHandle: 7, value: new DataValue({ statusCode: StatusCodes.BadTimeout }) }]);
    body.writeUInt32LE(0x40ff1234, body.length - 8); // before the diagnostics
    expect(valuesOf(body).status[0]).toBe(0x40ff1234);
  });

  it('with a time before 1601 has no time, by us and by the library', () => {
    const body = bodyOf([numberItem(7)]);
    body.writeBigInt64LE(-1_000_000_000_000_000n, body.length - 12); // before the diagnostics
    expect(rowsOf(valuesOf(body))).toEqual(rowsOf(byLibrary(body)));
    expect(valuesOf(body).at[0]).toBeNaN();
  });

  it('is left to the library when there is a structure or a matrix in it', () => {
    const matrix = new Variant({
      dataType: DataType.Double,
      arrayType: VariantArrayType.Matrix,
      dimensions: [2, 1],
      value: [1, 2],
    });
    const structure = new Variant({ dataType: DataType.ExtensionObject, value: new DataChangeNotification() });
    for (const value of [matrix, structure]) {
      const body = bodyOf([numberItem(1), { clientHandle: 2, value: new DataValue({ value }) }]);
      expect(decodeDataChange(body)).toEqual({ kind: 'unfamiliar', items: 2 });
    }
  });

  it('that ends too early is malformed, wherever it ends', () => {
    const body = bodyOf([numberItem(1), numberItem(2), numberItem(3)]);
    for (let length = 0; length < body.length - 4; length++) {
      const items = length < 4 || length < 4 + 3 * 5 ? 1 : 3; // of a length that its bytes could hold
      expect(decodeDataChange(body.subarray(0, length))).toEqual({ kind: 'malformed', items });
    }
  });

  it.each([0x7fffffff, -2, -0x80000000])('with a length of %d is malformed, and makes no room for it', (length) => {
    const body = bodyOf([numberItem(1)]);
    body.writeInt32LE(length, 0);
    expect(decodeDataChange(body)).toEqual({ kind: 'malformed', items: 1 });
  });

  it('that is garbage is never taken for more than the library takes it for', () => {
    const flips = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(itemsOf(fc.oneof(scalars, texts), 4), flips, (items, changes) => {
        const body = bodyOf(items);
        for (const [at, byte] of changes) body[at % body.length] = byte;
        const ours = decodeDataChange(body);
        if (ours.kind === 'unfamiliar' || (ours.kind === 'values' && ours.change.status.some(isUnknown))) return;
        const theirs = tryLibrary(body);
        if (ours.kind === 'malformed') expect(theirs).toBeNull();
        else expectSame(ours.change, theirs!);
      }),
      { numRuns: RUNS },
    );
  });
});

describe('a publish response', () => {
  it('keeps all but its data changes', () => {
    fc.assert(
      fc.property(fc.array(itemsOf(scalars), { minLength: 1, maxLength: 3 }), fc.boolean(), (changes, hasEvents) => {
        const events = hasEvents ? [new EventNotificationList({ events: [{ clientHandle: 9 }] })] : [];
        const response = responseOf([
          ...events,
          ...changes.map((monitoredItems) => new DataChangeNotification({ monitoredItems })),
        ]);
        const publication = takeDataChanges(messageOf(response))!;
        expect(publication).toMatchObject({ subscriptionId: 12, sequenceNumber: 34, malformed: 0, unfamiliar: 0 });
        expect(publication.changes.map(rowsOf)).toEqual(changes.map((items) => rowsOf(byLibrary(bodyOf(items)))));
        expect(publication.rest).toEqual(messageOf(responseOf(events)));
      }),
      { numRuns: RUNS / 5 },
    );
  });

  it('without a data change is left to the library', () => {
    expect(takeDataChanges(messageOf(responseOf([])))).toBeNull();
    expect(takeDataChanges(messageOf(responseOf([new EventNotificationList({})])))).toBeNull();
    expect(takeDataChanges(Buffer.alloc(0))).toBeNull();
  });

  it('loses a malformed data change only, and says how many items that were', () => {
    const whole = messageOf(responseOf([changeWith(2), changeWith(3)]));
    const second = whole.lastIndexOf(Buffer.from([3, 0, 0, 0]));
    whole[second + 4 + 4] = 0xff; // parts that nobody knows, in its first item
    expect(takeDataChanges(whole)).toMatchObject({ malformed: 0, unfamiliar: 3 });
    const cut = messageOf(responseOf([changeWith(2), changeWith(3)]));
    cut.writeInt32LE(1_000_000, second);
    expect(takeDataChanges(cut)).toMatchObject({ malformed: 1, unfamiliar: 0, changes: [{ length: 2 }] });
  });

  it('that is garbage is the library’s, or a response with nothing invented', () => {
    const whole = messageOf(responseOf([changeWith(2), changeWith(3)]));
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 5 }), fc.nat(), (flips, end) => {
        const body = Buffer.from(whole);
        for (const [at, byte] of flips) body[at % body.length] = byte;
        const publication = takeDataChanges(body.subarray(0, body.length - (end % 3 === 0 ? end % body.length : 0)));
        const items = publication?.changes.reduce((sum, { length }) => sum + length, 0) ?? 0;
        expect(items).toBeLessThanOrEqual(body.length / 5);
      }),
      { numRuns: RUNS },
    );
  });
});

type Item = { readonly clientHandle: number; readonly value: DataValue };

function scalar(dataType: DataType, value: fc.Arbitrary<unknown>): fc.Arbitrary<Variant> {
  return value.map((one) => new Variant({ dataType, arrayType: VariantArrayType.Scalar, value: one }));
}

function array(dataType: DataType, value: fc.Arbitrary<unknown>): fc.Arbitrary<Variant> {
  return fc
    .array(value, { maxLength: 4 })
    .map((many) => new Variant({ dataType, arrayType: VariantArrayType.Array, value: many }));
}

/** A 64-bit integer as the library writes it. */
function words(): fc.Arbitrary<number[]> {
  const word = fc.oneof(fc.integer({ min: 0, max: 0xffffffff }), fc.constantFrom(0, 1, 0x1fffff, 0x200000, 0xffffffff));
  return fc.tuple(word, word).map((pair) => [...pair]);
}

function numberItem(clientHandle: number): Item {
  const value = new Variant({ dataType: DataType.Double, value: clientHandle / 3 });
  return { clientHandle, value: new DataValue({ value, sourceTimestamp: new Date(1e12) }) };
}

function changeWith(items: number): DataChangeNotification {
  return new DataChangeNotification({ monitoredItems: Array.from({ length: items }, (_, i) => numberItem(i + 100)) });
}

function bodyOf(monitoredItems: readonly Item[]): Buffer {
  return encoded((stream) => new DataChangeNotification({ monitoredItems: [...monitoredItems] }).encode(stream));
}

function responseOf(notificationData: (DataChangeNotification | EventNotificationList)[]): PublishResponse {
  return new PublishResponse({
    responseHeader: { requestHandle: 56, timestamp: new Date(1e12) },
    subscriptionId: 12,
    availableSequenceNumbers: [32, 33, 34],
    notificationMessage: { sequenceNumber: 34, publishTime: new Date(1e12), notificationData },
    results: [StatusCodes.Good, StatusCodes.BadSequenceNumberUnknown],
  });
}

function messageOf(response: PublishResponse): Buffer {
  return encoded((stream) => {
    encodeExpandedNodeId(response.schema.encodingDefaultBinary!, stream);
    response.encode(stream);
  });
}

function encoded(write: (stream: BinaryStream) => void): Buffer {
  const stream = new BinaryStream(100_000);
  write(stream);
  return Buffer.from(stream.buffer.subarray(0, stream.length));
}

function valuesOf(body: Buffer): DataChange {
  const decoded = decodeDataChange(body);
  if (decoded.kind !== 'values') throw new Error(`${decoded.kind}: ${body.toString('hex')}`);
  return decoded.change;
}

function byLibrary(body: Buffer): DataChange {
  const notification = new DataChangeNotification();
  notification.decode(new BinaryStream(body));
  return changeOf(notification.monitoredItems ?? []);
}

function tryLibrary(body: Buffer): DataChange | null {
  try {
    return byLibrary(body);
  } catch {
    return null; // that it refuses is the answer
  }
}

function rowsOf(change: DataChange) {
  return Array.from(change.handle, (handle, row) => ({ handle, ...rowOf(change, row) }));
}

/** The library takes a status code that it does not know for another one. */
function isUnknown(status: number): boolean {
  return !KNOWN_CODES.has((status & 0xffff0000) >>> 0);
}

function expectSame(ours: DataChange, theirs: DataChange): void {
  expect(rowsOf({ ...ours, at: theirs.at })).toEqual(rowsOf(theirs));
  // More than 9,999 times 10 ps count as 9,999 (OPC UA Part 6 §5.2.2.17), with the library as a microsecond.
  for (const [row, at] of ours.at.entries()) {
    if (!Object.is(at, theirs.at[row]))
      expect(Math.abs(at - theirs.at[row]!)).toBeLessThan(0.001_1 + Math.abs(at) * 2 ** -51);
  }
}
