import type { ClockPolicy, Source } from '../../model/plant.ts';
import type { EpochMs, Reading } from '../../model/reading.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import { KEEPS_NOTHING, type KeptSkew } from './kept-skew.ts';

/** What becomes of the times that a source gives. */
export interface SourceClock {
  /** The readings with the times they are stored with; `now` is when they arrived. */
  apply(readings: readonly Reading[], now: EpochMs): readonly Reading[];
  /** What the source's own clock showed at a stored time: where it is to be asked for its history. */
  toSource(at: EpochMs): EpochMs;
}

/** What is told of a source's clock. */
export interface SourceClockContext {
  readonly metrics: Pick<Metrics, 'ingestRestamped' | 'sourceClockSkew'>;
  readonly logger: Logger;
}

/**
 * Makes the clock of a source after its policy, going on with the skew that an earlier run kept. Without a policy its times are
 * taken as they are, at no cost.
 */
export function createSourceClock(
  source: Source,
  context: SourceClockContext,
  kept: KeptSkew = KEEPS_NOTHING,
): SourceClock {
  const policy = source.clock;
  if (policy?.kind !== 'correct' && kept.skewMs !== null) kept.keep(null); // another policy may not come back to it later
  if (policy === undefined) return TRUST;
  switch (policy.kind) {
    case 'arrival':
      return new ArrivalClock(source.id, context);
    case 'correct':
      return new CorrectedClock(source.id, policy, { ...context, kept });
  }
}

const TRUST: SourceClock = { apply: (readings) => readings, toSource: (at) => at };

/** Readings of one tag that arrive at once are this far apart: as near as the database can tell. */
const TICK_MS = 0.001;

/**
 * For a source whose clock is worth nothing: a reading's time is when it arrived. Of one tag no two readings get the same
 * time, or the second would be lost as a conflict. History keeps its own time: when it arrived says nothing.
 */
class ArrivalClock implements SourceClock {
  readonly #source: string;
  readonly #context: SourceClockContext;
  #last: EpochMs = Number.NEGATIVE_INFINITY;

  constructor(source: string, context: SourceClockContext) {
    this.#source = source;
    this.#context = context;
  }

  apply(readings: readonly Reading[], now: EpochMs): readonly Reading[] {
    let at = Math.max(now, this.#last + TICK_MS);
    const seen = new Set<string>();
    let restamped = 0;
    const stamped = readings.map((reading) => {
      if (reading.historical) return reading;
      if (seen.has(reading.tag)) {
        at += TICK_MS;
        seen.clear();
      }
      seen.add(reading.tag);
      restamped++;
      return { ...reading, at };
    });
    if (restamped > 0) {
      this.#last = at;
      this.#context.metrics.ingestRestamped.inc({ source: this.#source }, restamped);
    }
    return stamped;
  }

  toSource(at: EpochMs): EpochMs {
    return at;
  }
}

/** Deliveries that the skew is measured over, and how many it takes to believe it. */
const WINDOW = 31;
const BELIEVED_FROM = 11;

/**
 * For a source whose clock runs right and is set wrong: a constant skew is measured and taken off. The skew is the median
 * over the last deliveries of (time of the newest reading − time of arrival). It is believed only while its middle half lies
 * within half the limit: a source that catches up after a pause is late by another amount each time, and is no wrong clock.
 * A skew that is taken off stays the same until the measured one has moved by half the limit, so that a reading that is sent
 * again gets the same time again. It is kept over a restart, and then doubted until it is measured again.
 */
class CorrectedClock implements SourceClock {
  readonly #source: string;
  readonly #limitMs: number;
  readonly #context: SourceClockContext & { readonly kept: KeptSkew };
  readonly #skewsMs: number[] = [];
  #next = 0;
  #correctionMs = 0;
  /** What is taken off is of an earlier run: the clock may have been set right since. */
  #isDoubtful = false;

  constructor(
    source: string,
    { limitMs }: Extract<ClockPolicy, { kind: 'correct' }>,
    context: SourceClockContext & { readonly kept: KeptSkew },
  ) {
    this.#source = source;
    this.#limitMs = limitMs;
    this.#context = context;
    const keptMs = context.kept.skewMs;
    if (keptMs === null || Math.abs(keptMs) <= limitMs / 2) return;
    this.#correctionMs = keptMs;
    this.#isDoubtful = true;
    context.metrics.sourceClockSkew.set({ source }, keptMs / 1_000);
  }

  apply(readings: readonly Reading[], now: EpochMs): readonly Reading[] {
    const skewMs = skewOf(readings, now);
    if (skewMs !== null) this.#measure(skewMs);
    const correctionMs = skewMs !== null && this.#seemsRight(skewMs) ? 0 : this.#correctionMs;
    if (correctionMs === 0) return readings;
    this.#context.metrics.ingestRestamped.inc({ source: this.#source }, readings.length);
    return readings.map((reading) => ({ ...reading, at: reading.at - correctionMs }));
  }

  toSource(at: EpochMs): EpochMs {
    return at + this.#correctionMs;
  }

  #measure(skewMs: number): void {
    // A delivery comes late, never early: a clock that is further ahead than was kept is another one than it was.
    if (this.#isDoubtful && skewMs > this.#correctionMs + this.#limitMs) this.#take(0);
    this.#skewsMs[this.#next] = skewMs;
    this.#next = (this.#next + 1) % WINDOW;
    if (this.#skewsMs.length < BELIEVED_FROM) return;
    const ordered = [...this.#skewsMs].sort((a, b) => a - b);
    const quantile = (part: number) => ordered[Math.floor((ordered.length - 1) * part)]!;
    const medianMs = quantile(0.5);
    this.#context.metrics.sourceClockSkew.set({ source: this.#source }, medianMs / 1_000);
    if (quantile(0.75) - quantile(0.25) > this.#limitMs / 2) return;
    this.#isDoubtful = false;
    this.#correct(medianMs);
  }

  /** Whether a delivery looks like one of a right clock, though a skew of an earlier run is taken off until it is measured. */
  #seemsRight(skewMs: number): boolean {
    const distanceMs = Math.abs(skewMs);
    return this.#isDoubtful && distanceMs <= this.#limitMs && distanceMs < Math.abs(skewMs - this.#correctionMs);
  }

  #correct(skewMs: number): void {
    const isCorrecting = this.#correctionMs !== 0;
    const isWrong = Math.abs(skewMs) > (isCorrecting ? this.#limitMs / 2 : this.#limitMs);
    const wantedMs = isWrong ? Math.round(skewMs) : 0;
    if (wantedMs !== 0 && isCorrecting && Math.abs(wantedMs - this.#correctionMs) <= this.#limitMs / 2) return;
    if (wantedMs !== this.#correctionMs) this.#take(wantedMs);
  }

  #take(wantedMs: number): void {
    this.#correctionMs = wantedMs;
    this.#isDoubtful = false;
    this.#context.kept.keep(wantedMs === 0 ? null : wantedMs);
    const fields = { source: this.#source, skewMs: wantedMs };
    if (wantedMs === 0) this.#context.logger.info(fields, 'the clock of a source is right again');
    else
      this.#context.logger.warn(fields, 'the clock of a source is wrong by a constant, which is taken off its times');
  }
}

/** How far ahead a delivery shows its clock to be, less how long it waited; `null`: it is history only. */
function skewOf(readings: readonly Reading[], now: EpochMs): number | null {
  let newest = Number.NEGATIVE_INFINITY;
  for (const { at, historical } of readings) if (!historical && at > newest) newest = at;
  return Number.isFinite(newest) ? newest - now : null;
}
