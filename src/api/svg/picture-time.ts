import type { EpochMs } from '../../model/reading.ts';

/** Writes the time of a capture as the console does, by the plant's clock: `22 Nov 2026 15:09:52`. */
export function pictureTime(at: EpochMs, timezone: string): string {
  return formatOf(timezone, { second: '2-digit' }).format(at).replace(',', '');
}

/** Writes it short, for one of many rows: `22 Nov 15:09`. */
export function rowTime(at: EpochMs, timezone: string): string {
  return formatOf(timezone, { year: undefined }).format(at).replace(',', '');
}

function formatOf(timeZone: string, more: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-GB', {
    timeZone,
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    ...more,
  });
}
