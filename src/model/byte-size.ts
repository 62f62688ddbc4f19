/** An amount of bytes as it is written in `plant.yaml`: `64MiB`, `2GiB`, `500MB`. */
export const BYTE_SIZE_PATTERN = '^\\d+(\\.\\d+)?(KiB|MiB|GiB|TiB|kB|MB|GB|TB)$';

const UNIT_BYTES: Readonly<Record<string, number>> = {
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
};

/** Reads a written amount, whole bytes; `null` when it is none. */
export function parseByteSize(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)([KMGT]iB|[kMGT]B)$/.exec(text);
  const unitBytes = UNIT_BYTES[match?.[2] ?? ''];
  return match && unitBytes !== undefined ? Math.floor(Number(match[1]) * unitBytes) : null;
}

/**
 * JSON Schema of a setting in bytes. Wrap it: `Type.Unsafe<number>(byteSize({ default: '2GiB', description: '…' }))`.
 * In the file it is text; whoever receives the loaded configuration gets bytes.
 */
export function byteSize(options: {
  readonly description: string;
  readonly default?: string;
  readonly minimum?: string;
  readonly maximum?: string;
  readonly examples?: readonly string[];
}): Record<string, unknown> {
  const { minimum, maximum, ...rest } = options;
  return {
    type: 'string',
    format: 'bytes',
    pattern: BYTE_SIZE_PATTERN,
    ...(minimum === undefined ? {} : { 'x-minimum': minimum }),
    ...(maximum === undefined ? {} : { 'x-maximum': maximum }),
    ...rest,
  };
}
