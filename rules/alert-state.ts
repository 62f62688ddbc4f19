import type { AlertEffect, AlertState, Finding, Level } from '../src/model/alert.ts';
import type { EpochMs } from '../src/model/reading.ts';
import type { DatedLife } from '../src/model/remaining-life.ts';
import { dateLife, isNews } from './dated-life.ts';
import type { Verdict } from './detector.ts';

/** How long a condition must last before people are told that it began or ended, and how insistent its alert is. */
export interface AlertPolicy {
  readonly onDelayMs: number;
  readonly offDelayMs: number;
  /** The alert waits for a reset after its condition has gone and it was acknowledged. */
  readonly latch?: boolean;
  /** An alert that still stands is told again after this long; absent: once is enough. */
  readonly reAlarmMs?: number;
  /** Where nobody is there to acknowledge, as in a back-test: an alert that returns is over. Absent: it waits. */
  readonly afterReturn?: 'cleared';
}

/** What one alert remembers between two events: plain JSON, so that it survives a checkpoint. */
export interface AlertMemory {
  readonly state: AlertState;
  /** When `state` was entered. */
  readonly since: EpochMs;
  /**
   * Since when the running delay counts: `pending`, the condition's beginning; `unacknowledged` and `acknowledged`,
   * its end. `null` when no delay runs.
   */
  readonly conditionSince: EpochMs | null;
  /** When people were last told that the alert stands; `null` when they are not to be told again. */
  readonly toldAt: EpochMs | null;
  /** Since when running times are held because the verdict is unknown. */
  readonly heldSince: EpochMs | null;
  /** Latched: acknowledged and its condition gone, it waits for a reset. */
  readonly awaitsReset: boolean;
  /** When the alert was raised, first; kept when it is raised again. */
  readonly raisedAt: EpochMs | null;
  readonly level: Level | null;
  /** The newest one; once it returned, what it is back to, where its detector says that. */
  readonly finding: Finding | null;
  /** While the delay of its return runs: what to tell when that is over. */
  readonly back?: Finding | undefined;
  /** The newest forecast, and the one that people were told last; absent where the detector makes none. */
  readonly rul?: DatedLife | undefined;
  readonly toldRul?: DatedLife | undefined;
}

/** Something that may move an alert. */
export type AlertEvent =
  | { readonly kind: 'condition'; readonly verdict: Verdict }
  | { readonly kind: 'tick' }
  | { readonly kind: 'acknowledge'; readonly by: string }
  | { readonly kind: 'reset'; readonly by: string };

/** One transition to journal and to tell people. */
export interface AlertTransition {
  readonly effect: AlertEffect;
  /** State after it. */
  readonly state: AlertState;
  /** When it was due, not when it was noticed. */
  readonly at: EpochMs;
  readonly level: Level | null;
  readonly finding: Finding | null;
  readonly rul?: DatedLife | undefined;
  /** Who acknowledged or reset, on the transition that this made. */
  readonly by: string | null;
}

/** A memory and the transitions that led to it, oldest first. */
export interface AlertStep {
  readonly memory: AlertMemory;
  readonly effects: readonly AlertTransition[];
}

/** Where every alert begins. */
export const calm: AlertMemory = {
  state: 'normal',
  since: 0,
  conditionSince: null,
  toldAt: null,
  heldSince: null,
  awaitsReset: false,
  raisedAt: null,
  level: null,
  finding: null,
};

/**
 * Moves one alert by one event: the ISA-18.2 machine (ANSI/ISA-18.2-2016 §5.2, figure 3), pure and deterministic.
 *
 * A time that ends between two events ends at its own time: whatever is due at or before `at` happens first, with the
 * finding known by then, so the outcome does not depend on how often it ticks. An unknown verdict neither raises nor
 * clears: while it lasts, running times (delays, the time to tell again) are held and afterwards go on where they stood.
 * An event dated before the last transition counts as at that transition.
 */
export function step(memory: AlertMemory, event: AlertEvent, at: EpochMs, policy: AlertPolicy): AlertStep {
  const time = Math.max(at, memory.since);
  const due = settle(memory, time, policy);
  const moved = apply(due.memory, event, time, policy);
  const after = settle(moved.memory, time, policy); // a delay of 0 ends at once
  const { memory: result } = after;
  if (due.effects.length === 0 && moved.effects.length === 0) return { memory: result, effects: after.effects };
  return { memory: result, effects: [...due.effects, ...moved.effects, ...after.effects] };
}

/** True while the alert has a time running that can move it without a reading: such an alert needs ticks. */
export function isTimed({ conditionSince, toldAt }: AlertMemory): boolean {
  return conditionSince !== null || (toldAt ?? null) !== null; // absent in what an older program remembered
}

/** True when a running time of the alert has ended by `at`: without that, a tick changes nothing. */
export function isDue(memory: AlertMemory, at: EpochMs, policy: AlertPolicy): boolean {
  if (!isTimed(memory) || memory.heldSince !== null) return false;
  return Math.min(endOfDelay(memory, policy), nextRepeat(memory, policy)) <= Math.max(at, memory.since);
}

const NOTHING: readonly AlertTransition[] = [];
/** Most repeats of one alert in one step; a longer time without any tick is told once more and counted from its end. */
const MAX_REPEATS = 100;

/** Ends the running times that are due, oldest first. */
function settle(memory: AlertMemory, at: EpochMs, policy: AlertPolicy): AlertStep {
  if (!isDue(memory, at, policy)) return { memory, effects: NOTHING };
  const effects: AlertTransition[] = [];
  let now = memory;
  for (let repeats = 0; ; repeats++) {
    const delayEndsAt = endOfDelay(now, policy);
    const repeatAt = nextRepeat(now, policy);
    if (Math.min(delayEndsAt, repeatAt) > at) break;
    const latest = repeats >= MAX_REPEATS ? at : repeatAt;
    const moved = delayEndsAt <= repeatAt ? endDelay(now, delayEndsAt, policy) : repeat(now, latest);
    effects.push(...moved.effects);
    now = moved.memory;
  }
  return { memory: now, effects };
}

function endOfDelay({ state, conditionSince }: AlertMemory, { onDelayMs, offDelayMs }: AlertPolicy): EpochMs {
  if (conditionSince === null) return Number.POSITIVE_INFINITY;
  return conditionSince + (state === 'pending' ? onDelayMs : offDelayMs);
}

function nextRepeat({ toldAt }: AlertMemory, { reAlarmMs }: AlertPolicy): EpochMs {
  return (toldAt ?? null) === null || reAlarmMs === undefined ? Number.POSITIVE_INFINITY : toldAt! + reAlarmMs;
}

function endDelay(memory: AlertMemory, at: EpochMs, policy: AlertPolicy): AlertStep {
  switch (memory.state) {
    case 'pending':
      return move({ ...enter(memory, 'unacknowledged', at), raisedAt: at, ...told(at, policy) }, 'raised', at);
    case 'unacknowledged':
      if (policy.afterReturn === 'cleared') return clear(backAgain(memory), at, null);
      return move(enter(backAgain(memory), 'returned', at), 'returned', at);
    case 'acknowledged':
      if (policy.latch !== true) return clear(backAgain(memory), at, null);
      return move({ ...enter(backAgain(memory), 'acknowledged', at), awaitsReset: true }, 'returned', at);
    case 'normal':
    case 'returned':
      return { memory: { ...memory, conditionSince: null }, effects: NOTHING }; // no delay runs in these
  }
}

/** What it is back to is the newest that was found. */
function backAgain(memory: AlertMemory): AlertMemory {
  const { back, ...found } = memory;
  return back === undefined ? memory : { ...found, finding: back };
}

/** Tells of a standing alert again: who acknowledged it has had the time. */
function repeat(memory: AlertMemory, at: EpochMs): AlertStep {
  return move({ ...memory, state: 'unacknowledged', since: at, toldAt: at }, 're-alarmed', at);
}

/** The time to tell again begins. */
function told(at: EpochMs, { reAlarmMs }: AlertPolicy): Pick<AlertMemory, 'toldAt'> {
  return { toldAt: reAlarmMs === undefined ? null : at };
}

function apply(memory: AlertMemory, event: AlertEvent, at: EpochMs, policy: AlertPolicy): AlertStep {
  switch (event.kind) {
    case 'tick':
      return { memory, effects: NOTHING };
    case 'acknowledge':
      return acknowledge(memory, event.by, at, policy);
    case 'reset':
      return memory.awaitsReset ? clear(memory, at, event.by) : { memory, effects: NOTHING };
    case 'condition':
      switch (event.verdict.state) {
        case 'unknown':
          return { memory: hold(memory, at), effects: NOTHING };
        case 'abnormal': {
          const { level = null, finding } = event.verdict;
          const rul = dateLife(event.verdict.rul, at, memory.rul);
          return conditionTrue(withFinding(resume(memory, at), { level, finding, rul }), memory, at, policy);
        }
        case 'normal':
          return conditionFalse(resume(memory, at), event.verdict.back, at);
      }
  }
}

/** Written out, as it is made at every reading of a standing alert: spreading takes several times as long. `back` is over. */
function withFinding(
  memory: AlertMemory,
  { level, finding, rul }: Pick<AlertMemory, 'level' | 'finding' | 'rul'>,
): AlertMemory {
  const { state, since, conditionSince, toldAt, heldSince, awaitsReset, raisedAt, toldRul } = memory;
  const seen = { state, since, conditionSince, toldAt, heldSince, awaitsReset, raisedAt, level, finding, rul };
  return toldRul === undefined ? seen : { ...seen, toldRul };
}

/** `seen` has the new level, finding and forecast, `before` the ones until now. */
function conditionTrue(seen: AlertMemory, before: AlertMemory, at: EpochMs, policy: AlertPolicy): AlertStep {
  switch (before.state) {
    case 'normal':
      return { memory: { ...enter(seen, 'pending', at), conditionSince: at }, effects: NOTHING };
    case 'pending':
      return { memory: seen, effects: NOTHING };
    case 'unacknowledged':
    case 'acknowledged': {
      if (before.awaitsReset) return raiseAgain(seen, at, policy);
      const goesOn: AlertMemory = { ...seen, conditionSince: null };
      const isChanged = seen.level !== before.level || isNews(seen.rul, seen.toldRul);
      return isChanged ? move(goesOn, 'changed', at) : { memory: goesOn, effects: NOTHING };
    }
    case 'returned':
      return raiseAgain(seen, at, policy);
  }
}

function raiseAgain(memory: AlertMemory, at: EpochMs, policy: AlertPolicy): AlertStep {
  return move({ ...enter(memory, 'unacknowledged', at), awaitsReset: false, ...told(at, policy) }, 'raised again', at);
}

function conditionFalse(memory: AlertMemory, back: Finding | undefined, at: EpochMs): AlertStep {
  switch (memory.state) {
    case 'normal':
    case 'returned':
      return { memory, effects: NOTHING };
    case 'pending':
      return { memory: { ...calm, since: at }, effects: NOTHING };
    case 'unacknowledged':
    case 'acknowledged': {
      if (memory.awaitsReset) return { memory, effects: NOTHING };
      const known = back === undefined ? memory : { ...memory, back };
      return { memory: memory.conditionSince === null ? { ...known, conditionSince: at } : known, effects: NOTHING };
    }
  }
}

function acknowledge(memory: AlertMemory, by: string, at: EpochMs, policy: AlertPolicy): AlertStep {
  switch (memory.state) {
    case 'normal':
    case 'pending':
    case 'acknowledged':
      return { memory, effects: NOTHING };
    case 'unacknowledged':
      // A running off-delay goes on.
      return move({ ...memory, state: 'acknowledged', since: at, ...told(at, policy) }, 'acknowledged', at, by);
    case 'returned':
      if (policy.latch !== true) return clear(memory, at, by);
      return move({ ...memory, state: 'acknowledged', since: at, awaitsReset: true }, 'acknowledged', at, by);
  }
}

/** Stops the clock of running times. */
function hold(memory: AlertMemory, at: EpochMs): AlertMemory {
  return !isTimed(memory) || memory.heldSince !== null ? memory : { ...memory, heldSince: at };
}

/** Lets held times go on where they stood; one that began meanwhile counts from its own beginning. */
function resume(memory: AlertMemory, at: EpochMs): AlertMemory {
  const { conditionSince, toldAt, heldSince } = memory;
  if (heldSince === null) return memory;
  const later = (since: EpochMs | null) =>
    since === null ? null : since + Math.max(0, at - Math.max(since, heldSince));
  return { ...memory, conditionSince: later(conditionSince), toldAt: later(toldAt ?? null), heldSince: null };
}

/** Ends whatever ran in the state before. */
function enter(memory: AlertMemory, state: AlertState, at: EpochMs): AlertMemory {
  return { ...memory, state, since: at, conditionSince: null, toldAt: null, heldSince: null };
}

function move(memory: AlertMemory, effect: AlertEffect, at: EpochMs, by: string | null = null): AlertStep {
  const { state, level, finding, rul } = memory;
  if (rul === undefined) return { memory, effects: [{ effect, state, at, level, finding, by }] };
  return { memory: { ...memory, toldRul: rul }, effects: [{ effect, state, at, level, finding, rul, by }] };
}

function clear(memory: AlertMemory, at: EpochMs, by: string | null): AlertStep {
  const cleared = move({ ...memory, state: 'normal' }, 'cleared', at, by).effects;
  return { memory: { ...calm, since: at }, effects: cleared };
}
