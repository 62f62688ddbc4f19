import type { Delivery } from '../api.generated.ts';
import { deliveryWords } from '../text/state-words.ts';

const SIGNS: Readonly<Record<Delivery['state'], string>> = { delivered: '✓', pending: '…', failed: '↻', dead: '✕' };

const RANK: Readonly<Record<Delivery['state'], number>> = { dead: 0, failed: 1, pending: 2, delivered: 3 };

/** Says in one chip whether the messages about an alert arrived; the worst of them counts. Nothing when none was to be sent. */
export function DeliveryChip({ deliveries }: { readonly deliveries: readonly Delivery[] }) {
  const worst = [...deliveries].sort((a, b) => RANK[a.state] - RANK[b.state])[0];
  if (worst === undefined) return null;
  const words =
    worst.state === 'delivered'
      ? 'Webhook delivered'
      : worst.state === 'pending'
        ? 'Webhook waiting'
        : `Webhook ${worst.state === 'failed' ? 'failed, retrying' : 'given up'}`;
  return (
    <span class={`chip delivery-${worst.state}`} title={worst.lastReason ?? deliveryWords(worst)}>
      <span aria-hidden="true">{SIGNS[worst.state]} </span>
      {words}
    </span>
  );
}
