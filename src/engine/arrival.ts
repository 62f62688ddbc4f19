import type { Batch } from '../model/batch.ts';
import type { Arrival } from './derivations.ts';

/** A place for the reading in hand: an object for each was most of what the collector of the garbage had to do. */
export type ArrivalInHand = { -readonly [K in keyof Arrival]: Arrival[K] };

/** An empty one. Its numbers are fractions from the beginning, or the compiler would keep them as something slower. */
export function emptyHand(): ArrivalInHand {
  return { at: Number.NaN, value: Number.NaN, quality: 0, receivedAt: Number.NaN };
}

/** Takes the reading at `index` of a batch, which came when the one before did; good until the next is taken. */
export function takeInHand(hand: ArrivalInHand, { at, value, quality }: Batch, index: number): Arrival {
  hand.at = at[index]!;
  hand.value = value[index]!;
  hand.quality = quality[index]!;
  return hand;
}
