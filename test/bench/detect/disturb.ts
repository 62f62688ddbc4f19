import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { seeded } from '../../../rules/math/seeded.ts';

/** What is done to every series before it is judged. */
export interface Disturbance {
  /** Leading rows that are left away. */
  readonly cut: number;
  /** Noise that is added to each channel, in percent of its standard deviation. */
  readonly noisePercent: number;
  readonly seed: number;
}

interface Manifest {
  readonly series: { readonly file: string; readonly labels?: string; trainRows: number; n?: number }[];
}

/**
 * Writes a disturbed copy of one labelled set into `to`: what is found in the copy must be about what is found in the set,
 * or it was found by chance. The rows to learn from become as many fewer as are cut; no fewer than 50 are left.
 */
export function disturbSet(from: string, to: string, { cut, noisePercent, seed }: Disturbance): void {
  const manifest = JSON.parse(readFileSync(join(from, 'labels.json'), 'utf8')) as Manifest; // the scorer's own format
  mkdirSync(to, { recursive: true });
  for (const series of manifest.series) {
    const left = Math.max(0, Math.min(cut, series.trainRows - 50));
    const { normal } = seeded(seed);
    rewrite(series.file, (rows) => addNoise(rows.slice(left), noisePercent / 100, normal));
    if (series.labels !== undefined) rewrite(series.labels, (rows) => rows.slice(left));
    series.trainRows -= left;
    if (series.n !== undefined) series.n -= left;
  }
  writeFileSync(join(to, 'labels.json'), JSON.stringify(manifest));

  function rewrite(file: string, change: (rows: string[]) => string[]): void {
    const [header = '', ...rows] = gunzipSync(readFileSync(join(from, file)))
      .toString('utf8')
      .trim()
      .split(/\r?\n/);
    mkdirSync(dirname(join(to, file)), { recursive: true });
    writeFileSync(join(to, file), gzipSync([header, ...change(rows), ''].join('\n'), { level: 1 }));
  }
}

function addNoise(rows: readonly string[], share: number, normal: () => number): string[] {
  if (share === 0) return [...rows];
  const cells = rows.map((row) => row.split(','));
  const width = cells[0]!.map((_, column) => (column === 0 ? 0 : deviation(cells.map((row) => row[column]!))));
  return cells.map((row) =>
    row
      .map((cell, i) => (i === 0 || cell === '' ? cell : String(Number(cell) + share * width[i]! * normal())))
      .join(','),
  );
}

function deviation(column: readonly string[]): number {
  const values = column.filter((cell) => cell !== '').map(Number);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}
