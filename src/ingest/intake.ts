import { batchLength } from '../model/batch.ts';
import type { Clock } from '../model/clock.ts';
import type { Source } from '../model/plant.ts';
import type { EpochMs, Reading } from '../model/reading.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Backlog } from './backlog.ts';
import { RateComplaint } from './conditioning/rate-complaint.ts';
import { RateLimits } from './conditioning/rate-limit.ts';
import { createSourceClock, type SourceClock } from './conditioning/source-clock.ts';
import type { LiveValues } from './live-values.ts';
import type { LogInlet } from './log/inlet.ts';
import { normalise, type Refusal } from './normalise.ts';
import type { TagRegistry } from './tag-registry.ts';

/** What a source is told about a batch: everything not listed is durable. */
export interface IntakeOutcome {
  readonly accepted: number;
  readonly rejected: readonly Refusal[];
}

/**
 * The way from one source into the readings log. Resolves when durable; rejects with `log_full` or `log_closed`. `times`: by
 * whose clock the readings are stamped.
 */
export type Intake = (readings: readonly Reading[], times?: 'by its source' | 'by us') => Promise<IntakeOutcome>;

/** What all sources share on their way into the log. */
export interface IntakeContext {
  readonly log: LogInlet;
  readonly tags: TagRegistry;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly backlog: Backlog;
  readonly live: LiveValues;
  /** How long readings are kept: older ones are refused. */
  readonly keepMs: number;
}

/** Makes the intake of one source: set its clock right, normalise, append, then show the readings live. */
export function createIntake(
  source: Source,
  { log, tags, clock, metrics, logger, backlog, live, keepMs }: IntakeContext,
  sourceClock: SourceClock = createSourceClock(source, { metrics, logger }),
): Intake {
  const lastLogged = new Map<string, Reading>();
  const rates = new RateLimits();
  const complaint = new RateComplaint(source.id, logger);
  return async (readings, times = 'by its source') => {
    const now: EpochMs = clock.now();
    const stamped = times === 'by us' ? readings : sourceClock.apply(readings, now);
    const { batch, refused, withinDeadband, deadbanded } = normalise(stamped, {
      source,
      tags,
      logIds: log,
      now,
      keepMs,
      lastLogged,
      rates,
    });
    metrics.ingestReceived.inc({ source: source.id }, readings.length);
    for (const { code, index } of refused) {
      metrics.ingestDiscarded.inc({ source: source.id, reason: code });
      if (code === 'rate_limit') complaint.add(readings[index]!.tag);
    }
    complaint.say(now);
    if (withinDeadband.length > 0) {
      metrics.ingestDiscarded.inc({ source: source.id, reason: 'deadband' }, withinDeadband.length);
    }
    const logged = batchLength(batch);
    if (logged > 0) {
      metrics.ingestInFlight.inc({ source: source.id }, logged);
      try {
        await log.append({ kind: 'readings', receivedAt: now, batch });
      } catch (error) {
        metrics.ingestDiscarded.inc({ source: source.id, reason: 'log_full' }, logged);
        rates.forget(Array.from(batch.tag, (id) => log.tagName(id)));
        throw error;
      } finally {
        metrics.ingestInFlight.dec({ source: source.id }, logged);
      }
      backlog.logged(logged);
      metrics.ingestAccepted.inc({ source: source.id }, logged);
      // Only what is durable may hold back what comes later: a refused batch is sent again.
      for (const reading of deadbanded) {
        if (reading.at >= (lastLogged.get(reading.tag)?.at ?? reading.at)) lastLogged.set(reading.tag, reading);
      }
      live.offerBatch(batch, log);
    }
    for (const reading of withinDeadband) live.show(reading);
    return { accepted: logged + withinDeadband.length, rejected: refused };
  };
}
