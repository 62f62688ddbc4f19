/** Data types of Sparkplug B 3.0, section 6.4.16, as far as they are simulated. */
export const DATA_TYPE = { int64: 4, uint64: 8, double: 10, boolean: 11 } as const;

/** One metric of a payload. */
export interface Metric {
  readonly name?: string;
  readonly alias?: number;
  readonly type: keyof typeof DATA_TYPE;
  readonly value: number | boolean;
}

/**
 * Writes a Sparkplug B payload (sparkplug_b.proto of the Eclipse Tahu project: Payload timestamp = 1, metrics = 2, seq = 3).
 * Our own few fields, and no library: what the adapter reads with must not also be what it is tested with.
 */
export function encodePayload(options: {
  readonly timestamp: number;
  readonly metrics: readonly Metric[];
  /** Absent in an NDEATH. */
  readonly seq?: number;
}): Buffer {
  const { timestamp, metrics, seq } = options;
  return Buffer.concat([
    unsigned(1, timestamp),
    ...metrics.map((metric) => bytes(2, encodeMetric(metric, timestamp))),
    ...(seq === undefined ? [] : [unsigned(3, seq)]),
  ]);
}

function encodeMetric({ name, alias, type, value }: Metric, timestamp: number): Buffer {
  return Buffer.concat([
    ...(name === undefined ? [] : [bytes(1, Buffer.from(name))]),
    ...(alias === undefined ? [] : [unsigned(2, alias)]),
    unsigned(3, timestamp),
    unsigned(4, DATA_TYPE[type]),
    valueField(type, value),
  ]);
}

function valueField(type: Metric['type'], value: number | boolean): Buffer {
  switch (type) {
    case 'int64':
    case 'uint64':
      return unsigned(11, Number(value));
    case 'double': {
      const double = Buffer.alloc(8);
      double.writeDoubleLE(Number(value));
      return Buffer.concat([key(13, 1), double]);
    }
    case 'boolean':
      return unsigned(14, Number(value));
  }
}

function unsigned(field: number, value: number): Buffer {
  return Buffer.concat([key(field, 0), varint(value)]);
}

function bytes(field: number, content: Buffer): Buffer {
  return Buffer.concat([key(field, 2), varint(content.length), content]);
}

function key(field: number, wireType: number): Buffer {
  return varint(field * 8 + wireType);
}

/** Non-negative whole numbers up to 2^53; bit operations would cut at 32. */
function varint(value: number): Buffer {
  const out: number[] = [];
  let rest = value;
  while (rest >= 128) {
    out.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return Buffer.from([...out, rest]);
}
