import type { EpochMs } from '../../adapter.ts';
import { PayloadType } from './schema.ts';

/** A payload as it was on the wire: what a datatype makes of a value is decided later, for data may leave it to the birth. */
export interface Payload {
  readonly timestamp: EpochMs | null;
  readonly seq: number | null;
  readonly metrics: readonly Metric[];
}

/** One metric of a payload, or one member of a template. */
export interface Metric {
  readonly name: string | null;
  /** In digits: it has 64 bits. */
  readonly alias: string | null;
  readonly timestamp: EpochMs | null;
  readonly datatype: number | null;
  readonly isHistorical: boolean;
  readonly isTransient: boolean;
  readonly isNull: boolean;
  /** `null`: its keys and values do not fit together. */
  readonly properties: ReadonlyMap<string, RawValue> | null;
  readonly value: RawValue | null;
}

/** A value as it travels; integers are unsigned, and bigint above 2^53. */
export type RawValue =
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'long'; readonly value: number | bigint }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'bytes'; readonly value: Uint8Array }
  | { readonly kind: 'dataset'; readonly value: DataSet }
  | { readonly kind: 'template'; readonly value: Template };

/** A table: a name and a datatype for each column. */
export interface DataSet {
  readonly columns: readonly string[];
  readonly types: readonly number[];
  readonly rows: readonly (readonly (RawValue | null)[])[];
}

/** A structure: a definition of it, or one that has values. */
export interface Template {
  readonly isDefinition: boolean;
  readonly metrics: readonly Metric[];
}

/**
 * Reads the bytes of a payload; `null` when they are none. What it returns keeps nothing of `bytes`. A third of what is
 * random decodes as protobuf somehow, so the sense of it is judged by who knows the type of the message.
 */
export function decodePayload(bytes: Uint8Array): Payload | null {
  let message: WirePayload;
  try {
    // The descriptor says what is there; which fields are, only their being own properties does.
    message = PayloadType.decode(bytes) as unknown as WirePayload;
  } catch {
    return null; // counted as `malformed` by the caller; the message of the library names no field
  }
  return {
    timestamp: timeOf(message),
    seq: Object.hasOwn(message, 'seq') ? Number(integer(message.seq)) : null,
    metrics: message.metrics.map(metric),
  };
}

/** How the library delivers 64 bits. */
interface Long {
  readonly low: number;
  readonly high: number;
}

interface WirePayload {
  readonly timestamp: Long;
  readonly seq: Long;
  readonly metrics: readonly WireMetric[];
}

interface WireScalars {
  readonly intValue: number;
  readonly longValue: Long;
  readonly floatValue: number;
  readonly doubleValue: number;
  readonly booleanValue: boolean;
  readonly stringValue: string;
}

interface WireMetric extends WireScalars {
  readonly name: string;
  readonly alias: Long;
  readonly timestamp: Long;
  readonly datatype: number;
  readonly isHistorical: boolean;
  readonly isTransient: boolean;
  readonly isNull: boolean;
  readonly properties: { readonly keys: readonly string[]; readonly values: readonly WireProperty[] } | null;
  readonly bytesValue: Uint8Array;
  readonly datasetValue: WireDataSet;
  readonly templateValue: { readonly metrics: readonly WireMetric[]; readonly isDefinition: boolean };
}

interface WireProperty extends WireScalars {
  readonly isNull: boolean;
}

interface WireDataSet {
  readonly columns: readonly string[];
  readonly types: readonly number[];
  readonly rows: readonly { readonly elements: readonly WireScalars[] }[];
}

function metric(wire: WireMetric): Metric {
  return {
    name: Object.hasOwn(wire, 'name') && wire.name !== '' ? wire.name : null,
    alias: Object.hasOwn(wire, 'alias') ? String(integer(wire.alias)) : null,
    timestamp: timeOf(wire),
    datatype: Object.hasOwn(wire, 'datatype') ? wire.datatype : null,
    isHistorical: wire.isHistorical,
    isTransient: wire.isTransient,
    isNull: wire.isNull,
    properties: properties(wire),
    value: value(wire),
  };
}

const NO_PROPERTIES: ReadonlyMap<string, RawValue> = new Map();

function properties({ properties }: WireMetric): ReadonlyMap<string, RawValue> | null {
  if (!properties) return NO_PROPERTIES;
  const { keys, values } = properties;
  if (keys.length !== values.length) return null; // tck-id-payloads-propertyset-keys-array-size
  const read = new Map<string, RawValue>();
  for (const [i, key] of keys.entries()) {
    const found = values[i]!.isNull ? null : scalar(values[i]!);
    if (found !== null) read.set(key, found);
  }
  return read;
}

function value(wire: WireMetric): RawValue | null {
  if (Object.hasOwn(wire, 'bytesValue')) return { kind: 'bytes', value: Uint8Array.from(wire.bytesValue) };
  if (Object.hasOwn(wire, 'datasetValue')) return { kind: 'dataset', value: dataSet(wire.datasetValue) };
  if (Object.hasOwn(wire, 'templateValue')) {
    const { metrics, isDefinition } = wire.templateValue;
    return { kind: 'template', value: { isDefinition, metrics: metrics.map(metric) } };
  }
  return scalar(wire);
}

function dataSet({ columns, types, rows }: WireDataSet): DataSet {
  return { columns, types, rows: rows.map(({ elements }) => elements.map(scalar)) };
}

function scalar(wire: WireScalars): RawValue | null {
  if (Object.hasOwn(wire, 'doubleValue')) return { kind: 'float', value: wire.doubleValue };
  if (Object.hasOwn(wire, 'floatValue')) return { kind: 'float', value: wire.floatValue };
  if (Object.hasOwn(wire, 'intValue')) return { kind: 'int', value: wire.intValue };
  if (Object.hasOwn(wire, 'longValue')) return { kind: 'long', value: integer(wire.longValue) };
  if (Object.hasOwn(wire, 'booleanValue')) return { kind: 'boolean', value: wire.booleanValue };
  if (Object.hasOwn(wire, 'stringValue')) return { kind: 'string', value: wire.stringValue };
  return null;
}

function timeOf(wire: { readonly timestamp: Long }): EpochMs | null {
  return Object.hasOwn(wire, 'timestamp') ? Number(integer(wire.timestamp)) : null;
}

/** 64 unsigned bits. */
function integer({ low, high }: Long): number | bigint {
  const upper = high >>> 0;
  const lower = low >>> 0;
  return upper < 0x20_0000 ? upper * 0x1_0000_0000 + lower : (BigInt(upper) << 32n) | BigInt(lower);
}
