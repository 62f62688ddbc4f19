import { createHash } from 'node:crypto';
import type { AlertMemory, AlertTransition } from '../../rules/alert-state.ts';
import type { EpochMs } from '../model/reading.ts';
import type { Transition } from '../model/transition.ts';
import { describe, type LinkState, type WatchState } from './carriers.ts';
import { inWords } from './words.ts';

/** What a transition says besides its effect. */
interface Context {
  readonly carrier: WatchState | LinkState;
  /** What the alert remembered before. */
  readonly before: AlertMemory;
  readonly note: string | undefined;
  readonly position: number;
}

/** One move of a carrier's alert, as everybody behind the engine gets it. */
export function transitionOf(effect: AlertTransition, { carrier, before, note, position }: Context): Transition {
  return {
    alert: carrier.alert!, // raised before anything else can happen to it
    ...describe(carrier),
    effect: effect.effect,
    state: effect.state,
    at: effect.at,
    raisedAt: carrier.memory.raisedAt ?? (effect.effect === 'raised' ? effect.at : before.raisedAt) ?? effect.at,
    level: effect.level,
    finding: 'isUp' in carrier ? effect.finding : inWords(effect.finding, carrier.watch),
    ...(effect.rul && { rul: effect.rul }),
    by: effect.by,
    note: note ?? null,
    position,
  };
}

/** What tells of an open alert as it stands to somebody who knows nothing of it. */
export function openingOf(carrier: WatchState | LinkState, position: number): Transition {
  const { memory } = carrier;
  const { state, since, raisedAt, level, finding, rul } = memory;
  const raised = { effect: 'raised', state, at: raisedAt ?? since, level, finding, rul, by: null } as const;
  return transitionOf(raised, { carrier, before: memory, note: undefined, position });
}

/** The same on every replay of the same log. `key` is that of the watch. */
export function alertIdOf(logId: string, key: string, raisedAt: EpochMs): string {
  const hash = createHash('sha256').update(`${logId}|${key}|${raisedAt}`).digest('hex');
  // Laid out as an RFC 9562 version 8 UUID: made by us, from a hash.
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-a${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}
