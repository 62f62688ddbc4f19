import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import { ApiError } from '../../src/model/errors.ts';
import type { ThermalFrame, Waveform } from '../adapter.ts';
import { type CsvTable, columnOf, rateOf, readCsvTable } from './csv-values.ts';
import { RAW_FORMATS, type RawFormat, readRaw } from './raw-values.ts';
import { readTime } from './read-time.ts';
import { readWav } from './wav.ts';

/** Content types of files; the names that WAV goes by are many. */
export const UPLOADS = [
  'application/octet-stream',
  'audio/wav',
  'audio/wave',
  'audio/x-wav',
  'audio/vnd.wave',
  'text/csv',
];

/** A body that is a file. */
export class Upload {
  readonly contentType: string;
  readonly bytes: Buffer;

  constructor(contentType: string, bytes: Buffer) {
    this.contentType = contentType;
    this.bytes = bytes;
  }
}

const tag = Type.Optional(Type.String({ description: '`<asset>.<tag>`.', examples: ['pump-1.vibration'] }));
const at = (of: string, name: string) =>
  Type.Optional(
    Type.String({ description: `Time of ${of}: RFC 3339 or milliseconds since 1970. As a header: \`${name}\`.` }),
  );
const format = Type.Optional(
  Type.Unsafe<RawFormat>(
    Type.String({
      enum: [...RAW_FORMATS],
      default: 'f32',
      description: 'How `application/octet-stream` is packed, little-endian.',
    }),
  ),
);

/** What a file of a waveform does not say itself. */
export const WaveformQuery = Type.Object({
  tag,
  at: at('the first sample', 'waveform-at'),
  rateHz: Type.Optional(
    Type.Number({
      description:
        'Samples a second. A WAV file says it; of CSV without it the first column is the time in seconds. As a header: `waveform-rate-hz`.',
    }),
  ),
  unit: Type.Optional(Type.String({ description: 'Unit of the samples. As a header: `waveform-unit`.' })),
  scale: Type.Optional(
    Type.Number({
      description:
        'Every number is multiplied by this; absent, they are in `unit` already. WAV of whole numbers needs it: what full scale means, in `unit`.',
    }),
  ),
  channel: Type.Integer({ default: 1, minimum: 1, description: 'Which channel of a WAV file, from 1.' }),
  column: Type.Optional(
    Type.String({
      description: 'Which column of CSV: its name or its number from 1. The last of one or two by default.',
    }),
  ),
  format,
});
export type WaveformQuery = Static<typeof WaveformQuery>;

/** What a file of a thermal frame does not say itself. */
export const FrameQuery = Type.Object({
  tag,
  at: at('the picture', 'frame-at'),
  width: Type.Optional(Type.Integer({ description: 'Pixels; CSV has them. As a header: `frame-width`.' })),
  height: Type.Optional(Type.Integer({ description: 'Pixels; CSV has them. As a header: `frame-height`.' })),
  scale: Type.Number({ default: 1, description: 'Every number is multiplied by this to become °C.' }),
  format,
});
export type FrameQuery = Static<typeof FrameQuery>;

/** Takes files as bodies of the routes of `scope`. */
export function takeUploads(scope: FastifyInstance, bodyLimitBytes: number): void {
  scope.addContentTypeParser(UPLOADS, { parseAs: 'buffer', bodyLimit: bodyLimitBytes }, (request, body, done) => {
    const [contentType = ''] = (request.headers['content-type'] ?? '').split(';');
    done(null, new Upload(contentType.trim().toLowerCase(), body as Buffer)); // parseAs says so
  });
}

const NO_FULL_SCALE =
  'scale is missing: a WAV file of whole numbers does not say what full scale is, so put that into the query, in the unit of the tag ' +
  '(scale=98.1 for ±10 g in m/s2); floats are in units already';

/** Reads a waveform from a file. Throws 400 with what is wrong or missing. */
export async function waveformOf(
  upload: Upload,
  query: WaveformQuery,
  headers: IncomingHttpHeaders,
): Promise<Waveform> {
  const named = {
    tag: required(query.tag, 'tag'),
    at: readTime(numeric(required(query.at ?? header(headers, 'waveform-at'), 'at'))),
    unit: required(query.unit ?? header(headers, 'waveform-unit'), 'unit'),
  };
  const rateHz = query.rateHz ?? numberHeader(headers, 'waveform-rate-hz');
  const { scale = 1 } = query;
  switch (kindOf(upload)) {
    case 'raw':
      return {
        ...named,
        rateHz: required(rateHz, 'rateHz'),
        samples: readRaw(upload.bytes, query.format ?? 'f32', scale),
      };
    case 'wav': {
      const file = readWav(upload.bytes);
      if (file.numbers === 'whole' && query.scale === undefined) throw new ApiError(400, 'body_invalid', NO_FULL_SCALE);
      return { ...named, rateHz: rateHz ?? file.rateHz, samples: file.samplesOf(query.channel, scale) };
    }
    case 'csv': {
      const table = await readCsvTable(upload.bytes);
      const samples = columnOf(table, query.column ?? defaultColumn(table));
      return { ...named, rateHz: rateHz ?? rateOf(table), samples: scaled(samples, scale) };
    }
  }
}

/** Reads a thermal frame from a file. Throws 400 with what is wrong or missing. */
export async function frameOf(upload: Upload, query: FrameQuery, headers: IncomingHttpHeaders): Promise<ThermalFrame> {
  const named = {
    tag: required(query.tag, 'tag'),
    at: readTime(numeric(required(query.at ?? header(headers, 'frame-at'), 'at'))),
  };
  const width = query.width ?? numberHeader(headers, 'frame-width');
  const height = query.height ?? numberHeader(headers, 'frame-height');
  switch (kindOf(upload)) {
    case 'raw':
      return {
        ...named,
        width: required(width, 'width'),
        height: required(height, 'height'),
        celsius: readRaw(upload.bytes, query.format ?? 'f32', query.scale),
      };
    case 'wav':
      throw new ApiError(415, 'body_invalid', 'a thermal frame is no sound: send application/octet-stream or text/csv');
    case 'csv': {
      const table = await readCsvTable(upload.bytes);
      if ((width ?? table.columns) !== table.columns || (height ?? table.rows) !== table.rows)
        throw new ApiError(
          400,
          'body_invalid',
          `the CSV has ${table.columns} × ${table.rows} numbers, not ${width ?? table.columns} × ${height ?? table.rows}`,
        );
      const celsius = scaled(Float32Array.from(table.values), query.scale);
      return { ...named, width: table.columns, height: table.rows, celsius };
    }
  }
}

function kindOf({ contentType }: Upload): 'raw' | 'wav' | 'csv' {
  if (contentType === 'text/csv') return 'csv';
  return contentType.startsWith('audio/') ? 'wav' : 'raw';
}

/** Of time and value it is the value. */
function defaultColumn({ columns }: CsvTable): string {
  return String(Math.min(columns, 2));
}

function scaled(values: Float32Array, scale: number): Float32Array {
  if (scale !== 1) for (let i = 0; i < values.length; i++) values[i] = values[i]! * scale;
  return values;
}

function numeric(text: string): string | number {
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const text = headers[name];
  return Array.isArray(text) ? text[0] : text;
}

function numberHeader(headers: IncomingHttpHeaders, name: string): number | undefined {
  const text = header(headers, name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isFinite(value)) throw new ApiError(400, 'body_invalid', `the header ${name} is no number`);
  return value;
}

function required<T>(value: T | undefined, name: string): T {
  if (value !== undefined) return value;
  throw new ApiError(400, 'body_invalid', `${name} is missing: a file does not say it, so put it into the query`);
}
