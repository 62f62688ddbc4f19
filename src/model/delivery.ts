import type { EpochMs } from './reading.ts';

/** `failed` = the last attempt failed and another will follow; `dead` = given up. */
export type DeliveryState = 'pending' | 'delivered' | 'failed' | 'dead';

/** What came of one attempt. Failure of a remote is a value, never a throw. */
export type DeliveryOutcome =
  | { readonly kind: 'delivered'; readonly status: number }
  | {
      readonly kind: 'retry';
      readonly status: number | null;
      readonly reason: string;
      readonly retryAfterMs: number | null;
    }
  | { readonly kind: 'dead'; readonly status: number | null; readonly reason: string }
  /** 410 Gone: the endpoint itself is switched off. */
  | { readonly kind: 'gone'; readonly status: number; readonly reason: string };

/** What became of a delivery by one attempt, to be written down. */
export interface DeliveryResult {
  readonly state: DeliveryState;
  /** Attempts made in all. */
  readonly attempts: number;
  /** HTTP status of the last answer, if there was one. */
  readonly status: number | null;
  readonly reason: string | null;
  /** When the next attempt is due; null when there is none. */
  readonly nextAt: EpochMs | null;
  readonly at: EpochMs;
}

/** One message waiting for one endpoint. */
export interface DueDelivery {
  readonly id: string;
  readonly webhookId: string;
  readonly url: string;
  /** `whsec_…` in clear; several while a secret is being rotated. */
  readonly secrets: readonly string[];
  /** The exact JSON text that is signed and sent. */
  readonly body: string;
  /** Attempts made so far. */
  readonly attempts: number;
  readonly createdAt: EpochMs;
}
