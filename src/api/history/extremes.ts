import type { ReadingColumns } from '../../store/history.ts';

/**
 * Picks the lowest and the highest trusted reading of each of `buckets` equal stretches, so that no spike is hidden; of a
 * stretch without a trusted reading, its first one. Answers row numbers in order of time, at most `2 * buckets`. Linear.
 */
export function pickExtremes(
  readings: ReadingColumns,
  range: { readonly from: number; readonly to: number; readonly buckets: number },
): number[] {
  const { at } = readings;
  const stepMs = (range.to - range.from) / range.buckets;
  const picked: number[] = [];
  let i = 0;
  while (i < at.length) {
    const bucket = Math.floor((at[i]! - range.from) / stepMs);
    let end = i + 1;
    while (end < at.length && Math.floor((at[end]! - range.from) / stepMs) === bucket) end += 1;
    picked.push(...extremesOf(readings, i, end));
    i = end;
  }
  return picked;
}

/** Whether a value can be drawn and counted with: it is there, and its quality is not bad. */
export function isTrusted({ value, quality }: ReadingColumns, row: number): boolean {
  return quality[row]! < 2 && !Number.isNaN(value[row]!);
}

function extremesOf(readings: ReadingColumns, begin: number, end: number): number[] {
  const { value } = readings;
  let low = -1;
  let high = -1;
  for (let row = begin; row < end; row++) {
    if (!isTrusted(readings, row)) continue;
    if (low === -1 || value[row]! < value[low]!) low = row;
    if (high === -1 || value[row]! > value[high]!) high = row;
  }
  if (low === -1) return [begin];
  return low === high ? [low] : [Math.min(low, high), Math.max(low, high)];
}
