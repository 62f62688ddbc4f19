import { type Alert, isMeasured } from '../model/alert.ts';
import type { Transition } from '../model/transition.ts';

/**
 * An alert after one of its transitions; `before` is `null` when it was just raised. Doing a sequence of transitions again
 * over its own result changes nothing: a commit whose outcome is unknown can be repeated.
 */
export function advance(before: Alert | null, transition: Transition): Alert {
  const { effect, finding, by } = transition;
  const at = Math.floor(transition.at);
  if (effect === 'corrected' && before !== null) return before; // it is the journal's alone
  const isAgain = effect === 'raised again' || effect === 're-alarmed';
  const known = before ?? firstOf(transition);
  // How long a link has been silent stands in the explanation; it is no value of any tag.
  const measured = isMeasured(transition.kind) ? finding : null;
  return {
    ...known,
    state: transition.state,
    level: transition.level ?? known.level,
    priority: transition.priority,
    returnedAt: isAgain ? null : effect === 'returned' ? at : known.returnedAt,
    clearedAt: isAgain ? null : effect === 'cleared' ? at : known.clearedAt,
    acknowledgedAt: isAgain ? null : (known.acknowledgedAt ?? (by !== null ? at : null)), // who resets does not acknowledge
    acknowledgedBy: isAgain ? null : (known.acknowledgedBy ?? by),
    value: measured?.value ?? known.value,
    limit: measured?.limit ?? known.limit,
    explanation: finding?.explanation || known.explanation,
    // What is found on the way back is no fault any more.
    fault: finding === null || effect === 'returned' || effect === 'cleared' ? known.fault : finding.fault,
    rul: finding === null ? known.rul : transition.rul,
  };
}

function firstOf(transition: Transition): Alert {
  const { alert, rule, kind, tag, asset, source, state, priority, raisedAt, effect, at } = transition;
  const endedAt = transition.endedAt ?? null;
  return {
    id: alert,
    rule,
    kind,
    tag,
    asset,
    source,
    state,
    level: null,
    priority,
    raisedAt: Math.floor(raisedAt),
    returnedAt: endedAt === null ? null : Math.floor(endedAt),
    clearedAt: effect === 'corrected' ? Math.floor(endedAt ?? at) : null,
    acknowledgedAt: null,
    acknowledgedBy: null,
    value: null,
    limit: null,
    explanation: '',
    workOrder: null,
  };
}
