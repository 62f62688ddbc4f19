import type { EnginePlan } from '../compile.ts';
import type { Episode } from './episodes.ts';

/** What a report says of it. */
export const TAKEN_AS_ACKNOWLEDGED =
  'every alert is taken as acknowledged, and reset, as soon as it has returned, so that each event counts by itself with its delays';

/** The delays of a rule. */
export interface Delays {
  readonly onDelayMs: number;
  readonly offDelayMs: number;
}

/**
 * Rules as a back-test tries them. Nobody is there to acknowledge: without this, all events after the first would be one alert that is
 * raised again at once, without its delay, and what is found would hang on where history begins.
 */
export function takenAsAcknowledged(plan: EnginePlan): EnginePlan {
  return {
    ...plan,
    watches: plan.watches.map((watch) => ({ ...watch, policy: { ...watch.policy, afterReturn: 'cleared' as const } })),
  };
}

/**
 * What an alert that was raised again, as nobody had acknowledged it, would have been if somebody had: later by its delay; `null` when it
 * did not last that long.
 */
export function asAcknowledged(again: Episode, { onDelayMs, offDelayMs }: Delays): Episode | null {
  const lasted = (again.to ?? Number.POSITIVE_INFINITY) - offDelayMs - again.from;
  return lasted < onDelayMs ? null : { ...again, from: again.from + onDelayMs };
}
