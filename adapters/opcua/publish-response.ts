import { type DataChange, decodeDataChange } from './data-change.ts';
import { Wire } from './wire.ts';

/** An encoded PublishResponse, without the data changes that were taken out of it. */
export interface Publication {
  readonly subscriptionId: number;
  /** Of the notification message. */
  readonly sequenceNumber: number;
  readonly changes: readonly DataChange[];
  /** Items of data changes that nobody can read, left out of `rest`. */
  readonly malformed: number;
  /** Items of data changes that are still in `rest`. */
  readonly unfamiliar: number;
  /** A whole PublishResponse, with what the library must decode. */
  readonly rest: Buffer;
}

/** Numbers of the binary encodings (OPC UA Part 6 Annex A, NodeIds.csv). */
const PUBLISH_RESPONSE = 829;
const DATA_CHANGE = 811;
/** A NodeId of namespace 0 in four bytes, and an ExtensionObject with a body of bytes (OPC UA Part 6 §5.2.2.9, §5.2.2.15). */
const FOUR_BYTES = 0x01;
const BYTES_FOLLOW = 0x01;
/** ExtensionObject: type id, encoding, length. */
const MIN_NOTIFICATION_BYTES = 4;

/**
 * Takes the data changes out of an encoded PublishResponse (OPC UA Part 4 §5.13.5). `null`: it is no such response, there
 * are none in it, or it is written in a way that only the library knows.
 */
export function takeDataChanges(body: Buffer): Publication | null {
  if (body.length < 4 || body.readUInt32LE(0) !== typeIdOf(PUBLISH_RESPONSE)) return null;
  try {
    return split(body);
  } catch (error) {
    if (error instanceof RangeError) return null; // the library says what is wrong with it
    throw error;
  }
}

function split(body: Buffer): Publication | null {
  const wire = new Wire(body);
  wire.skip(4);
  if (!skipResponseHeader(wire)) return null;
  const subscriptionId = wire.uint32();
  wire.skip(wire.count(4) * 4); // available sequence numbers
  wire.skip(1); // more notifications
  const sequenceNumber = wire.uint32();
  wire.skip(8); // publish time
  const countAt = wire.at;
  const count = wire.count(MIN_NOTIFICATION_BYTES);
  const changes: DataChange[] = [];
  const left: Buffer[] = [];
  const items = { malformed: 0, unfamiliar: 0 };
  for (let i = 0; i < count; i++) {
    const notification = takeNotification(wire, body);
    if (notification === null) return null;
    const decoded = notification.type === DATA_CHANGE ? decodeDataChange(notification.body) : null;
    if (decoded?.kind === 'values') changes.push(decoded.change);
    else if (decoded?.kind === 'malformed') items.malformed += decoded.items;
    else left.push(notification.whole);
    if (decoded?.kind === 'unfamiliar') items.unfamiliar += decoded.items;
  }
  if (changes.length === 0 && items.malformed === 0 && items.unfamiliar === 0) return null;
  const leftCount = Buffer.alloc(4);
  leftCount.writeInt32LE(left.length);
  const rest = Buffer.concat([body.subarray(0, countAt), leftCount, ...left, body.subarray(wire.at)]);
  return { subscriptionId, sequenceNumber, changes, ...items, rest };
}

/** `false`: there are diagnostics in it, or an additional header (OPC UA Part 4 §7.34). */
function skipResponseHeader(wire: Wire): boolean {
  wire.skip(8 + 4 + 4); // timestamp, request handle, service result
  const diagnostics = wire.uint8();
  const texts = wire.count(4);
  const [additionalId, additionalEncoding] = [wire.uint16(), wire.uint8()];
  return diagnostics === 0 && texts === 0 && additionalId === 0 && additionalEncoding === 0;
}

interface Notification {
  readonly type: number;
  readonly body: Buffer;
  readonly whole: Buffer;
}

function takeNotification(wire: Wire, response: Buffer): Notification | null {
  const startAt = wire.at;
  const typeId = wire.uint32();
  const type = typeId >>> 16;
  if (typeId !== typeIdOf(type) || wire.uint8() !== BYTES_FOLLOW) return null;
  const length = wire.count(1);
  const bodyAt = wire.at;
  wire.skip(length);
  return { type, body: response.subarray(bodyAt, wire.at), whole: response.subarray(startAt, wire.at) };
}

/** A number of namespace 0 as the four bytes of its NodeId, read as one little-endian number. */
function typeIdOf(number: number): number {
  return FOUR_BYTES + number * 0x1_0000;
}
