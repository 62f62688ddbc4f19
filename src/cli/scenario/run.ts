import { compilePlan } from '../../engine/compile.ts';
import { Engine } from '../../engine/engine.ts';
import type { AlertState } from '../../model/alert.ts';
import type { LogRecord } from '../../model/log-record.ts';
import type { EpochMs } from '../../model/reading.ts';
import type { Transition } from '../../model/transition.ts';
import type { ReadyScenario } from './load.ts';
import { type ExpectedAlert, type Scenario, type ScenarioEvent, STATE_AFTER } from './schema.ts';
import { type Happening, startOf, streamOf } from './stream.ts';

/** One line of what was expected and what came, in the order of time. */
export type Line =
  | { readonly kind: 'as expected'; readonly at: EpochMs; readonly came: Transition }
  | { readonly kind: 'missing'; readonly at: EpochMs; readonly expected: ExpectedAlert }
  | { readonly kind: 'unexpected'; readonly at: EpochMs; readonly came: Transition }
  | { readonly kind: 'wrong state'; readonly at: EpochMs; readonly message: string }
  | { readonly kind: 'cannot'; readonly at: EpochMs; readonly message: string };

/** What came of a scenario. */
export interface Outcome {
  readonly name: string;
  readonly place: string;
  readonly start: EpochMs;
  readonly end: EpochMs;
  readonly isRight: boolean;
  readonly lines: readonly Line[];
  /** Of the rules that are looked at. */
  readonly transitions: readonly Transition[];
}

/** Runs a scenario through the engine, with a clock of its own, and compares. */
export function runScenario({ scenario, plant, place }: ReadyScenario): Outcome {
  const start = startOf(scenario);
  const { transitions: all, troubles } = evaluate(scenario, plant);
  const transitions = all.filter(({ rule }) => scenario.rules === undefined || scenario.rules.includes(rule));
  const lines = [...compare(scenario, transitions), ...compareStates(scenario, transitions), ...troubles].sort(
    (a, b) => a.at - b.at,
  );
  return {
    name: scenario.name,
    place,
    start,
    end: start + scenario.for,
    isRight: lines.every(({ kind }) => kind === 'as expected'),
    lines,
    transitions,
  };
}

function evaluate(scenario: Scenario, plant: ReadyScenario['plant']): { transitions: Transition[]; troubles: Line[] } {
  const engine = new Engine(compilePlan(plant), 'scenario');
  const names = new Map(plant.tags.map(({ name }, index) => [index, name]));
  const open = new Map<string, Transition>();
  const transitions: Transition[] = [];
  const troubles: Line[] = [];
  let position = 0;
  const apply = (record: LogRecord) => {
    const evaluation = engine.apply({ record, position, end: position + 1 }, names);
    position++;
    for (const transition of evaluation.transitions) {
      transitions.push(transition);
      if (transition.state === 'normal') open.delete(transition.alert);
      else open.set(transition.alert, transition);
    }
    return evaluation;
  };
  for (const happening of streamOf(scenario, plant)) {
    if ('record' in happening) apply(happening.record);
    else troubles.push(...operate(happening, open, (record) => apply(record).commands));
  }
  for (const { rule, tag, reason } of engine.parked) {
    const message = `rule ${rule} failed on ${tag} and was switched off: ${reason}`;
    troubles.push({ kind: 'cannot', at: startOf(scenario) + scenario.for, message });
  }
  return { transitions, troubles };
}

function operate(
  { at, operator }: Extract<Happening, { operator: ScenarioEvent }>,
  open: ReadonlyMap<string, Transition>,
  apply: (record: LogRecord) => readonly { readonly outcome: string }[],
): Line[] {
  const { acknowledge, reset, tag, by, note } = operator;
  const kind = reset === undefined ? 'acknowledge' : 'reset';
  const rule = reset ?? acknowledge;
  const alerts = [...open.values()].filter((each) => each.rule === rule && (tag === undefined || each.tag === tag));
  const outcomes = alerts.flatMap(({ alert }) =>
    apply({
      kind: 'event',
      event: { kind, commandId: alert, alert, at, by, ...(note === undefined ? {} : { note }) },
    }),
  );
  if (outcomes.some(({ outcome }) => outcome === 'done')) return [];
  return [{ kind: 'cannot', at, message: `${by} cannot ${kind} ${rule}: there is nothing to ${kind}` }];
}

/** Each expectation takes the nearest transition that fits it. */
function compare(scenario: Scenario, transitions: readonly Transition[]): Line[] {
  const { alerts } = scenario.expect;
  if (alerts === undefined) return [];
  const start = startOf(scenario);
  const left = new Set(transitions);
  const lines: Line[] = [];
  for (const expected of [...alerts].sort((a, b) => a.at - b.at)) {
    const distance = ({ at }: Transition) => Math.abs(at - start - expected.at);
    const [came] = [...left]
      .filter((each) => fits(expected, each) && distance(each) <= expected.within)
      .sort((a, b) => distance(a) - distance(b));
    if (came === undefined) lines.push({ kind: 'missing', at: start + expected.at, expected });
    else {
      left.delete(came);
      lines.push({ kind: 'as expected', at: came.at, came });
    }
  }
  return [...lines, ...[...left].map((came): Line => ({ kind: 'unexpected', at: came.at, came }))];
}

function fits(expected: ExpectedAlert, came: Transition): boolean {
  const { rule, effect, tag, source, level, says } = expected;
  return (
    came.rule === rule &&
    came.effect === effect &&
    (tag === undefined || came.tag === tag) &&
    (source === undefined || came.source === source) &&
    (level === undefined || came.level === level) &&
    (says === undefined || (came.finding?.explanation.includes(says) ?? false))
  );
}

function compareStates(scenario: Scenario, transitions: readonly Transition[]): Line[] {
  const start = startOf(scenario);
  return scenario.expect.states.flatMap(({ at, rule, tag, is }): Line[] => {
    const states = statesAt(start + at, transitions, { rule, tag });
    if (states.size === 0 ? is === 'normal' : [...states.values()].every((state) => state === is)) return [];
    const found = [...states].map(([name, state]) => (states.size > 1 ? `${name} ${state}` : state)).join(', ');
    return [{ kind: 'wrong state', at: start + at, message: `${rule} is ${found || 'normal'}, not ${is}` }];
  });
}

/** States of a rule's alerts at a time, by tag or source; what never left normal is not in it. */
function statesAt(
  at: EpochMs,
  transitions: readonly Transition[],
  wanted: { readonly rule: string; readonly tag: string | undefined },
): ReadonlyMap<string, AlertState> {
  const states = new Map<string, AlertState>();
  for (const each of transitions) {
    if (each.at > at || each.rule !== wanted.rule || (wanted.tag !== undefined && each.tag !== wanted.tag)) continue;
    const carrier = each.tag ?? each.source ?? '';
    states.set(carrier, STATE_AFTER[each.effect] ?? states.get(carrier) ?? 'normal');
  }
  return states;
}
