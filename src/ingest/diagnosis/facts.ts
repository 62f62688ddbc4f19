import type { EpochMs } from '../../model/reading.ts';
import type { SourceStatus } from '../../model/source-state.ts';
import type { Arrived } from './arrivals.ts';

/** Something that goes on happening: how often, since when, and when last. */
export interface Streak {
  readonly count: number;
  readonly since: EpochMs;
  readonly last: EpochMs;
}

/** What the requests to one part of a source came to: a Modbus unit, a node. */
export interface UnitFacts {
  readonly unit: string;
  /** When it last answered, be it with a refusal; `null`: never. */
  readonly lastAnswer: EpochMs | null;
  /** What became of the requests since then, by code; empty: it answers. */
  readonly unanswered: ReadonlyMap<string, Streak>;
  /** What it says instead of a value, and goes on saying, by code. */
  readonly complaints: ReadonlyMap<string, Streak>;
  /** The middle of its newest answer times, ms; `null`: none yet. */
  readonly medianMs: number | null;
  /** True when none of its newest answers brought a value: how fast it said so says nothing of it. */
  readonly onlyComplains: boolean;
  /** The longest of the newest pauses from an answer to the next request, ms; 0: none of a second or more yet. */
  readonly pauseMs: number;
  /** The newest requests, answered or not. */
  readonly recent: { readonly asked: number; readonly unanswered: number; readonly since: EpochMs };
}

/** When readings, waveforms and thermal frames came, and how the times of readings compare with ours. */
export interface ArrivalFacts {
  readonly last: EpochMs | null;
  readonly lastWhat: Arrived;
  /** The middle of the newest pauses between two batches, ms. */
  readonly typicalPauseMs: number | null;
  /** Arrival minus the time of the newest reading of a batch, the least of the newest batches, ms; negative: it is ahead. */
  readonly leastDelayMs: number | null;
  /** How far ahead its clock is by what is taken off its times; 0: they are taken as they are. */
  readonly correctedMs: number;
}

/** Everything a diagnosis is made of. */
export interface SourceFacts {
  readonly now: EpochMs;
  readonly status: Pick<SourceStatus, 'kind' | 'state' | 'since' | 'attempts' | 'lastError' | 'tags'>;
  /** What the system or the protocol called the last error: `ECONNREFUSED`, `BadCertificateTimeInvalid`. */
  readonly lastErrorDetail: string | null;
  readonly units: readonly UnitFacts[];
  /** Breaks of a link that was up. */
  readonly breaks: Streak | null;
  /** When a request, to whatever part, was last answered. */
  readonly lastAnswer: EpochMs | null;
  readonly arrivals: ArrivalFacts;
  /** Readings that the log refused because it is full, or the disk under it. */
  readonly refusals: Streak | null;
  /** What was said of the disk when it refused the newest of them; `null`: it was the log that had no room. */
  readonly fullDisk: string | null;
  /** What goes on being thrown away, by reason. */
  readonly discards: ReadonlyMap<string, Streak>;
  /** Where the newest of it came from, by reason, as far as its adapter says. */
  readonly origins: ReadonlyMap<string, string>;
}
