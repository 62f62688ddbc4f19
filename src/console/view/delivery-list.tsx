import type { Delivery } from '../api.generated.ts';
import { deliveryWords } from '../text/state-words.ts';
import { epochOf } from '../text/time-text.ts';
import { useConsole } from './console-context.ts';

/** Lists the messages an alert led to: what was said, to whom, and whether it arrived. */
export function DeliveryList({ deliveries }: { readonly deliveries: readonly Delivery[] }) {
  const { state } = useConsole();
  const { clock, nowMs } = state;
  return (
    <section>
      <h2 class="section-title">Webhooks</h2>
      {deliveries.length === 0 && <p class="empty">No webhook was to be sent.</p>}
      <ul class="deliveries">
        {deliveries.map((delivery) => (
          <li key={delivery.id}>
            <span class={`chip delivery-${delivery.state}`}>{deliveryWords(delivery)}</span>{' '}
            <strong>{delivery.effect}</strong>
            <span class="muted">
              {' '}
              {clock.value.when(epochOf(delivery.deliveredAt ?? delivery.createdAt), nowMs.value)}
              {delivery.lastStatus !== null && `, answer ${delivery.lastStatus}`}
            </span>
            <span class="delivery-url">{delivery.url}</span>
            {delivery.state !== 'delivered' && delivery.lastReason !== null && (
              <span class="trouble">{delivery.lastReason}</span>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
