import type { SourceId } from './machines.ts';
import type { Random } from './random.ts';

/** What kind of thing happens to the simulated plant. */
export type EpisodeKind =
  | 'bearing wear'
  | 'imbalance'
  | 'overheating'
  | 'stuck sensor'
  | 'link loss'
  /** Looks like a fault and is none. */
  | 'look-alike';

/** One thing that happens; times in ms since the cycle began. */
export interface Episode {
  /** Unique in the cycle. */
  readonly name: string;
  readonly kind: EpisodeKind;
  readonly asset: string | null;
  readonly tag: string | null;
  readonly source: SourceId;
  readonly startsAt: number;
  readonly endsAt: number;
  readonly note: string;
}

/** Draws a moment or a length between two numbers of seconds, in whole ms. */
export function drawMs(random: Random, lowSeconds: number, highSeconds: number): number {
  return Math.round(random.between(lowSeconds, highSeconds) * 1_000);
}
