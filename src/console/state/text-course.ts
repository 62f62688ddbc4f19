import type { Point } from './series.ts';

/** A stretch of time that is shown, in ms since 1970. */
interface Bounds {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Tells whether the newest text of a tag belongs to this stretch and is not among those that are stored, which come newest first. */
export function isAhead(newest: Point | null, texts: readonly Point[], { fromMs, toMs }: Bounds): newest is Point {
  if (newest?.text === undefined || newest.atMs < fromMs || newest.atMs > toMs) return false;
  return newest.atMs > (texts[0]?.atMs ?? Number.NEGATIVE_INFINITY);
}

/** The texts of a stretch, newest first: the live stream is ahead of what is stored. */
export function withNewest(texts: readonly Point[], newest: Point | null, bounds: Bounds): readonly Point[] {
  return isAhead(newest, texts, bounds) ? [newest, ...texts] : texts;
}
