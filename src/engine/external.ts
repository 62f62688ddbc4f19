import { type AlertEvent, type AlertMemory, type AlertTransition, calm, step } from '../../rules/alert-state.ts';
import { NORMAL, UNKNOWN } from '../../rules/verdict.ts';
import { type Finding, PRIORITIES, type Priority } from '../model/alert.ts';
import type { AlertCommand, ExternalEvent } from '../model/log-record.ts';
import type { EpochMs } from '../model/reading.ts';
import type { SourceCondition } from '../model/source-event.ts';
import type { Transition } from '../model/transition.ts';

/** Name under which the alarms of sources are listed. */
export const EXTERNAL_RULE = 'external';

/** One alarm of a source that is an alert here, as plain JSON. */
export interface ExternalState {
  readonly source: string;
  /** The source's; absent: written before it was remembered. */
  readonly sourceKind?: string;
  /** As the source told of it last. */
  readonly said: SourceCondition;
  readonly alert: string;
  readonly memory: AlertMemory;
}

/** Where in the log something happened, and how ids are made there. */
export interface ExternalContext {
  readonly position: number;
  idOf(key: string, raisedAt: EpochMs): string;
}

/** Most alerts of one source that are open at a time: all of them are in every checkpoint. */
export const MAX_OPEN = 10_000;

/** The source has waited already; it says itself when its alarm began and ended. */
const AT_ONCE = { onDelayMs: 0, offDelayMs: 0 };
const GONE: Step = { event: { kind: 'condition', verdict: NORMAL }, note: 'the source no longer reports it' };

/**
 * The alarms that sources raised themselves, each through the same machine as an alert of ours. Remembers those that are
 * open and nothing of the others. A lost link changes nothing: what the source still reports afterwards goes on, the rest
 * returns.
 */
export class ExternalAlerts {
  readonly #open = new Map<string, ExternalState>();
  readonly #kinds: ReadonlyMap<string, string>;

  /** `kinds`: the kind of each source of the plant, by its id. */
  constructor(kinds: ReadonlyMap<string, string>) {
    this.#kinds = kinds;
  }

  /** Takes what a source said; gives what follows. */
  apply({ source, at, said }: ExternalEvent, context: ExternalContext): Transition[] {
    if (said.kind === 'condition') {
      const isNew = said.state === 'active' && !this.#open.has(keyOf({ source, said }));
      const room = isNew ? this.#makeRoom(source, { ...context, at }) : [];
      return [...room, ...this.#condition(source, said, context)];
    }
    const standing = new Set(said.keys);
    return [...this.#open.values()]
      .filter((each) => each.source === source && !standing.has(each.said.key))
      .flatMap((gone) => this.#move(gone, [GONE], { ...context, at }));
  }

  /** Does what an operator said to an alert; `null` when it is none of these. None of them is latched here. */
  command(
    { kind, alert, by, at, note }: Omit<AlertCommand, 'commandId'>,
    context: ExternalContext,
  ): Transition[] | null {
    const state = [...this.#open.values()].find((each) => each.alert === alert);
    if (!state) return null;
    return this.#move(state, [{ event: { kind, by }, note: note ?? null }], { ...context, at });
  }

  /** The alerts that are open, each as if it were raised now. */
  open(position: number): Transition[] {
    return [...this.#open.values()].map((each) => {
      const { state, since, raisedAt, level, finding } = each.memory;
      const raised = { effect: 'raised', state, at: raisedAt ?? since, level, finding, by: null } as const;
      return transitionOf(each, raised, { position, note: null });
    });
  }

  snapshot(): readonly ExternalState[] {
    return [...this.#open.values()];
  }

  /** Takes a snapshot up again, less the alarms of sources that the plant no longer has, or has as another kind. */
  restore(states: readonly ExternalState[]): void {
    this.#open.clear();
    for (const state of states) {
      const kind = this.#kinds.get(state.source);
      if (kind !== undefined && kind === (state.sourceKind ?? kind)) this.#open.set(keyOf(state), state);
    }
  }

  /**
   * Where a source has as many alerts as it may, the oldest gives way: one that returned before one that stands. Some
   * servers name each occurrence anew, and what nobody acknowledges would stay for good.
   */
  #makeRoom(source: string, { at, position }: ExternalContext & { readonly at: EpochMs }): Transition[] {
    if (this.#open.size < MAX_OPEN) return [];
    const open = [...this.#open.values()].filter((each) => each.source === source);
    if (open.length < MAX_OPEN) return [];
    const oldest = open.reduce((first, each) => (givesWayBefore(each, first) ? each : first));
    this.#open.delete(keyOf(oldest));
    const { level, finding, since } = oldest.memory;
    const cleared = {
      effect: 'cleared',
      state: 'normal',
      at: Math.max(at, since),
      level,
      finding,
      by: null,
    } as const;
    const note = `${MAX_OPEN} alerts of ${source} were open: the oldest gave way to a new one`;
    return [transitionOf(oldest, cleared, { position, note })];
  }

  #condition(source: string, said: SourceCondition, context: ExternalContext): Transition[] {
    const key = keyOf({ source, said });
    const known = this.#open.get(key);
    if (said.state !== 'active')
      return known ? this.#move(known, stepsOf(source, said), { ...context, at: said.at }) : [];
    const alert = known?.alert ?? context.idOf(`${key}|${context.position}`, said.at);
    // It falls only with the end of the alert: whoever was told that it began must be told that it ended.
    const priority = known ? higher(known.said.priority, said.priority) : said.priority;
    const sourceKind = this.#kinds.get(source);
    const now = {
      source,
      ...(sourceKind && { sourceKind }),
      alert,
      memory: known?.memory ?? calm,
      said: { ...said, priority },
    };
    const transitions = this.#move(now, stepsOf(source, said), { ...context, at: said.at });
    if (!known || priority === known.said.priority || transitions.length > 0) return transitions;
    const at = Math.max(said.at, known.memory.since);
    const { state } = this.#open.get(key)!.memory; // without a transition it is still open
    const changed = { effect: 'changed', state, at, level: said.level, finding: findingOf(said), by: null } as const;
    return [transitionOf(this.#open.get(key)!, changed, { ...context, note: null })]; // without a transition it is still open
  }

  #move(
    state: ExternalState,
    steps: readonly Step[],
    { at, position }: ExternalContext & { readonly at: EpochMs },
  ): Transition[] {
    let moved = state;
    const transitions: Transition[] = [];
    for (const { event, note } of steps) {
      const { memory, effects } = step(moved.memory, event, at, AT_ONCE);
      const raisedAt = memory.raisedAt ?? moved.memory.raisedAt;
      moved = { ...moved, memory };
      for (const effect of effects) {
        transitions.push(transitionOf({ ...moved, memory: { ...memory, raisedAt } }, effect, { position, note }));
      }
    }
    if (moved.memory.state === 'normal') this.#open.delete(keyOf(moved));
    else this.#open.set(keyOf(moved), moved);
    return transitions;
  }
}

/** One thing that moves an alert, and what its journal says about it. */
interface Step {
  readonly event: AlertEvent;
  readonly note: string | null;
}

function keyOf({ source, said }: { readonly source: string; readonly said: SourceCondition }): string {
  return `${EXTERNAL_RULE}|${source}|${said.key}`;
}

/** First how the condition stands, then that somebody has seen it: what came and went while we were away is both. */
function stepsOf(source: string, said: SourceCondition): Step[] {
  const condition: Step = { event: conditionOf(said), note: null };
  if (said.acknowledged === null) return [condition];
  const { by, note } = said.acknowledged;
  return [condition, { event: { kind: 'acknowledge', by: by === null ? `at ${source}` : `${by} at ${source}` }, note }];
}

function givesWayBefore({ memory: a }: ExternalState, { memory: b }: ExternalState): boolean {
  const isReturned = a.state === 'returned';
  return isReturned === (b.state === 'returned') ? a.since < b.since : isReturned;
}

function higher(a: Priority, b: Priority): Priority {
  return PRIORITIES.indexOf(a) > PRIORITIES.indexOf(b) ? a : b;
}

function conditionOf(said: SourceCondition): AlertEvent {
  switch (said.state) {
    case 'inactive':
      return { kind: 'condition', verdict: NORMAL };
    case 'unknown':
      return { kind: 'condition', verdict: UNKNOWN };
    case 'active': {
      const finding = findingOf(said);
      const level = said.level === null ? {} : { level: said.level };
      return { kind: 'condition', verdict: { state: 'abnormal', score: 1, ...level, finding } };
    }
  }
}

function findingOf({ from, name, message, severity }: SourceCondition): Finding {
  const subject = [from, name].filter((text) => text !== '').join(' ');
  const said = [subject, message].filter((text) => text !== '').join(': ');
  const explanation = severity === null ? said : `${said} (severity ${severity})`;
  return { value: severity ?? 0, limit: 0, explanation };
}

function transitionOf(
  { source, said, alert, memory }: ExternalState,
  effect: AlertTransition,
  { position, note }: Pick<ExternalContext, 'position'> & { readonly note: string | null },
): Transition {
  const { subject, priority } = said;
  const tag = subject && 'tag' in subject ? subject.tag : null;
  return {
    alert,
    rule: EXTERNAL_RULE,
    kind: 'external',
    tag,
    asset: tag === null ? (subject && 'asset' in subject ? subject.asset : null) : tag.slice(0, tag.indexOf('.')),
    source,
    priority,
    workOrder: null,
    effect: effect.effect,
    state: effect.state,
    at: effect.at,
    raisedAt: memory.raisedAt ?? effect.at,
    level: effect.level,
    finding: effect.finding,
    by: effect.by,
    note,
    position,
  };
}
