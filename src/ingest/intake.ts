import { batchLength } from '../model/batch.ts';
import type { Clock } from '../model/clock.ts';
import type { LogRecord } from '../model/log-record.ts';
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
import type { TextReading } from './texts/judge-texts.ts';
import { toLogged } from './texts/logged-texts.ts';
import { TextIntake } from './texts/text-intake.ts';

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
  const textIntake = new TextIntake({ source, tags, rates, keepMs, log, hadNumber: (tag) => live.hadNumber(tag) });
  return async (readings, times = 'by its source') => {
    const now: EpochMs = clock.now();
    const stamped = times === 'by us' ? readings : sourceClock.apply(readings, now);
    const { batch, texts, refused, withinDeadband, deadbanded } = normalise(stamped, {
      source,
      tags,
      logIds: log,
      now,
      keepMs,
      lastLogged,
      rates,
    });
    const words = textIntake.judge(texts, { now, batch });
    const rejected = words.refused.length === 0 ? refused : [...refused, ...words.refused].sort(byIndex);
    metrics.ingestReceived.inc({ source: source.id }, readings.length);
    for (const { code, index } of rejected) {
      metrics.ingestDiscarded.inc({ source: source.id, reason: code });
      if (code === 'rate_limit') complaint.add(readings[index]!.tag);
    }
    complaint.say(now);
    const unchanged = withinDeadband.length + words.unchanged.length;
    if (unchanged > 0) metrics.ingestDiscarded.inc({ source: source.id, reason: 'deadband' }, unchanged);
    const logNumbers = async () => {
      await append({ kind: 'readings', receivedAt: now, batch }, batch.tag);
      // Only what is durable may hold back what comes later: a refused batch is sent again.
      for (const reading of deadbanded) {
        if (reading.at >= (lastLogged.get(reading.tag)?.at ?? reading.at)) lastLogged.set(reading.tag, reading);
      }
      live.offerBatch(batch, log);
    };
    const logged = batchLength(batch);
    if (words.kept.length === 0) {
      if (logged > 0) await logNumbers();
    } else await Promise.all([logged > 0 ? logNumbers() : null, logTexts(words.kept, now)]); // in one turn: one commit
    for (const reading of withinDeadband) live.show(reading);
    for (const reading of words.unchanged) live.show(reading);
    return { accepted: logged + words.kept.length + unchanged, rejected };
  };

  async function logTexts(kept: readonly TextReading[], receivedAt: EpochMs): Promise<void> {
    const texts = kept.map((reading) => toLogged(reading, log));
    await append(
      { kind: 'texts', receivedAt, texts },
      Int32Array.from(texts, ({ tag }) => tag),
    );
    textIntake.logged(kept);
    for (const reading of kept) live.offer(reading);
  }

  /** Appends the readings of `ids`, and counts what becomes of them. */
  async function append(record: LogRecord, ids: Int32Array): Promise<void> {
    const count = ids.length;
    metrics.ingestInFlight.inc({ source: source.id }, count);
    try {
      await log.append(record);
    } catch (error) {
      metrics.ingestDiscarded.inc({ source: source.id, reason: 'log_full' }, count);
      rates.forget(Array.from(ids, (id) => log.tagName(id)));
      throw error;
    } finally {
      metrics.ingestInFlight.dec({ source: source.id }, count);
    }
    backlog.logged(count);
    metrics.ingestAccepted.inc({ source: source.id }, count);
  }
}

function byIndex(a: Refusal, b: Refusal): number {
  return a.index - b.index;
}
