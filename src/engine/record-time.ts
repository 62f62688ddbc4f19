import { HISTORICAL } from '../model/batch.ts';
import type { LogRecord } from '../model/log-record.ts';
import type { EpochMs } from '../model/reading.ts';

/** What was only looked up later leaves no trace: with it and without it the same alerts are raised. */
export function isHistory(record: LogRecord): boolean {
  if (record.kind === 'texts') return record.texts.every(({ quality }) => quality & HISTORICAL);
  return record.kind === 'readings' && record.batch.quality.every((byte) => byte & HISTORICAL);
}

/** When a record was written, by the service's own clock. */
export function timeOf(record: LogRecord): EpochMs {
  switch (record.kind) {
    case 'readings':
    case 'texts':
    case 'waveform':
    case 'thermalFrame':
      return record.receivedAt;
    case 'clock':
      return record.at;
    case 'event':
      return record.event.at;
  }
}
