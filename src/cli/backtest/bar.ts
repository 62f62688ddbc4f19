import type { BacktestProgress } from '../../engine/backtest/messages.ts';
import { sayLocalTime } from '../../model/plant-time.ts';
import type { EpochMs } from '../../model/reading.ts';

const BAR_WIDTH = 24;

/** What a bar goes over, and by which clock: IANA. */
export interface BarRange {
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly timezone: string;
}

/** Shows how far a back-test is, where there is a terminal to show it on. */
export function createBar(
  output: { readonly isTTY?: boolean; write(text: string): unknown },
  range: BarRange,
): { show(progress: BacktestProgress): void; end(): void } {
  if (!output.isTTY) return { show: () => undefined, end: () => undefined };
  return {
    show: (progress) => output.write(`\r\u001b[2K${sayBar(progress, range)}`),
    end: () => output.write('\r\u001b[2K'),
  };
}

/** `[######------------------]  25 %  2026-03-01 06:00  1,234,567 readings`. */
export function sayBar({ at, readings }: BacktestProgress, { from, to, timezone }: BarRange): string {
  const part = Math.min(1, Math.max(0, (at - from) / (to - from)));
  const filled = Math.round(part * BAR_WIDTH);
  const bar = `[${'#'.repeat(filled)}${'-'.repeat(BAR_WIDTH - filled)}]`;
  const time = sayLocalTime(at, timezone).slice(0, 16);
  return `${bar} ${String(Math.floor(part * 100)).padStart(3)} %  ${time}  ${readings.toLocaleString('en')} readings`;
}
