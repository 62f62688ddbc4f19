import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { sayWhyUnread } from '../../config/files.ts';
import { ConfigError } from '../../model/errors.ts';
import type { BearingRecord } from '../diagnose.ts';

const Manifest = Type.Object({
  unit: Type.String(),
  records: Type.Array(
    Type.Object({
      id: Type.String(),
      offset: Type.Integer({ minimum: 0 }),
      n: Type.Integer({ minimum: 1 }),
      fs: Type.Number({ exclusiveMinimum: 0 }),
      scale: Type.Number({ exclusiveMinimum: 0 }),
      rpm: Type.Number({ exclusiveMinimum: 0 }),
      ratios: Type.Object({
        bpfo: Type.Number({ exclusiveMinimum: 0 }),
        bpfi: Type.Number({ exclusiveMinimum: 0 }),
        bsf: Type.Number({ exclusiveMinimum: 0 }),
        ftf: Type.Number({ exclusiveMinimum: 0 }),
      }),
    }),
  ),
});

/** Reads a folder of records: `labels.json` (unit, places, rates, speeds, ratios) and `signals.i16` (int16, little endian). */
export function* readRecords(folder: string): Generator<BearingRecord> {
  const { unit, records } = manifestOf(join(folder, 'labels.json'));
  const bytes = contentOf(join(folder, 'signals.i16'));
  for (const { id, offset, n, fs, scale, rpm, ratios } of records) {
    if (2 * (offset + n) > bytes.length)
      throw new ConfigError('option_invalid', `${folder}: record ${id} ends behind the end of signals.i16`);
    const samples = Float64Array.from({ length: n }, (_, i) => bytes.readInt16LE(2 * (offset + i)) * scale);
    yield { id, samples, rateHz: fs, unit, shaftHz: rpm / 60, ratios };
  }
}

function manifestOf(file: string): Static<typeof Manifest> {
  const content = parsed(file);
  if (Value.Check(Manifest, content)) return content;
  const [first] = Value.Errors(Manifest, content);
  throw new ConfigError('option_invalid', `${file}: ${first?.instancePath ?? ''} ${first?.message ?? 'is wrong'}`);
}

function parsed(file: string): unknown {
  const text = contentOf(file).toString('utf8');
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new ConfigError('option_invalid', `${file} is no JSON: ${String(cause)}`, { cause });
  }
}

/** The bytes of a file. Throws `option_invalid` where it cannot be read. */
export function contentOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new ConfigError('option_invalid', `cannot read ${file}: ${sayWhyUnread(cause)}`, { cause });
  }
}
