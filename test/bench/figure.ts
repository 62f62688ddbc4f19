import type { BenchTools } from '../kit/bench-tools.ts';
import type { BenchDatabase } from './database.ts';
import type { BenchService } from './service.ts';

/** What a figure should reach. `ratio` compares with the ceiling, `value` stands for itself. */
export interface Target {
  readonly of: 'ratio' | 'value';
  readonly is: 'at least' | 'at most';
  readonly limit: number;
}

/** One line of the table. */
export interface Measurement {
  readonly figure: string;
  readonly unit: string;
  readonly value: number;
  /** The same work on this machine, in this run, without the program, in the same unit; `null` when there is none. */
  readonly ceiling: number | null;
  readonly target: Target;
  /** What else was seen: percentiles, single runs, what could not be measured. */
  readonly note: string;
}

/** A figure, or a family of them that shares its preparations. */
export interface Figure {
  /** As written after `--only`. */
  readonly name: string;
  /** What is measured against what, in one sentence. */
  readonly about: string;
  measure(bench: Bench): Promise<Measurement[]>;
}

/** What a figure measures with. All that it starts is ended after it, also when it fails. */
export interface Bench {
  readonly tools: BenchTools;
  /** Counted rounds of each side; the median of them is told. */
  readonly rounds: number;
  /** Whether to take the time for a year of raw readings at 1 Hz. */
  readonly size: 'short' | 'full';
  /** How long a stretch of load lasts, s: what was asked for, or `usual`. */
  seconds(usual: number): number;
  /** Tells a person what goes on. */
  say(progress: string): void;
  /** Ends `thing` when the figure is done, last one first. */
  keep<T extends AsyncDisposable | Disposable>(thing: T): T;
  /** An empty database of its own. */
  database(): Promise<BenchDatabase>;
  /** The service as people run it, for the text of a plant file. */
  service(plant: string, database: BenchDatabase): Promise<BenchService>;
}
