/** Writes times and durations the way a technician reads them: 24-hour clock of the plant, short ages. */
export interface PlantClock {
  /** IANA name. */
  readonly timezone: string;
  /** `14:32:10`. */
  readonly time: (atMs: number) => string;
  /** `14:32`. */
  readonly minute: (atMs: number) => string;
  /** `14:32:10` today, `3 Mar 14:32` on any other day. */
  readonly when: (atMs: number, nowMs: number) => string;
  /** `Mar 2026`. */
  readonly month: (atMs: number) => string;
  /** `3 Mar`. */
  readonly day: (atMs: number) => string;
}

/** Makes the clock of a plant; an unknown zone falls back to UTC, so that a typo never blanks the page. */
export function plantClock(timezone: string): PlantClock {
  const timeZone = knownZone(timezone);
  const time = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', second: '2-digit' });
  const minute = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' });
  const day = new Intl.DateTimeFormat('en-GB', { timeZone, day: 'numeric', month: 'short' });
  const month = new Intl.DateTimeFormat('en-GB', { timeZone, month: 'short', year: 'numeric' });
  const date = new Intl.DateTimeFormat('en-GB', { timeZone, dateStyle: 'short' });
  return {
    timezone: timeZone,
    time: (atMs) => time.format(atMs),
    minute: (atMs) => minute.format(atMs),
    day: (atMs) => day.format(atMs),
    month: (atMs) => month.format(atMs),
    when: (atMs, nowMs) =>
      date.format(atMs) === date.format(nowMs) ? time.format(atMs) : `${day.format(atMs)} ${minute.format(atMs)}`,
  };
}

/** Says a duration in at most two units: `8 s`, `4 min`, `2 h 10 min`, `3 d 4 h`. Negative counts as zero. */
export function sayDuration(durationMs: number): string {
  const seconds = Math.max(0, Math.floor(durationMs / 1_000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return twoUnits(hours, 'h', minutes % 60, 'min');
  return twoUnits(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

/** Says how long ago something was: `just now` below five seconds, else `4 min ago`. */
export function sayAge(atMs: number, nowMs: number): string {
  return nowMs - atMs < 5_000 ? 'just now' : `${sayDuration(nowMs - atMs)} ago`;
}

/** Says when something is due: `in 3 d 4 h`, or `overdue by 2 h`. */
export function sayDue(dueMs: number, nowMs: number): string {
  return dueMs >= nowMs ? `in ${sayDuration(dueMs - nowMs)}` : `overdue by ${sayDuration(nowMs - dueMs)}`;
}

/** Reads an RFC 3339 time of the API into ms since 1970; `NaN` when it is none. */
export function epochOf(text: string): number {
  return Date.parse(text);
}

function twoUnits(major: number, majorUnit: string, minor: number, minorUnit: string): string {
  return minor === 0 ? `${major} ${majorUnit}` : `${major} ${majorUnit} ${minor} ${minorUnit}`;
}

function knownZone(timezone: string): string {
  try {
    return new Intl.DateTimeFormat('en-GB', { timeZone: timezone }).resolvedOptions().timeZone;
  } catch {
    return 'UTC';
  }
}
