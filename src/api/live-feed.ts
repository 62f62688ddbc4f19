import type { Clock } from '../model/clock.ts';
import type { Reading } from '../model/reading.ts';
import type { SourceStatus } from '../model/source-state.ts';
import type { LiveEvents } from './live-events.ts';
import { presentSource } from './present.ts';

/** Values change all the time; faster than this nobody can look. */
const READINGS_EVERY_MS = 500;
/** Counts and last success of the sources, between their changes of state. */
const SOURCES_EVERY_MS = 5_000;

/** UTF-16 units: a text may have 4 KiB, and each change of it goes to everybody who watches. */
const LIVE_TEXT = 200;

/** Sends what changes all the time to those who watch. Returns when `signal` aborts. */
export async function runLiveFeed(options: {
  readonly live: LiveEvents;
  readonly values: {
    /** The newest reading of each tag that changed since the last call of one of the two. */
    takeChanged(): readonly Reading[];
    /** The same for nobody. */
    forgetChanged(): void;
  };
  readonly sources: () => readonly SourceStatus[];
  readonly clock: Clock;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { live, values, sources, clock, signal } = options;
  let sourcesAt = clock.now();
  while (!signal.aborted) {
    await clock.sleep(READINGS_EVERY_MS, signal);
    if (!live.hasClients) {
      values.forgetChanged(); // or they would pile up
      continue;
    }
    const readings = values.takeChanged();
    if (readings.length > 0) {
      live.send(
        'readings',
        readings.map(({ tag, at, value, quality, text }) => ({ tag, at, value, quality, text: beginningOf(text) })),
      );
    }
    if (clock.now() - sourcesAt < SOURCES_EVERY_MS) continue;
    sourcesAt = clock.now();
    for (const status of sources()) live.send('source', presentSource(status));
  }
}

function beginningOf(text: string | undefined): string | undefined {
  if (text === undefined || text.length <= LIVE_TEXT) return text;
  return text.slice(0, LIVE_TEXT).replace(/[\ud800-\udbff]$/, ''); // no half of a character
}
