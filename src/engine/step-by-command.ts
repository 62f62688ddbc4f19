import { type AlertStep, step } from '../../rules/alert-state.ts';
import type { AlertCommand } from '../model/log-record.ts';
import { type LinkState, skewOf, type WatchState } from './carriers.ts';

/** What an operator's command does to an alert. Its delays run in the time of its device; when somebody acted is told in ours. */
export function stepByCommand(carrier: WatchState | LinkState, { kind, by, at }: AlertCommand): AlertStep {
  const { memory, effects } = step(carrier.memory, { kind, by }, at + skewOf(carrier), carrier.watch.policy);
  return { memory, effects: effects.map((effect) => (effect.by === null ? effect : { ...effect, at })) };
}
