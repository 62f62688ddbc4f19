import { Webhook } from 'standardwebhooks';
import type { DueDelivery } from '../model/delivery.ts';
import type { EpochMs } from '../model/reading.ts';

/** Headers by which a receiver knows that a message is ours, unchanged and recent. */
export interface SignedHeaders extends Record<string, string> {
  readonly 'webhook-id': string;
  readonly 'webhook-timestamp': string;
  readonly 'webhook-signature': string;
}

/**
 * Signs a delivery by the Standard Webhooks specification, once per secret, so that a receiver which knows only the old
 * or only the new one verifies it while a secret is rotated. The id stays the same over all attempts.
 * Null when a secret is missing or is no base64.
 */
export function sign(delivery: Pick<DueDelivery, 'id' | 'body' | 'secrets'>, at: EpochMs): SignedHeaders | null {
  if (delivery.secrets.length === 0) return null;
  try {
    const signatures = delivery.secrets.map((secret) =>
      new Webhook(secret).sign(delivery.id, new Date(at), delivery.body),
    );
    return {
      'webhook-id': delivery.id,
      'webhook-timestamp': String(Math.floor(at / 1_000)),
      'webhook-signature': signatures.join(' '),
    };
  } catch {
    return null; // the library only says that base64 is wrong, and might one day quote it
  }
}
