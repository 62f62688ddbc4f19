import type { Alert } from '../model/alert.ts';
import type { Transition } from '../model/transition.ts';
import { listAlerts } from '../store/alerts.ts';
import type { Database } from '../store/database.ts';
import { type CommitContext, type CommittedTransition, commitTransitions } from './commit.ts';

/** Most alerts closed in one go; more are closed at the next start. */
const MAX_ORPHANS = 10_000;

/**
 * Closes alerts that are open in the store, but that the engine does not have open: their rule was changed or removed, or
 * the readings log they came from is gone. Journaled and told to people like any other transition.
 */
export async function closeOrphans(
  database: Database,
  openInEngine: ReadonlySet<string>,
  context: CommitContext,
): Promise<CommittedTransition[]> {
  const open = await listAlerts(database, { state: 'active', limit: MAX_ORPHANS });
  const orphans = open.filter(({ id }) => !openInEngine.has(id));
  if (orphans.length === 0) return [];
  return commitTransitions(
    database,
    orphans.map((alert) => closing(alert, context)),
    context,
  );
}

function closing(alert: Alert, { at, position }: CommitContext): Transition {
  const { rule, kind, tag, asset, source, priority, raisedAt } = alert;
  return {
    alert: alert.id,
    rule,
    kind,
    tag,
    asset,
    source,
    priority,
    workOrder: null,
    effect: 'cleared',
    state: 'normal',
    at,
    raisedAt,
    level: null,
    finding: null,
    by: null,
    note: 'the rule was changed or removed, or its history is gone',
    position,
  };
}
