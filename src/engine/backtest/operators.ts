import { type AlertMemory, calm } from '../../../rules/alert-state.ts';
import type { EpochMs } from '../../model/reading.ts';
import type { AlertLine } from '../../store/alert-lines.ts';
import type { EnginePlan } from '../compile.ts';
import type { CellSnapshot, EngineSnapshot } from '../snapshot.ts';

/** What somebody did about whatever alert a rule had on a tag at that time. */
export interface Deed {
  readonly kind: 'acknowledge' | 'reset';
  readonly rule: string;
  readonly tag: string | null;
  readonly at: EpochMs;
  readonly by: string;
}

/** An alert that was open where history begins. */
export interface StandingAlert {
  readonly alert: string;
  readonly rule: string;
  readonly tag: string | null;
  readonly memory: AlertMemory;
}

/** What history needs besides readings, for its alerts to be those of that time. */
export interface Operators {
  readonly standing: readonly StandingAlert[];
  /** Oldest first. */
  readonly deeds: readonly Deed[];
}

/** What was open at `begin`, and what people did from then on, by the journal: `lines` in its order. */
export function operatorsIn(lines: readonly AlertLine[], begin: EpochMs): Operators {
  const standing = new Map<string, StandingAlert>();
  const memories = new Map<string, AlertMemory | null>();
  const deeds: Deed[] = [];
  const reached = new Map<string, EpochMs>();
  const nextOf = nextByItself(lines);
  for (const [i, line] of lines.entries()) {
    const { alert, rule, tag, effect, by } = line;
    const before = memories.get(alert) ?? null;
    const subject = subjectOf(line);
    // Delays run in the time of the device, and people act in ours: what tells is what came before and what after it.
    const since = reached.get(subject) ?? line.at;
    const at = by === null ? line.at : Math.min(line.at < since ? since + 1 : line.at, nextOf[i]!);
    reached.set(subject, at);
    const after = memoryAfter(before, { ...line, at });
    memories.set(alert, after);
    if (at >= begin) {
      if (by === null || before === null) continue;
      const kind = effect === 'cleared' && before.awaitsReset ? 'reset' : 'acknowledge';
      deeds.push({ kind, rule, tag, at, by });
    } else if (after === null) standing.delete(alert);
    else standing.set(alert, { alert, rule, tag, memory: after });
  }
  return { standing: [...standing.values()], deeds: deeds.sort((a, b) => a.at - b.at) };
}

/** For each line when its rule next moved by itself on that tag. */
function nextByItself(lines: readonly AlertLine[]): number[] {
  const next = new Map<string, EpochMs>();
  const found: number[] = [];
  for (let i = lines.length - 1; i >= 0; i--) {
    const line = lines[i]!;
    found[i] = next.get(subjectOf(line)) ?? Number.POSITIVE_INFINITY;
    if (line.by === null) next.set(subjectOf(line), line.at);
  }
  return found;
}

function subjectOf({ rule, tag }: Pick<AlertLine, 'rule' | 'tag'>): string {
  return `${rule}|${tag ?? ''}`;
}

/** As the alert machine left it; `null`: it has ended. What a running delay had begun with is not in the journal. */
function memoryAfter(before: AlertMemory | null, { effect, at, raisedAt, level }: AlertLine): AlertMemory | null {
  const known = { ...(before ?? { ...calm, raisedAt }), since: at, level };
  switch (effect) {
    case 'raised':
    case 'raised again':
    case 're-alarmed':
      return { ...known, state: 'unacknowledged', awaitsReset: false, toldAt: at };
    case 'changed':
      return before && { ...known, state: before.state };
    case 'acknowledged': {
      const awaitsReset = before?.state === 'returned';
      return { ...known, state: 'acknowledged', awaitsReset, toldAt: awaitsReset ? null : at };
    }
    case 'returned':
      if (before?.state === 'acknowledged') return { ...known, awaitsReset: true, toldAt: null };
      return { ...known, state: 'returned', toldAt: null };
    case 'cleared':
      return null;
    case 'corrected':
      return before;
  }
}

/** Whether a rule of a plan judges all its tags together, so that it has one alert at a time, whichever tag that is filed under. */
export function joinsIn(plan: EnginePlan): (rule: string) => boolean {
  const keys = new Set(plan.watches.map(({ key }) => key));
  return (rule) => keys.has(`${rule}|*`);
}

/** `fresh`, the snapshot of an engine that has seen nothing yet, with these alerts open. */
export function withStanding(
  fresh: EngineSnapshot,
  standing: readonly StandingAlert[],
  plan: EnginePlan,
): EngineSnapshot {
  const joins = joinsIn(plan);
  const byKey = new Map(standing.map((each) => [`${each.rule}|${joins(each.rule) ? '*' : each.tag}`, each]));
  const policies = new Map(plan.watches.map(({ key, policy }) => [key, policy]));
  const open = (watch: CellSnapshot['watches'][number]): CellSnapshot['watches'][number] => {
    const found = byKey.get(watch.key);
    if (!found) return watch;
    const { alert, tag, memory } = found;
    const toldAt = policies.get(watch.key)?.reAlarmMs === undefined ? null : memory.toldAt;
    return { ...watch, alert, memory: { ...memory, toldAt }, ...(tag !== null && { about: tag }) };
  };
  return { ...fresh, cells: fresh.cells.map((cell) => ({ ...cell, watches: cell.watches.map(open) })) };
}
