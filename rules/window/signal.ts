import { type EpochMs, QUALITIES, type Quality } from '../../src/model/reading.ts';
import { answer, createWindow, observe, type Window, type WindowFunction } from './window.ts';

/** What expressions may ask about one tag besides its newest value: plain JSON. `windows` by length in ms. */
export interface Signal {
  lastGoodAt: EpochMs | null;
  /** Number of the newest reading's quality; `null` before the first. */
  quality: number | null;
  readonly windows: Record<string, Window>;
}

/** A window that an expression looks through. */
export interface WindowCall {
  readonly ask: WindowFunction;
  readonly tag: string;
  readonly windowMs: number;
}

/** The memory of a tag with windows of these lengths. */
export function createSignal(): Signal {
  return { lastGoodAt: null, quality: null, windows: {} };
}

/** Has the signal keep a window of this length from now on. */
export function keepWindow(signal: Signal, windowMs: number): void {
  signal.windows[windowMs] ??= createWindow();
}

/** Takes up what was saved, as far as it is still asked for. */
export function restoreSignal(signal: Signal, saved: Signal): void {
  signal.lastGoodAt = saved.lastGoodAt;
  signal.quality = saved.quality;
  for (const key of Object.keys(signal.windows)) {
    const window = saved.windows[key];
    if (window) signal.windows[key] = window;
  }
}

/** Takes the next reading of the tag; `value` counts only when `quality` (0 good, 1 uncertain, 2 bad) is good. */
export function hear(signal: Signal, at: EpochMs, value: number, quality: number): void {
  signal.quality = quality;
  const isGood = quality === 0 && !Number.isNaN(value);
  if (isGood) signal.lastGoodAt = at;
  for (const key in signal.windows) observe(signal.windows[key]!, at, isGood ? value : Number.NaN, Number(key));
}

/** Answers for a window that ends at `now`; `null` = unknown. */
export function askWindow(signal: Signal | null, { ask, windowMs }: WindowCall, now: EpochMs): number | null {
  const window = signal?.windows[windowMs];
  return window === undefined ? null : answer(window, ask, Math.max(now, window.lastAt), windowMs);
}

/** Time since the newest good reading, ms; `null` when there was none. */
export function sinceGoodMs(signal: Signal | null, now: EpochMs): number | null {
  const at = signal?.lastGoodAt ?? null;
  return at === null ? null : Math.max(0, now - at);
}

/** Quality of the newest reading, in words; `missing` when there was none. */
export function sayQuality(signal: Signal | null): Quality | 'missing' {
  return QUALITIES[signal?.quality ?? -1] ?? 'missing';
}
