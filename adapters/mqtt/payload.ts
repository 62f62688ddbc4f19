import {
  decode as decodeMessagePack,
  decodeTimestampToTimeSpec,
  EXT_TIMESTAMP,
  ExtensionCodec,
} from '@msgpack/msgpack';
import { type DecodeOptions, decode as decodeCbor } from 'cborg';
import secureJson from 'secure-json-parse';
import type { EpochMs } from '../adapter.ts';
import type { PayloadFormat } from './settings.ts';

/** A time that the format itself marks as one: CBOR tag 1, the timestamp of MessagePack. */
export class MarkedTime {
  readonly at: EpochMs;

  constructor(at: EpochMs) {
    this.at = at;
  }
}

/**
 * Parses a payload into plain values, objects and lists; `undefined` when it is not in its format, or has a key that
 * reaches for a prototype. Never throws: the payload may be a secret, so not even its error goes anywhere.
 */
export function parsePayload(format: PayloadFormat, payload: Buffer): unknown {
  try {
    switch (format) {
      case 'json':
        return parseJson(payload.toString('utf8'));
      case 'text':
        return parseText(payload.toString('utf8'));
      case 'cbor':
        return tame(decodeCbor(payload, CBOR), MOST_LEVELS);
      case 'msgpack':
        return tame(decodeMessagePack(payload, messagePackLimits(payload.length)), MOST_LEVELS);
    }
  } catch {
    return undefined;
  }
}

function parseJson(text: string): unknown {
  // Most messages have none of what would need a closer look; an escape could spell it.
  if (!/\\|__proto__|constructor/.test(text)) return JSON.parse(text) as unknown;
  return secureJson.parse(text, { protoAction: 'error', constructorAction: 'error' }) as unknown;
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** A number where the text is one, else the text. */
function parseText(text: string): number | string {
  const trimmed = text.trim();
  return DECIMAL.test(trimmed) ? Number(trimmed) : trimmed;
}

/** Deeper than any message is meant to be; what goes over a payload level by level must not run out of stack. */
const MOST_LEVELS = 100;

const CBOR: DecodeOptions = {
  useMaps: true, // an object would take a key "__proto__" for its prototype
  coerceUndefinedToNull: true,
  tags: {
    0: (inner) => inner(), // RFC 8949 §3.4.1: text, as in RFC 3339
    1: (inner) => new MarkedTime(Number(inner()) * 1_000), // §3.4.2: seconds since 1970
  },
};

const messagePackTypes = new ExtensionCodec();
messagePackTypes.register({
  type: EXT_TIMESTAMP,
  encode: () => null,
  decode: (bytes) => {
    const { sec, nsec } = decodeTimestampToTimeSpec(bytes);
    return new MarkedTime(sec * 1_000 + nsec / 1e6);
  },
});

/** A length that a sender claims is believed up to what can be in there: the library makes room for it at once. */
function messagePackLimits(bytes: number) {
  return {
    extensionCodec: messagePackTypes,
    maxStrLength: bytes,
    maxBinLength: bytes,
    maxArrayLength: bytes,
    maxMapLength: bytes,
    maxExtLength: bytes,
  };
}

/** Makes of what a binary format may hold what JSON may hold, marked times aside. */
function tame(value: unknown, levelsLeft: number): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'object' || value === null || value instanceof MarkedTime) return value;
  if (levelsLeft === 0) throw new RangeError('too many levels');
  if (Array.isArray(value)) return value.map((each) => tame(each, levelsLeft - 1));
  if (ArrayBuffer.isView(value)) return value; // bytes: no number, and nothing to step into
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return Object.fromEntries(entries.map(([key, inner]) => [safeKey(key, inner), tame(inner, levelsLeft - 1)]));
}

/** What secure-json-parse refuses in JSON. */
function safeKey(key: unknown, inner: unknown): string {
  if (typeof key !== 'string' && typeof key !== 'number') throw new TypeError('a key is text or a number');
  const isPrototype = key === 'constructor' && typeof inner === 'object' && inner !== null && hasPrototype(inner);
  if (key === '__proto__' || isPrototype) throw new TypeError('a key reaches for a prototype');
  return String(key);
}

function hasPrototype(inner: object): boolean {
  return inner instanceof Map ? inner.has('prototype') : Object.hasOwn(inner, 'prototype');
}
