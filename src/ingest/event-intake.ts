import type { Clock } from '../model/clock.ts';
import type { Source } from '../model/plant.ts';
import type { EpochMs } from '../model/reading.ts';
import {
  EVENT_TEXT_LIMITS,
  type EventRemark,
  type EventSubject,
  type SourceCondition,
  type SourceEvent,
} from '../model/source-event.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { SourceClock } from './conditioning/source-clock.ts';
import type { LogInlet } from './log/inlet.ts';
import { oncePerDay } from './once-per-day.ts';
import type { TagRegistry } from './tag-registry.ts';

/**
 * The way of what a source says of its own alarms into the readings log. Resolves when durable, with a remark when not all of it was
 * taken; rejects as for readings.
 */
export type EventIntake = (event: SourceEvent) => Promise<EventRemark | undefined>;

/** Begins a connection of a source; gives the intake of what is said over it. */
export type OpenEventIntake = () => EventIntake;

/** What the intake of one source needs. */
export interface EventIntakeOptions {
  readonly log: Pick<LogInlet, 'append'>;
  readonly tags: Pick<TagRegistry, 'find'>;
  /** Ids of the plant's assets. */
  readonly assets: ReadonlySet<string>;
  readonly clock: Clock;
  readonly sourceClock: Pick<SourceClock, 'toSource'>;
  readonly metrics: Pick<Metrics, 'eventsAccepted' | 'eventsDiscarded'>;
  readonly logger: Logger;
}

/** Most alarms of one source that are not inactive at a time; further ones are refused until others end. */
export const MAX_STANDING = 10_000;

/** Makes the intake of one source: its texts are cut to what can be kept, its times set right, its subjects looked up. */
export function createEventIntake(source: Source, options: EventIntakeOptions): OpenEventIntake {
  const { log, clock, metrics, logger } = options;
  const standing = new Set<string>();
  let isListed = false;
  const warn = oncePerDay(clock, (sentence) =>
    logger.warn({ adapter: source.id, warning: sentence }, 'a source warns'),
  );
  const discard = (reason: 'too_many' | 'log_full') => metrics.eventsDiscarded.inc({ source: source.id, reason });
  const take: EventIntake = async (given) => {
    const at = clock.now();
    const said =
      given.kind === 'condition'
        ? conditionOf(given, { source, at, warn, ...options })
        : // Those that were left out have no alert to keep open, and there may be any number of them.
          { ...given, keys: given.keys.map(keyOf).filter((key) => standing.has(key)) };
    if (said.kind === 'condition' && said.state !== 'inactive' && !standing.has(said.key)) {
      if (standing.size >= MAX_STANDING) {
        discard('too_many');
        warn(`more than ${MAX_STANDING} of its alarms are active at once: further ones are left out`);
        return 'too_many';
      }
    }
    if (said.kind === 'standing') isListed = true;
    remember(standing, said); // before it is durable: the list that follows may be on its way already
    try {
      await log.append({ kind: 'event', event: { kind: 'external', source: source.id, at, said } });
    } catch (error) {
      discard('log_full');
      throw error;
    }
    metrics.eventsAccepted.inc({ source: source.id });
    const hasLost = given.kind === 'condition' && said.kind === 'condition' && given.subject !== null && !said.subject;
    return hasLost ? 'unknown_subject' : undefined;
  };
  return () => {
    // Without a list nobody says which ended between two connections, and they would take the place of others for good.
    if (!isListed) standing.clear();
    isListed = false;
    return take;
  };
}

function remember(standing: Set<string>, said: SourceEvent): void {
  if (said.kind === 'condition') {
    if (said.state === 'inactive') standing.delete(said.key);
    else standing.add(said.key);
    return;
  }
  standing.clear();
  for (const key of said.keys) standing.add(key);
}

interface ConditionContext extends Pick<EventIntakeOptions, 'tags' | 'assets' | 'sourceClock'> {
  readonly source: Source;
  readonly at: EpochMs;
  readonly warn: (sentence: string) => void;
}

function conditionOf(given: SourceCondition, context: ConditionContext): SourceCondition {
  const { acknowledged } = given;
  const { name, message } = EVENT_TEXT_LIMITS;
  return {
    ...given,
    key: keyOf(given.key),
    name: clean(given.name, name),
    from: clean(given.from, name),
    message: clean(given.message, message),
    acknowledged: acknowledged && {
      by: acknowledged.by && (clean(acknowledged.by, name) || null),
      note: acknowledged.note && (clean(acknowledged.note, message) || null),
    },
    at: timeOf(given.at, context),
    subject: given.subject && subjectOf(given.subject, context),
  };
}

function keyOf(given: string): string {
  return given.slice(0, EVENT_TEXT_LIMITS.key);
}

/** An alarm may have begun long ago, but not later than it was told. */
function timeOf(given: EpochMs, { source, sourceClock, at }: ConditionContext): EpochMs {
  if (source.clock?.kind === 'arrival' || !(given > 0)) return at;
  const skewMs = sourceClock.toSource(given) - given;
  return Math.min(at, given - skewMs);
}

function subjectOf(subject: EventSubject, { tags, assets, warn }: ConditionContext): EventSubject | null {
  if ('tag' in subject ? tags.find(subject.tag) : assets.has(subject.asset)) return subject;
  const what = 'tag' in subject ? `tag ${subject.tag}` : `asset ${subject.asset}`;
  warn(`its alarms are mapped to the ${what}, which the plant does not have`);
  return null;
}

/** One line that can be stored: control characters and lone surrogates say nothing to a person. */
function clean(text: string, limit: number): string {
  return text
    .slice(0, limit)
    .replace(/[\p{Cc}\p{Cs}]+/gu, ' ')
    .trim();
}
