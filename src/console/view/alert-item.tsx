import type { Alert } from '../api.generated.ts';
import { stageOf } from '../state/alert-stage.ts';
import { firstOutWords } from '../state/first-out.ts';
import { linkTo } from '../state/route.ts';
import { partsOf } from '../text/explanation.ts';
import { alertKindWords, alertStageWords } from '../text/state-words.ts';
import { epochOf, sayAge } from '../text/time-text.ts';
import { AcknowledgeButton } from './acknowledge-button.tsx';
import { useConsole } from './console-context.ts';
import { DeliveryChip } from './delivery-chip.tsx';
import { PriorityFlag } from './priority-shape.tsx';

/** Id of the link that opens an alert; `j` and `k` move the focus to it. */
export function alertLinkId(id: string): string {
  return `alert-link-${id}`;
}

/**
 * Shows one alert in the list: how bad, where, why, since when, what was done about it. While the alert is open beside
 * the list, its button and state are there and not here: one thing, one place.
 */
export function AlertItem({ alert }: { readonly alert: Alert }) {
  const { state } = useConsole();
  const route = state.route.value;
  const isOpen = route.page === 'alert' && route.id === alert.id;
  const isSelected = route.page === 'alert' ? isOpen : state.selectedAlert.value === alert.id;
  const asset = state.assets.value.find((one) => one.id === alert.asset);
  const raisedMs = epochOf(alert.raisedAt);
  const kind = alertKindWords(alert.kind);
  const firstOut = firstOutWords(alert, state.alerts.value.values());
  return (
    <li
      class={`alert edge-${alert.state === 'normal' ? 'none' : alert.priority} state-${alert.state}`}
      data-testid={`alert-${alert.id}`}
      data-selected={isSelected ? 'yes' : undefined}
    >
      <div class="alert-head">
        <PriorityFlag priority={alert.priority} state={alert.state} />
        {kind !== '' && <span class="chip">{kind}</span>}
        {firstOut !== null && <span class="chip">{firstOut}</span>}
        <time class="alert-age" dateTime={alert.raisedAt} title={state.clock.value.when(raisedMs, state.nowMs.value)}>
          {sayAge(raisedMs, state.nowMs.value)}
        </time>
      </div>
      <a
        class="alert-link"
        id={alertLinkId(alert.id)}
        href={linkTo({ page: 'alert', id: alert.id })}
        aria-current={isOpen ? 'page' : undefined}
      >
        <strong class="alert-asset">{asset?.name ?? alert.asset ?? alert.source ?? 'Plant'}</strong>
        <span class="alert-why">{partsOf(alert.explanation).headline}</span>
      </a>
      <div class="alert-act">
        <div class="alert-foot">
          <span
            class={`chip state-chip state-${stageOf(alert)}`}
            data-testid={isOpen ? undefined : `alert-state-${alert.id}`}
            data-state={alert.state}
          >
            {alertStageWords(stageOf(alert))}
          </span>
          {alert.workOrder !== null && (
            <a
              class="chip chip-link"
              href={linkTo({ page: 'work-order', id: alert.workOrder })}
              data-testid={route.page === 'plant' ? `work-order-${alert.workOrder}` : undefined}
            >
              {alert.workOrder}
            </a>
          )}
          <DeliveryChip deliveries={state.deliveriesByAlert.value.get(alert.id) ?? []} />
        </div>
        {!isOpen && <AcknowledgeButton alert={alert} note={null} hook={`acknowledge-${alert.id}`} />}
      </div>
    </li>
  );
}
