import { calm } from '../../rules/alert-state.ts';
import type { Condition, Expression } from '../../rules/expression.ts';
import { createSignal, keepWindow } from '../../rules/window/signal.ts';
import type { ConditionState, LinkState, TagState, WatchState } from './carriers.ts';
import { type Cell, Cells } from './cells.ts';
import type { EnginePlan, LinkWatch, Watch } from './compile.ts';
import { createDerived, type DerivedState, withInputs } from './derivations.ts';
import { tieDoubts } from './doubt.ts';
import { HoldBack } from './hold-back.ts';
import { createJoin } from './join.ts';

/** Everything that an engine keeps a state of, tied together as the plan says. */
export interface States {
  readonly tags: ReadonlyMap<string, TagState>;
  readonly watches: readonly WatchState[];
  readonly conditions: readonly ConditionState[];
  readonly derived: readonly DerivedState[];
  /** By source. */
  readonly links: ReadonlyMap<string, LinkState>;
  readonly cells: readonly Cell[];
  /** One for each lateness there is, shortest first; that of 0 empties itself of what waited under an earlier plant. */
  readonly holdBacks: readonly HoldBack[];
}

/** The states of a plan of which nothing is known yet. */
export function createStates(plan: EnginePlan): States {
  const cells = new Cells();
  const tags = new Map<string, TagState>();
  const conditions = new Map<Condition, ConditionState>();
  const holdBacks = new Map([[0, new HoldBack(0)]]);
  const holdBackOf = (latenessMs: number): HoldBack | null => {
    if (latenessMs === 0) return null;
    const holdBack = holdBacks.get(latenessMs) ?? new HoldBack(latenessMs);
    holdBacks.set(latenessMs, holdBack);
    return holdBack;
  };
  const tagOf = (name: string): TagState => {
    const known = tags.get(name);
    if (known) return known;
    const cell = cells.of(name.slice(0, name.indexOf('.')));
    const made: TagState = {
      name,
      lastAt: 0,
      value: Number.NaN,
      skewMs: 0,
      holdBack: holdBackOf(plan.lateness.get(name) ?? 0),
      watchers: [],
      joins: [],
      derives: null,
      conditions: [],
      link: null,
      signal: null,
      cell,
    };
    tags.set(name, made);
    cell.tags.push(made);
    return made;
  };
  const conditionOf = (condition: Condition): ConditionState => {
    const known = conditions.get(condition);
    if (known) return known;
    const made: ConditionState = { condition, isTimed: condition.calls.length > 0, holds: null, isStale: true };
    conditions.set(condition, made);
    for (const name of condition.reads) tagOf(name).conditions.push(made);
    keepSignals(condition);
    return made;
  };
  const keepSignals = ({ calls }: Expression<unknown>) => {
    for (const call of calls) {
      const tag = tagOf(call.tag);
      tag.signal ??= createSignal();
      if ('windowMs' in call) keepWindow(tag.signal, call.windowMs);
    }
  };
  const derived = plan.derivations.map((derivation) => {
    const state = createDerived(derivation, tagOf(derivation.tag.name));
    state.tag.cell.derived.push(state);
    keepSignals(derivation.expression);
    for (const [input, name] of derivation.expression.reads.entries()) {
      const tag = tagOf(name);
      tag.derives = [...(tag.derives ?? []), { state, input }];
    }
    return state;
  });
  const watches = plan.watches.map((watch, index) => {
    const state = createWatch(watch, {
      index,
      tags: watch.tags.map(({ name }) => tagOf(name)),
      condition: watch.condition && conditionOf(watch.condition),
      alarm: watch.alarm && conditionOf(watch.alarm),
      cell: cells.of(watch.tag.asset),
    });
    state.cell.watches.push(state);
    for (const [input, tag] of state.tags.entries()) {
      if (state.join) tag.joins.push({ state, input });
      else tag.watchers.push(state);
    }
    return state;
  });
  tieDoubts(watches, ({ watch, condition }) =>
    withInputs([...watch.tags.map(({ name }) => name), ...(condition?.condition.reads ?? [])], plan.derivations),
  );
  const links = new Map(plan.links.map((watch) => [watch.source.id, createLink(watch)]));
  for (const { tag, source } of plan.witnesses) {
    const link = links.get(source);
    if (!link) continue;
    tagOf(tag).link = link;
    link.tagCount++;
  }
  return {
    tags,
    watches,
    conditions: [...conditions.values()],
    derived,
    links,
    cells: cells.all,
    holdBacks: [...holdBacks.values()].sort((a, b) => a.latenessMs - b.latenessMs),
  };
}

function createLink(watch: LinkWatch): LinkState {
  return {
    watch,
    isUp: false,
    heardAt: null,
    isSilent: false,
    awaySince: null,
    tagCount: 0,
    heardCount: 0,
    memory: calm,
    alert: null,
  };
}

/** Written out, as objects made by spreading don't share their shape: with `...ties` evaluation was ten times slower. */
function createWatch(
  watch: Watch,
  ties: Pick<WatchState, 'index' | 'tags' | 'condition' | 'alarm' | 'cell'>,
): WatchState {
  return {
    watch,
    index: ties.index,
    time: watch.detector.time ?? 'event',
    method: watch.detector,
    config: watch.config,
    subject: watch.subject,
    tags: ties.tags,
    join: watch.detector.joins ? createJoin(ties.tags.length) : null,
    condition: ties.condition,
    alarm: ties.alarm,
    cell: ties.cell,
    instruments: [],
    dependants: [],
    detector: watch.detector.init(watch.config),
    isFresh: true,
    memory: calm,
    alert: null,
    about: null,
    parked: null,
    anew: null,
  };
}
