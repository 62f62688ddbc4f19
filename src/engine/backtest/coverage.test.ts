import { describe, expect, it } from 'vitest';
import { Coverage, HOLE_MS } from './coverage.ts';

const SECOND = 1_000;

function coverage(from: number, ...parts: readonly (readonly (readonly [tagId: number, at: number])[])[]): Coverage {
  const seen = new Coverage({ from, tagIds: [3, 7] });
  for (const rows of parts)
    seen.rows({ tagId: Int32Array.from(rows, ([id]) => id), at: Float64Array.from(rows, ([, at]) => at) });
  return seen;
}

describe('the coverage of a back-test', () => {
  it('is the time between readings of any tag, however they are handed over', () => {
    const rows = [0, 1, 2, 3, 4, 5].map((s) => [s % 2 ? 3 : 7, s * SECOND] as const);
    expect(coverage(0, rows).coveredMs).toBe(5 * SECOND);
    expect(coverage(0, rows.slice(0, 2), [], rows.slice(2)).coveredMs).toBe(5 * SECOND);
  });

  it('leaves out holes, and what lies before the time asked for', () => {
    const rows = [0, 10_000, 10_000 + HOLE_MS, 10_001 + 2 * HOLE_MS, 20_001 + 2 * HOLE_MS].map(
      (at) => [3, at] as const,
    );
    expect(coverage(0, rows).coveredMs).toBe(10_000 + HOLE_MS + 10_000);
    expect(coverage(5_000, rows.slice(0, 2)).coveredMs).toBe(5_000);
  });

  it('knows which tags had readings, and the time of the newest', () => {
    const seen = coverage(0, [[3, 1_000]], []);
    expect([seen.has(3), seen.has(7), seen.lastAt, coverage(0).lastAt]).toEqual([true, false, 1_000, null]);
  });
});
