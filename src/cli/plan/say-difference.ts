import { isDeepStrictEqual } from 'node:util';

/** Longest value that is written out. */
const MAX_SAID = 60;
/** So much of what is the same is left before the part of a long text that is not. */
const LEAD = 20;
/** Deeper settings than the plant file has. */
const MAX_DEPTH = 8;

/** Whether a number at that place, such as `with.after`, is a time in ms. */
export type IsDuration = (path: readonly string[]) => boolean;

/**
 * Says what is different between two values of a setting, one line for each place: `with.after: 15s → 30s`. Of maps only what changed is
 * said, of lists of words what came and went, of long texts the part that is not the same. Durations are written as in the plant file.
 */
export function sayDifference(
  path: readonly string[],
  { from, to }: { readonly from: unknown; readonly to: unknown },
  isDuration: IsDuration,
): readonly string[] {
  if (isDeepStrictEqual(from, to)) return [];
  if (isMap(from) && isMap(to) && path.length < MAX_DEPTH) {
    const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])];
    return keys.flatMap((key) => sayDifference([...path, key], { from: from[key], to: to[key] }, isDuration));
  }
  const name = path.map((key) => key.replace(/Ms$/, '')).join('.');
  if (areWords(from) && areWords(to)) {
    const moved = [
      ...to.filter((word) => !from.includes(word)).map((word) => `+${word}`),
      ...from.filter((word) => !to.includes(word)).map((word) => `-${word}`),
    ];
    if (moved.length > 0) return [`${name}: ${cut(moved.join(' '), 0)}`];
  }
  const isTime = path.at(-1)?.endsWith('Ms') || isDuration(path);
  const [old, fresh] = [from, to].map((value) => write(value, isTime === true)) as [string, string]; // two, as given
  const isLong = old.length > MAX_SAID || fresh.length > MAX_SAID;
  const start = isLong ? Math.max(0, sameLength(old, fresh) - LEAD) : 0;
  return [`${name}: ${cut(old, start)} → ${cut(fresh, start)}`];
}

/** A duration as the plant file has it, exact. */
function writeDuration(ms: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
  ] as const;
  const [unit, unitMs] = units.find(([, each]) => ms >= each && ms % each === 0) ?? ['ms', 1];
  return `${ms / unitMs}${unit}`;
}

function write(value: unknown, isTime: boolean): string {
  if (isTime && typeof value === 'number') return writeDuration(value);
  // Conditions are full of quotes.
  if (typeof value === 'string' && value.includes('"')) return `'${value}'`;
  return JSON.stringify(value) ?? 'nothing';
}

function cut(text: string, start: number): string {
  const end = start + MAX_SAID;
  return `${start > 0 ? '…' : ''}${text.slice(start, end)}${text.length > end ? '…' : ''}`;
}

function sameLength(a: string, b: string): number {
  let length = 0;
  while (length < Math.min(a.length, b.length) && a[length] === b[length]) length += 1;
  return length;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function areWords(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}
