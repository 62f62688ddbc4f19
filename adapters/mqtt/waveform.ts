import { type Static, Type } from 'typebox';
import type { DiscardReason, EpochMs, Waveform } from '../adapter.ts';
import type { Message } from './decode.ts';
import type { RouteTable } from './routes.ts';

/** How a binary payload of samples is written. */
export const WaveformFormat = Type.Object(
  {
    unit: Type.String({
      minLength: 1,
      description: 'UCUM code of the samples: `m/s2`, `g` (or `[g]`), `mm/s`, `[in_i]/s`; never guessed.',
      examples: ['g'],
    }),
    rateHz: Type.Number({ exclusiveMinimum: 0, description: 'Samples a second.', examples: [25_600] }),
    encoding: Type.Enum(['f32', 'i16', 'i32'], {
      default: 'f32',
      description: 'How a sample is written, little-endian: 32-bit float, 16-bit or 32-bit whole number.',
      examples: ['i16'],
    }),
    scale: Type.Number({ default: 1, description: 'Times this a sample is in `unit`.', examples: [0.000488] }),
    time: Type.Enum(['arrival', 'i64-ms'], {
      default: 'arrival',
      description:
        'Time of the first sample: `arrival` less the length of the waveform, or `i64-ms`, the first 8 bytes: ms since 1970, signed, little-endian.',
      examples: ['i64-ms'],
    }),
  },
  {
    additionalProperties: false,
    description: 'The whole payload is a waveform, binary, and no reading; it needs a tag that the topic alone names.',
  },
);

export type WaveformFormat = Static<typeof WaveformFormat>;

/** What a message of samples became. `discarded` has one reason for each waveform that it did not become. */
export interface DecodedWaveforms {
  readonly waveforms: readonly Waveform[];
  readonly discarded: readonly DiscardReason[];
}

const BYTES = { f32: 4, i16: 2, i32: 4 } as const;
const TIME_BYTES = 8;

/**
 * Reads a message as waveforms, `null` when its topic carries none. A topic that carries waveforms carries no readings. Never throws;
 * the payload may be used again afterwards.
 */
export function decodeWaveforms(
  { topic, payload, isRetained }: Message,
  { table, arrival }: { readonly table: RouteTable; readonly arrival: () => EpochMs },
): DecodedWaveforms | null {
  const routes = table.routesOf(topic).routes.filter(({ waveform }) => waveform !== null);
  if (routes.length === 0) return null;
  if (payload === null) return { waveforms: [], discarded: ['too_large'] };
  const waveforms: Waveform[] = [];
  const discarded: DiscardReason[] = [];
  for (const { waveform, nameTag } of routes) {
    const tag = nameTag(undefined, undefined);
    const found = waveform === null || tag === undefined ? 'malformed' : read(payload, waveform, isRetained, arrival);
    if (typeof found === 'string') discarded.push(found);
    else waveforms.push({ ...found, tag: tag! }); // undefined is malformed
  }
  return { waveforms, discarded };
}

function read(
  payload: Buffer,
  { unit, rateHz, encoding, scale, time }: WaveformFormat,
  isRetained: boolean,
  arrival: () => EpochMs,
): Omit<Waveform, 'tag'> | DiscardReason {
  const from = time === 'arrival' ? 0 : TIME_BYTES;
  const bytes = BYTES[encoding];
  if (payload.length <= from || (payload.length - from) % bytes !== 0) return 'invalid_size';
  // A retained one without a time of its own is old, and nobody knows how old.
  if (isRetained && time === 'arrival') return 'retained';
  const samples = new Float32Array((payload.length - from) / bytes);
  for (let i = 0; i < samples.length; i++) {
    const offset = from + i * bytes;
    switch (encoding) {
      case 'f32':
        samples[i] = payload.readFloatLE(offset) * scale;
        break;
      case 'i16':
        samples[i] = payload.readInt16LE(offset) * scale;
        break;
      case 'i32':
        samples[i] = payload.readInt32LE(offset) * scale;
        break;
    }
  }
  const lengthMs = (1_000 * samples.length) / rateHz;
  const at = time === 'arrival' ? arrival() - lengthMs : Number(payload.readBigInt64LE(0));
  return { at, rateHz, unit, samples };
}
