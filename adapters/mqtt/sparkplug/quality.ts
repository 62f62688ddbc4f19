import { type Quality, StatusCode } from '../../adapter.ts';
import type { RawValue } from './payload.ts';

/** A quality as a metric gave it; `code` is the OPC UA status code where there is one. */
export interface GivenQuality {
  readonly quality: Quality;
  readonly code?: number;
}

const GOOD: GivenQuality = { quality: 'good' };
const BAD: GivenQuality = { quality: 'bad' };
const STALE = 500;

/**
 * Reads the property `Quality`: 192 good, 0 bad, 500 stale (Sparkplug 3.0.0, §6.4.8), with what classic OPC has around
 * them, or a whole OPC UA status code. Absent is good; what nobody knows is bad, for a guess could make a bad value good.
 */
export function readQuality(properties: ReadonlyMap<string, RawValue>): GivenQuality {
  const given = properties.get('Quality') ?? properties.get('quality');
  if (given === undefined) return GOOD;
  if (given.kind !== 'int' && given.kind !== 'long') return BAD;
  const code = Number(given.value);
  if (code === STALE) return { quality: 'bad', code: StatusCode.badNoCommunication };
  if (code < 0x40) return BAD;
  if (code < 0x80) return { quality: 'uncertain' };
  if (code >= 0xc0 && code < 0x100) return GOOD;
  if (code < 0x10000 || code > 0xffffffff) return BAD;
  switch (code >>> 30) {
    case 0:
      return { quality: 'good', code };
    case 1:
      return { quality: 'uncertain', code };
    default:
      return { quality: 'bad', code };
  }
}
