import { type AlertMemory, calm } from '../../rules/alert-state.ts';
import type { Alert } from '../model/alert.ts';
import type { EnginePlan, Watch } from './compile.ts';
import type { CellSnapshot, EngineSnapshot } from './snapshot.ts';

/** A rule that held up all others until the engine's thread was ended, and its alerts that people know to be open. */
export interface OverrunRule {
  readonly rule: string;
  /** Of the rule's first watch: once the rule is changed, it may run again. */
  readonly fingerprint: string;
  readonly reason: string;
  readonly alerts: readonly Alert[];
}

/**
 * A snapshot in which these rules are switched off and their alerts stand as they were told last. The snapshot is older than
 * what was told, and a rule that is off will not say it again: without this, its alerts would seem to have gone.
 */
export function withOverruns(
  snapshot: EngineSnapshot,
  { watches }: Pick<EnginePlan, 'watches'>,
  overruns: readonly OverrunRule[],
): EngineSnapshot {
  const switchedOff = overruns.flatMap(({ rule, fingerprint, reason, alerts }) => {
    const its = watches.filter((watch) => watch.rule === rule);
    return its[0]?.fingerprint === fingerprint ? its.map((watch) => switchOff(watch, reason, alerts)) : [];
  });
  // Behind all others: what is restored last holds.
  const cell: CellSnapshot = { asset: '', part: 0, tags: [], watches: switchedOff };
  return { ...snapshot, cells: [...snapshot.cells, cell] };
}

function switchOff(watch: Watch, reason: string, alerts: readonly Alert[]): CellSnapshot['watches'][number] {
  const alert = alerts.find(({ tag }) => tag === watch.tag.name);
  return {
    key: watch.key,
    fingerprint: watch.fingerprint,
    detector: watch.detector.init(watch.config),
    memory: alert ? memoryOf(alert) : calm,
    alert: alert?.id ?? null,
    parked: reason,
  };
}

/** Without running delays: nobody judges any more. */
function memoryOf({ state, level, raisedAt, returnedAt, acknowledgedAt, ...alert }: Alert): AlertMemory {
  const { value, limit, explanation, rul } = alert;
  return {
    ...calm,
    state,
    since: Math.max(raisedAt, returnedAt ?? raisedAt, acknowledgedAt ?? raisedAt),
    raisedAt,
    awaitsReset: state === 'acknowledged' && returnedAt !== null, // it returned before: only a reset is missing
    level,
    finding: value === null || limit === null ? null : { value, limit, explanation },
    rul,
  };
}
