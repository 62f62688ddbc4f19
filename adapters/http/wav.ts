import { ApiError } from '../../src/model/errors.ts';

/** What a WAV file holds, channel by channel, −1…1 for whole numbers, as it is for floats. */
export interface WavFile {
  readonly rateHz: number;
  readonly channels: number;
  /** Whole numbers are parts of a full scale that the file does not say; floats are what they are. */
  readonly numbers: 'whole' | 'float';
  /** Samples of one channel, times `scale`; `channel` counts from 1. */
  samplesOf(channel: number, scale: number): Float32Array;
}

type Encoding = 'int16' | 'int24' | 'int32' | 'float32' | 'float64';

const BYTES: Readonly<Record<Encoding, number>> = { int16: 2, int24: 3, int32: 4, float32: 4, float64: 8 };
const PCM = 1;
const IEEE_FLOAT = 3;
const EXTENSIBLE = 0xfffe;
/** What writers put into a length they do not know yet: the data goes to the end. */
const UNKNOWN_LENGTH = 0xffff_ffff;
const MAX_CHANNELS = 256;

/**
 * Reads a WAV file: whole numbers of 16, 24 or 32 bits, or floats of 32 or 64. Throws 400 with what is wrong; a file that was
 * cut off is refused, as nobody knows what is missing.
 * Source: Microsoft and IBM, Multimedia Programming Interface and Data Specifications 1.0 (1991); WAVEFORMATEXTENSIBLE.
 */
export function readWav(bytes: Buffer): WavFile {
  if (bytes.length < 12 || tagAt(bytes, 0) !== 'RIFF' || tagAt(bytes, 8) !== 'WAVE')
    throw wrong('it does not begin as one');
  let format: Format | null = null;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const name = tagAt(bytes, at);
    const declared = bytes.readUInt32LE(at + 4);
    const start = at + 8;
    if (name === 'fmt ') format = readFormat(bytes.subarray(start, start + declared));
    else if (name === 'data') {
      if (!format) throw wrong('its data comes before its format');
      const length = declared === UNKNOWN_LENGTH ? bytes.length - start : declared;
      if (start + length > bytes.length)
        throw wrong(`it is cut off: ${length} bytes of data are announced, and ${bytes.length - start} are there`);
      return fileOf(bytes.subarray(start, start + length), format);
    }
    at = start + declared + (declared % 2); // chunks begin at even places
  }
  throw wrong(format ? 'it has no data' : 'it has no format');
}

interface Format {
  readonly encoding: Encoding;
  readonly channels: number;
  readonly rateHz: number;
}

function readFormat(chunk: Buffer): Format {
  if (chunk.length < 16) throw wrong('its format is cut off');
  const channels = chunk.readUInt16LE(2);
  const rateHz = chunk.readUInt32LE(4);
  const blockBytes = chunk.readUInt16LE(12);
  const bits = chunk.readUInt16LE(14);
  let code = chunk.readUInt16LE(0);
  if (code === EXTENSIBLE) {
    if (chunk.length < 26) throw wrong('its format is cut off');
    code = chunk.readUInt16LE(24); // the first two bytes of the sub-format's GUID
  }
  const encoding = encodingOf(code, bits);
  if (!encoding)
    throw wrong(`format ${code} with ${bits} bits is not read here: PCM of 16, 24 or 32, float of 32 or 64`);
  if (channels < 1 || channels > MAX_CHANNELS) throw wrong(`it has ${channels} channels`);
  if (blockBytes !== channels * BYTES[encoding])
    throw wrong(`${channels} channels of ${bits} bits are not ${blockBytes} bytes`);
  return { encoding, channels, rateHz };
}

function encodingOf(code: number, bits: number): Encoding | null {
  if (code === PCM) return bits === 16 ? 'int16' : bits === 24 ? 'int24' : bits === 32 ? 'int32' : null;
  if (code === IEEE_FLOAT) return bits === 32 ? 'float32' : bits === 64 ? 'float64' : null;
  return null;
}

function fileOf(data: Buffer, { encoding, channels, rateHz }: Format): WavFile {
  const blockBytes = channels * BYTES[encoding];
  if (data.length % blockBytes !== 0)
    throw wrong(`${data.length} bytes of data are no whole number of ${blockBytes} for each sample`);
  return {
    rateHz,
    channels,
    numbers: encoding.startsWith('float') ? 'float' : 'whole',
    samplesOf: (channel, scale) => {
      if (!Number.isInteger(channel) || channel < 1 || channel > channels)
        throw new ApiError(400, 'body_invalid', `there is no channel ${channel}: the file has ${channels}`);
      const samples = new Float32Array(data.length / blockBytes);
      const read = reader(data, encoding);
      const first = (channel - 1) * BYTES[encoding];
      for (let i = 0; i < samples.length; i++) samples[i] = read(first + i * blockBytes) * scale;
      return samples;
    },
  };
}

function reader(data: Buffer, encoding: Encoding): (at: number) => number {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  switch (encoding) {
    case 'int16':
      return (at) => view.getInt16(at, true) / 0x8000;
    case 'int24':
      return (at) => (view.getUint16(at, true) + view.getInt8(at + 2) * 0x1_0000) / 0x80_0000;
    case 'int32':
      return (at) => view.getInt32(at, true) / 0x8000_0000;
    case 'float32':
      return (at) => view.getFloat32(at, true);
    case 'float64':
      return (at) => view.getFloat64(at, true);
  }
}

function tagAt(bytes: Buffer, at: number): string {
  return bytes.toString('latin1', at, at + 4);
}

function wrong(what: string): ApiError {
  return new ApiError(400, 'body_invalid', `the body is no WAV file that can be read: ${what}`);
}
