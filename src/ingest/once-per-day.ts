import type { Clock } from '../model/clock.ts';
import type { EpochMs } from '../model/reading.ts';

const DAY_MS = 86_400_000;
const REMEMBERED_SENTENCES = 100;

/** Lets a sentence pass to `say` at most once a day, so that a link which breaks every minute does not repeat it. */
export function oncePerDay(clock: Clock, say: (sentence: string) => void): (sentence: string) => void {
  const saidAt = new Map<string, EpochMs>();
  return (sentence) => {
    const now = clock.now();
    const last = saidAt.get(sentence);
    if (last !== undefined && now - last < DAY_MS) return;
    if (saidAt.size >= REMEMBERED_SENTENCES) saidAt.clear();
    saidAt.set(sentence, now);
    say(sentence);
  };
}
