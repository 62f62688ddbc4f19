import type { Measurement } from './figure.ts';
import { say } from './statistics.ts';

/** A measurement and what follows from it, as printed. */
export interface Result extends Measurement {
  readonly ratio: number | null;
  readonly verdict: 'ok' | 'short' | 'no ceiling';
}

/** Compares a measurement with its target. */
export function judge(measurement: Measurement): Result {
  const { value, ceiling, target } = measurement;
  const ratio = ceiling === null ? null : value / ceiling;
  const compared = target.of === 'ratio' ? ratio : value;
  if (compared === null) return { ...measurement, ratio, verdict: 'no ceiling' };
  const isReached = target.is === 'at least' ? compared >= target.limit : compared <= target.limit;
  return { ...measurement, ratio, verdict: isReached ? 'ok' : 'short' };
}

/** The results as a table in fixed width, each with its note below. */
export function formatTable(results: readonly Result[]): string {
  const rows = results.map(({ figure, unit, value, ceiling, ratio, target, verdict }) => [
    figure,
    `${say(value)} ${unit}`,
    ceiling === null ? '–' : say(ceiling),
    ratio === null ? '–' : ratio.toFixed(2),
    `${target.of === 'ratio' ? '×' : ''}${target.is === 'at least' ? '≥' : '≤'} ${target.limit}`,
    verdict,
  ]);
  const head = ['figure', 'measured', 'beside it', 'ratio', 'target', ''];
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]) =>
    cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  ');
  const noted = rows.flatMap((row, i) => {
    const { note } = results[i]!;
    return note === '' ? [line(row)] : [line(row), `    ${note}`];
  });
  return [line(head), line(widths.map((width) => '─'.repeat(width))), ...noted].join('\n');
}
