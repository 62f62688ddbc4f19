import type { AlertEffect, AlertState, Finding, Level } from '../src/model/alert.ts';
import type { EpochMs } from '../src/model/reading.ts';
import type { Verdict } from './detector.ts';

/** How long a condition must last before people are told that it began or ended. */
export interface AlertPolicy {
  readonly onDelayMs: number;
  readonly offDelayMs: number;
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
  /** Since when the running delay is held because the verdict is unknown. */
  readonly heldSince: EpochMs | null;
  /** When the alert was raised, first; kept when it is raised again. */
  readonly raisedAt: EpochMs | null;
  readonly level: Level | null;
  /** The newest one. */
  readonly finding: Finding | null;
}

/** Something that may move an alert. */
export type AlertEvent =
  | { readonly kind: 'condition'; readonly verdict: Verdict }
  | { readonly kind: 'tick' }
  | { readonly kind: 'acknowledge'; readonly by: string };

/** One transition to journal and to tell people. */
export interface AlertTransition {
  readonly effect: AlertEffect;
  /** When it was due, not when it was noticed. */
  readonly at: EpochMs;
  readonly level: Level | null;
  readonly finding: Finding | null;
  /** Who acknowledged, on the transition that acknowledging made. */
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
  heldSince: null,
  raisedAt: null,
  level: null,
  finding: null,
};

/**
 * Moves one alert by one event: the ISA-18.2 machine (ANSI/ISA-18.2-2016 §5.2, figure 3), pure and deterministic.
 *
 * A delay that ends between two events ends at its own time: whatever is due at or before `at` happens first, with the
 * finding known by then, so the outcome does not depend on how often it ticks. An unknown verdict neither raises nor
 * clears: while it lasts, a running delay is held (its time does not run) and afterwards goes on where it stood.
 * An event dated before the last transition counts as at that transition.
 */
export function step(memory: AlertMemory, event: AlertEvent, at: EpochMs, policy: AlertPolicy): AlertStep {
  const time = Math.max(at, memory.since);
  const due = settle(memory, time, policy);
  const moved = apply(due.memory, event, time);
  const after = settle(moved.memory, time, policy); // a delay of 0 ends at once
  return { memory: after.memory, effects: joined(due.effects, moved.effects, after.effects) };
}

const NOTHING: readonly AlertTransition[] = [];

/** Ends the running delay if its time has come. */
function settle(memory: AlertMemory, at: EpochMs, { onDelayMs, offDelayMs }: AlertPolicy): AlertStep {
  const { state, conditionSince, heldSince } = memory;
  if (conditionSince === null || heldSince !== null) return { memory, effects: NOTHING };
  const dueAt = conditionSince + (state === 'pending' ? onDelayMs : offDelayMs);
  if (at < dueAt) return { memory, effects: NOTHING };
  switch (state) {
    case 'pending':
      return move({ ...enter(memory, 'unacknowledged', dueAt), raisedAt: dueAt }, 'raised', dueAt);
    case 'unacknowledged':
      return move(enter(memory, 'returned', dueAt), 'returned', dueAt);
    case 'acknowledged':
      return clear(memory, dueAt, null);
    case 'normal':
    case 'returned':
      return { memory, effects: NOTHING }; // no delay runs in these
  }
}

function apply(memory: AlertMemory, event: AlertEvent, at: EpochMs): AlertStep {
  switch (event.kind) {
    case 'tick':
      return { memory, effects: NOTHING };
    case 'acknowledge':
      return acknowledge(memory, event.by, at);
    case 'condition':
      switch (event.verdict.state) {
        case 'unknown':
          return { memory: hold(memory, at), effects: NOTHING };
        case 'abnormal':
          return conditionTrue(resume(memory, at), event.verdict.level ?? null, event.verdict.finding, at);
        case 'normal':
          return conditionFalse(resume(memory, at), at);
      }
  }
}

function conditionTrue(memory: AlertMemory, level: Level | null, finding: Finding, at: EpochMs): AlertStep {
  const seen: AlertMemory = { ...memory, level, finding };
  switch (memory.state) {
    case 'normal':
      return { memory: { ...enter(seen, 'pending', at), conditionSince: at }, effects: NOTHING };
    case 'pending':
      return { memory: seen, effects: NOTHING };
    case 'unacknowledged':
    case 'acknowledged': {
      const goesOn: AlertMemory = { ...seen, conditionSince: null };
      return level === memory.level ? { memory: goesOn, effects: NOTHING } : move(goesOn, 'changed', at);
    }
    case 'returned':
      return move(enter(seen, 'unacknowledged', at), 'raised again', at);
  }
}

function conditionFalse(memory: AlertMemory, at: EpochMs): AlertStep {
  switch (memory.state) {
    case 'normal':
    case 'returned':
      return { memory, effects: NOTHING };
    case 'pending':
      return { memory: { ...calm, since: at }, effects: NOTHING };
    case 'unacknowledged':
    case 'acknowledged':
      return { memory: memory.conditionSince === null ? { ...memory, conditionSince: at } : memory, effects: NOTHING };
  }
}

function acknowledge(memory: AlertMemory, by: string, at: EpochMs): AlertStep {
  switch (memory.state) {
    case 'normal':
    case 'pending':
    case 'acknowledged':
      return { memory, effects: NOTHING };
    case 'unacknowledged':
      return move({ ...memory, state: 'acknowledged', since: at }, 'acknowledged', at, by); // a running off-delay goes on
    case 'returned':
      return clear(memory, at, by);
  }
}

/** Stops the clock of a running delay. */
function hold(memory: AlertMemory, at: EpochMs): AlertMemory {
  return memory.conditionSince === null || memory.heldSince !== null ? memory : { ...memory, heldSince: at };
}

/** Lets a held delay go on where it stood. */
function resume(memory: AlertMemory, at: EpochMs): AlertMemory {
  const { conditionSince, heldSince } = memory;
  if (heldSince === null) return memory;
  const heldMs = Math.max(0, at - heldSince);
  return { ...memory, conditionSince: conditionSince === null ? null : conditionSince + heldMs, heldSince: null };
}

function enter(memory: AlertMemory, state: AlertState, at: EpochMs): AlertMemory {
  return { ...memory, state, since: at, conditionSince: null, heldSince: null };
}

function move(memory: AlertMemory, effect: AlertEffect, at: EpochMs, by: string | null = null): AlertStep {
  return { memory, effects: [{ effect, at, level: memory.level, finding: memory.finding, by }] };
}

function clear(memory: AlertMemory, at: EpochMs, by: string | null): AlertStep {
  return { memory: { ...calm, since: at }, effects: move(memory, 'cleared', at, by).effects };
}

/** One list of all; most steps have no effect and make no list. */
function joined(...lists: readonly (readonly AlertTransition[])[]): readonly AlertTransition[] {
  const filled = lists.filter((list) => list.length > 0);
  return filled.length === 0 ? NOTHING : filled.length === 1 ? filled[0]! : filled.flat();
}
