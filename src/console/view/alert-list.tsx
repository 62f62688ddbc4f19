import { useState } from 'preact/hooks';
import { AlertItem } from './alert-item.tsx';
import { useConsole } from './console-context.ts';
import { LookOnly } from './look-only.tsx';

/** More than this at once is a flood: the rest waits behind a button, so that a phone still reaches the plant below. */
const SHOWN_AT_FIRST = 20;

/** Lists the active alerts, worst first, and below them the last ones that are over. */
export function AlertList() {
  const { state } = useConsole();
  const [isLong, setLong] = useState(false);
  const active = state.active.value;
  const shown = isLong ? active : active.slice(0, SHOWN_AT_FIRST);
  const cleared = state.cleared.value;
  const waiting = active.filter((alert) => alert.state !== 'acknowledged').length;
  return (
    <section aria-labelledby="alerts-title">
      <h2 id="alerts-title" class="pane-title">
        Active alerts <span class="count">{active.length}</span>
        {waiting > 0 && <span class="pane-note">{waiting} not acknowledged</span>}
      </h2>
      {active.length === 0 && <p class="empty">{state.isLoaded.value ? 'No active alerts.' : 'Loading…'}</p>}
      {waiting > 0 && state.route.value.page !== 'alert' && <LookOnly doing="acknowledge" />}
      <ol class="alert-list">
        {shown.map((alert) => (
          <AlertItem key={alert.id} alert={alert} />
        ))}
      </ol>
      {shown.length < active.length && (
        <button type="button" class="button button-wide" onClick={() => setLong(true)}>
          Show all {active.length} alerts
        </button>
      )}
      {cleared.length > 0 && (
        <details class="cleared">
          <summary>
            Recently cleared <span class="count">{cleared.length}</span>
          </summary>
          <ol class="alert-list">
            {cleared.map((alert) => (
              <AlertItem key={alert.id} alert={alert} />
            ))}
          </ol>
        </details>
      )}
    </section>
  );
}
