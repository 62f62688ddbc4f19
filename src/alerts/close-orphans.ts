import type { Alert } from '../model/alert.ts';
import type { EpochMs } from '../model/reading.ts';
import type { Transition } from '../model/transition.ts';
import { listAlerts } from '../store/alerts.ts';
import type { Session } from '../store/database.ts';

/** Most alerts closed in one go; more are closed at the next start. */
const MAX_ORPHANS = 10_000;

/**
 * The closing of alerts that are open in the store, but that the engine does not have open: their rule was changed or
 * removed, or the readings log they came from is gone. Journaled and told to people like any other transition.
 */
export async function closeOrphans(
  session: Session,
  openInEngine: ReadonlySet<string>,
  context: OrphanContext,
): Promise<Transition[]> {
  const open = await listAlerts(session, { state: 'active', limit: MAX_ORPHANS });
  return open.filter(({ id }) => !openInEngine.has(id)).map((alert) => closing(alert, context));
}

/** When and where in the log they are closed, and why as far as the engine knows: by alert. */
interface OrphanContext {
  readonly at: EpochMs;
  readonly position: number;
  readonly reasons: ReadonlyMap<string, string>;
}

function closing(alert: Alert, { at, position, reasons }: OrphanContext): Transition {
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
    note: reasons.get(alert.id) ?? 'its rule or source was changed or removed, or its history is gone',
    position,
  };
}
