import { ConfigError } from '../../model/errors.ts';

const PCM = 1;
const FLOAT = 3;
const EXTENSIBLE = 0xfffe;

interface WavFormat {
  readonly tag: number;
  readonly channels: number;
  readonly rateHz: number;
  readonly bits: number;
}

/**
 * Reads the first channel of a WAV file: PCM of 16, 24 or 32 bits, or 32-bit floating point. `fullScale` is what the largest
 * number (or 1.0) stands for.
 * Source: Microsoft, Multimedia Programming Interface and Data Specifications 1.0, 1991.
 */
export function readWav(
  bytes: Buffer,
  { file, fullScale }: { readonly file: string; readonly fullScale: number },
): { readonly samples: Float64Array; readonly rateHz: number } {
  const refuse = (why: string) => new ConfigError('option_invalid', `${file}: ${why}`);
  if (bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WAVE')
    throw refuse('is not a WAV file');
  let format: WavFormat | null = null;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const name = bytes.toString('latin1', at, at + 4);
    const from = at + 8;
    const size = bytes.readUInt32LE(at + 4);
    if (name === 'fmt ' && size >= 16 && from + size <= bytes.length) format = formatAt(bytes, from, size);
    if (name === 'data') {
      if (format === null) throw refuse('its data comes before its format');
      const to = Math.min(bytes.length, from + size);
      const samples = firstChannel(bytes.subarray(from, to), format, fullScale);
      if (samples === null)
        throw refuse(`format ${format.tag} of ${format.bits} bits is not read: PCM or 32-bit float is`);
      return { samples, rateHz: format.rateHz };
    }
    at = from + size + (size % 2);
  }
  throw refuse('it has no data');
}

function formatAt(bytes: Buffer, from: number, size: number): WavFormat {
  const tag = bytes.readUInt16LE(from);
  return {
    tag: tag === EXTENSIBLE && size >= 26 ? bytes.readUInt16LE(from + 24) : tag,
    channels: bytes.readUInt16LE(from + 2),
    rateHz: bytes.readUInt32LE(from + 4),
    bits: bytes.readUInt16LE(from + 14),
  };
}

function firstChannel(data: Buffer, { tag, channels, bits }: WavFormat, fullScale: number): Float64Array | null {
  const isFloat = tag === FLOAT && bits === 32;
  const isWhole = tag === PCM && (bits === 16 || bits === 24 || bits === 32);
  if (channels < 1 || !(isFloat || isWhole)) return null;
  const stride = channels * (bits / 8);
  const scale = isFloat ? fullScale : fullScale / 2 ** (bits - 1);
  return Float64Array.from({ length: Math.floor(data.length / stride) }, (_, i) =>
    isFloat ? data.readFloatLE(i * stride) * scale : data.readIntLE(i * stride, bits / 8) * scale,
  );
}
