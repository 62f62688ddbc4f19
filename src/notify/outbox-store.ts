import type { DueDelivery } from '../model/delivery.ts';
import { isOurs } from '../model/errors.ts';
import type { Database } from '../store/database.ts';
import { type ClaimedDelivery, claimDeliveries, type Delivery, finishDelivery } from '../store/deliveries.ts';
import { disableWebhook } from '../store/webhooks.ts';
import type { OutboxStore } from './outbox.ts';
import type { SecretBox } from './secrets.ts';

/** Keeps the outbox in the database; `onFinished` gets each delivery as it stands after an attempt. */
export function createOutboxStore(
  database: Database,
  secrets: SecretBox,
  onFinished: (delivery: Delivery) => void,
): OutboxStore {
  return {
    claimDue: async (at, limit, leaseMs) =>
      (await claimDeliveries(database, at, limit, leaseMs)).map((delivery) => dueOf(secrets, delivery)),
    finish: async (id, result) => {
      const delivery = await finishDelivery(database, id, result);
      if (delivery) onFinished(delivery);
    },
    disableWebhook: (id, reason) => disableWebhook(database, id, reason),
  };
}

/** A claimed delivery as the sender takes it. */
export function dueOf(secrets: SecretBox, { sealedSecret, ...delivery }: ClaimedDelivery): DueDelivery {
  return { ...delivery, secrets: unseal(secrets, sealedSecret) };
}

/** The secrets of an endpoint. One sealed under another key file costs its own webhook its messages, and no other. */
export function unseal(secrets: SecretBox, sealed: string): string[] {
  try {
    return [secrets.decrypt(sealed)];
  } catch (error) {
    if (isOurs(error)) return []; // the sender answers for a delivery without a secret
    throw error;
  }
}
