import type { CorrectionEvent } from '../../model/log-record.ts';
import type { EpochMs } from '../../model/reading.ts';
import { formatTime } from '../../model/time.ts';
import type { JournaledAlert } from '../../store/alert-history.ts';
import type { Change } from '../backtest/compare.ts';
import type { Episode } from '../backtest/episodes.ts';
import { alertIdOf } from '../transitions.ts';

/** One line that a correction adds to an alert's journal. */
type Correction = CorrectionEvent['transitions'][number];

/** What changes are held against. */
export interface CorrectionContext {
  /** The alerts of that time, as people were told of them. */
  readonly journal: readonly JournaledAlert[];
  readonly logId: string;
  /** When it is journaled. */
  readonly at: EpochMs;
}

/** Most corrections of one review: they are one record of the log. */
export const MAX_CORRECTIONS = 200;

/** Beginnings closer than this are the same: the clock's record comes once a second. */
const SAME_MS = 1_000;

/**
 * What late readings change in what was told: `changes` from history without them to history with them. A correction moves no alert:
 * it says in the journal what would have been different, or, where no alert was raised, leaves one behind that has ended. What the
 * journal says already is no correction. Oldest first.
 */
export function findCorrections(changes: readonly Change[], context: CorrectionContext): readonly Correction[] {
  const alerts = bySubject(context.journal);
  const stays = bySubject(changes.flatMap(({ now }) => now ?? []));
  const stood = bySubject(changes.flatMap(({ before }) => before ?? []));
  return changes.flatMap((change) => {
    const subject = subjectOf(change.now ?? change.before);
    const own = {
      journal: alerts.get(subject) ?? [],
      stays: stays.get(subject) ?? [],
      stood: stood.get(subject) ?? [],
    };
    return correctionOf(change, { ...context, ...own }) ?? [];
  });
}

/** What a rule watches. */
type Subject = Pick<Episode, 'rule' | 'tag'>;

function subjectOf({ rule, tag }: Subject): string {
  return `${rule}|${tag ?? ''}`;
}

/** Late readings of an hour can change a thousand episodes, and the journal may hold ten thousand alerts. */
function bySubject<T extends Subject>(all: readonly T[]): ReadonlyMap<string, readonly T[]> {
  const found = new Map<string, T[]>();
  for (const each of all) {
    const subject = subjectOf(each);
    const known = found.get(subject);
    if (known) known.push(each);
    else found.set(subject, [each]);
  }
  return found;
}

/** `journal`, `stays`, all that there is with the late readings, and `stood`, without them, of what the change is about. */
function correctionOf(
  change: Change,
  context: CorrectionContext & { readonly stays: readonly Episode[]; readonly stood: readonly Episode[] },
): Correction | null {
  const { before, now, kind } = change;
  const near = context.journal.filter((alert) => isOf(alert, before) || (isOf(alert, now) && !isAnother(alert, now)));
  const known =
    [now, before].flatMap((each) => near.find((alert) => each && wasRaised(alert, each.from)) ?? [])[0] ?? near[0];
  switch (kind) {
    case 'gone':
      if (!known || !wasRaised(known, before.from) || context.stays.some((each) => isSame(each, before))) return null;
      return noteOn(known, before, { ...context, note: 'late readings show that it would not have been raised' });
    case 'same':
      if (!known || now.level === null || now.level === before.level || known.levels.includes(now.level)) return null;
      return noteOn(known, now, { ...context, note: `late readings show that it would have reached ${now.level}` });
    case 'earlier':
    case 'later':
    case 'new': {
      if (known && wasRaised(known, now.from)) return null;
      if (known) return noteOn(known, now, { ...context, note: sayBeginning(known, now) });
      // Without them it would have been there, too, if in one with what was before: why it was not told, they cannot say. So it
      // is with history that was imported, and that late readings only cut in two.
      return kind === 'new' && !context.stood.some((each) => isWithin(each, now.from)) ? missed(now, context) : null;
    }
  }
}

function isOf({ rule, tag, raisedAt, endedAt }: JournaledAlert, episode: Episode | null): boolean {
  if (episode === null || rule !== episode.rule || tag !== episode.tag) return false;
  const to = episode.to ?? Number.POSITIVE_INFINITY;
  return raisedAt <= to + SAME_MS && (endedAt ?? Number.POSITIVE_INFINITY) >= episode.from - SAME_MS;
}

/** One that a correction left behind was there without these late readings, too: nothing that is new is part of it. */
function isAnother(alert: JournaledAlert, now: Episode | null): boolean {
  return now !== null && alert.raised.length === 0 && !wasRaised(alert, now.from);
}

/** An alert that a correction left behind was not raised, but was told. */
function wasRaised({ raised, raisedAt }: JournaledAlert, at: EpochMs): boolean {
  return [raisedAt, ...raised].some((each) => Math.abs(each - at) <= SAME_MS);
}

function isSame(a: Episode, b: Episode): boolean {
  return a.rule === b.rule && a.tag === b.tag && Math.abs(a.from - b.from) <= SAME_MS;
}

function isWithin({ from, to }: Episode, at: EpochMs): boolean {
  return at >= from - SAME_MS && at <= (to ?? Number.POSITIVE_INFINITY) + SAME_MS;
}

function sayBeginning({ raised, raisedAt }: JournaledAlert, { from }: Episode): string {
  const next = raised.find((each) => each > from) ?? raised.at(-1) ?? raisedAt;
  const seconds = Math.round(Math.abs(next - from) / 1_000);
  const where = next > from ? `${seconds} s earlier` : `${seconds} s later`;
  return `late readings show that it would have been raised ${where}, at ${formatTime(from)}`;
}

function noteOn(
  { id, raisedAt, corrections }: JournaledAlert,
  episode: Episode,
  { at, note }: { readonly at: EpochMs; readonly note: string },
): Correction | null {
  if (corrections.includes(note)) return null;
  return { ...aboutOf(episode), alert: id, at, raisedAt, level: null, finding: null, note };
}

/** An alert that nobody was told of: it has ended when it gets known. */
function missed(episode: Episode, { at, logId }: CorrectionContext): Correction {
  const { rule, tag, from, to, level, value, limit, explanation } = episode;
  const until = to === null ? ', though what came in time did not raise it' : ` and lasted until ${formatTime(to)}`;
  return {
    ...aboutOf(episode),
    alert: alertIdOf(logId, `correction|${rule}|${tag}`, from),
    at,
    raisedAt: from,
    endedAt: to,
    level,
    finding: value === null || limit === null ? null : { value, limit, explanation },
    note: `late readings show that it would have been raised at ${formatTime(from)}${until}`,
  };
}

function aboutOf({ rule, kind, tag, asset, priority }: Episode) {
  return {
    rule,
    kind,
    tag,
    asset,
    source: null,
    priority,
    workOrder: null,
    effect: 'corrected',
    state: 'normal',
    by: null,
  } as const;
}
