/** Milliseconds since 1970-01-01 UTC; the fraction carries microseconds. */
export type EpochMs = number;

/** How far a reading can be trusted: the three OPC UA severities. */
export type Quality = 'good' | 'uncertain' | 'bad';

/** One value of one tag at one time, as an adapter delivers it. `tag` is `<asset>.<tag>`. */
export interface Reading {
  readonly tag: string;
  readonly at: EpochMs;
  /** In the tag's unit. `null` only with quality `bad` (there is no value), and beside a `text`. */
  readonly value: number | null;
  /** What the tag says in words, in place of a number: at most `MAX_TEXT_BYTES`. Rules do not look at it. */
  readonly text?: string;
  readonly quality: Quality;
  /** The raw 32-bit OPC UA status code, where the source gave one or an adapter mapped its own fault to one. */
  readonly code?: number;
  /**
   * It was known before now: fetched from the source's history after a gap, or kept by a broker. Stored and shown like
   * any other; rules do not take it for news.
   */
  readonly historical?: true;
}

/** Longest text of a reading, bytes of UTF-8. */
export const MAX_TEXT_BYTES = 4_096;

/** The newest durable reading of a tag: `reading` is another one as soon as there is a newer one. */
export interface NewestReading {
  readonly tag: string;
  readonly reading: Reading;
}

/** Qualities as they are stored (`reading.quality`): the order is the order of trust, 0 is best. */
export const QUALITIES = ['good', 'uncertain', 'bad'] as const satisfies readonly Quality[];

/** Translates a quality into its stored number. */
export function qualityNumber(quality: Quality): 0 | 1 | 2 {
  switch (quality) {
    case 'good':
      return 0;
    case 'uncertain':
      return 1;
    case 'bad':
      return 2;
  }
}

/** Translates a stored number back; anything unknown is `bad`. */
export function qualityOf(stored: number): Quality {
  return QUALITIES[stored] ?? 'bad';
}
