// Written from docs/openapi.json by `npm run docs`. Do not edit.

export interface Alert {
  readonly id: string;
  readonly rule: string;
  readonly kind: 'machine' | 'instrument' | 'communications';
  readonly tag: string | null;
  readonly asset: string | null;
  readonly source: string | null;
  readonly state: 'unacknowledged' | 'acknowledged' | 'returned' | 'normal';
  readonly level: 'HH' | 'H' | 'L' | 'LL' | null;
  readonly priority: 'low' | 'medium' | 'high' | 'critical';
  /** RFC 3339, UTC. */
  readonly raisedAt: string;
  /** RFC 3339, UTC. */
  readonly returnedAt: string | null;
  /** RFC 3339, UTC. */
  readonly clearedAt: string | null;
  /** RFC 3339, UTC. */
  readonly acknowledgedAt: string | null;
  readonly acknowledgedBy: string | null;
  readonly value: number | null;
  readonly limit: number | null;
  /** One sentence: what is wrong, with number, unit and limit. */
  readonly explanation: string;
  /** Number of the work order, WO-YYYY-NNNNNN. */
  readonly workOrder: string | null;
}

export interface AlertDetail {
  readonly id: string;
  readonly rule: string;
  readonly kind: 'machine' | 'instrument' | 'communications';
  readonly tag: string | null;
  readonly asset: string | null;
  readonly source: string | null;
  readonly state: 'unacknowledged' | 'acknowledged' | 'returned' | 'normal';
  readonly level: 'HH' | 'H' | 'L' | 'LL' | null;
  readonly priority: 'low' | 'medium' | 'high' | 'critical';
  /** RFC 3339, UTC. */
  readonly raisedAt: string;
  /** RFC 3339, UTC. */
  readonly returnedAt: string | null;
  /** RFC 3339, UTC. */
  readonly clearedAt: string | null;
  /** RFC 3339, UTC. */
  readonly acknowledgedAt: string | null;
  readonly acknowledgedBy: string | null;
  readonly value: number | null;
  readonly limit: number | null;
  /** One sentence: what is wrong, with number, unit and limit. */
  readonly explanation: string;
  /** Number of the work order, WO-YYYY-NNNNNN. */
  readonly workOrder: string | null;
  readonly events: readonly AlertEvent[];
}

export interface AlertEvent {
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly effect: 'raised' | 'raised again' | 'changed' | 'acknowledged' | 'returned' | 'cleared';
  readonly by: string | null;
  readonly note: string | null;
  readonly level: string | null;
  readonly value: number | null;
  readonly limit: number | null;
  readonly explanation: string | null;
}

export interface Asset {
  readonly id: string;
  readonly name: string;
  readonly parent: string | null;
  readonly class: string | null;
  readonly criticality: 'A' | 'B' | 'C' | null;
  readonly tags: readonly string[];
}

export interface CreatedWebhook {
  readonly id: string;
  readonly url: string;
  /** Empty: all. */
  readonly priorities: readonly ('low' | 'medium' | 'high' | 'critical')[];
  readonly origin: 'plant' | 'api';
  readonly enabled: boolean;
  readonly disabledReason: string | null;
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  readonly createdBy: string;
  /** whsec_…: verifies signatures. Shown only now. */
  readonly secret: string;
}

export interface Delivery {
  /** Also the webhook-id header. */
  readonly id: string;
  readonly webhookId: string;
  readonly url: string | null;
  readonly alert: string;
  readonly effect: string;
  readonly state: 'pending' | 'delivered' | 'failed' | 'dead';
  readonly attempts: number;
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  /** RFC 3339, UTC. */
  readonly deliveredAt: string | null;
  /** RFC 3339, UTC. */
  readonly nextAt: string | null;
  readonly lastStatus: number | null;
  readonly lastReason: string | null;
}

export interface Limit {
  readonly rule: string;
  readonly level: 'HH' | 'H' | 'L' | 'LL';
  readonly value: number;
}

export interface Plant {
  readonly name: string;
  readonly timezone: string;
  readonly store: {
    readonly edition: 'timescaledb-community' | 'timescaledb-apache' | 'postgresql';
  };
  /** RFC 3339, UTC. */
  readonly startedAt: string;
  readonly version: string;
}

export interface Problem {
  /** Stable name of the problem. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** What is wrong, and where. */
  readonly detail: string;
  /** What to do about it. */
  readonly action: string;
  /** Machine-readable code. */
  readonly code: string;
  readonly [other: string]: unknown;
}

export interface ReadingItem {
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly value: number | null;
  readonly quality: 'good' | 'uncertain' | 'bad';
}

export interface Readings {
  readonly tag: string;
  readonly unit: string | null;
  /** RFC 3339, UTC. */
  readonly from: string;
  /** RFC 3339, UTC. */
  readonly to: string;
  readonly resolution: 'raw' | 'extremes';
  readonly items: readonly ReadingItem[];
  readonly next: string | null;
}

export interface ReadingsAccepted {
  readonly accepted: number;
  readonly rejected: readonly {
    /** Position in `readings`, or line, from 0. */
    readonly index: number;
    readonly code: string;
    /** What is wrong and what to do. */
    readonly reason: string;
  }[];
}

export interface Session {
  readonly name: string;
  readonly scopes: readonly string[];
  /** To be sent as x-csrf-token with every change. */
  readonly csrfToken: string;
}

export interface Source {
  readonly id: string;
  readonly kind: string;
  readonly state: 'connecting' | 'up' | 'waiting' | 'listening' | 'stopped';
  /** RFC 3339, UTC. */
  readonly since: string;
  /** RFC 3339, UTC. */
  readonly lastSuccess: string | null;
  /** RFC 3339, UTC. */
  readonly nextAttempt: string | null;
  /** Attempts since the link was last up. */
  readonly attempts: number;
  readonly lastError: {
    readonly code: string;
    readonly message: string;
    /** RFC 3339, UTC. */
    readonly at: string;
  } | null;
  readonly counts: {
    readonly accepted: number;
    readonly discarded: Readonly<Record<string, number>>;
    readonly requests: number;
    readonly failures: number;
  };
  readonly tags: number;
}

export interface Tag {
  /** `<asset>.<tag>`. */
  readonly name: string;
  readonly asset: string;
  readonly unit: string | null;
  readonly source: string | null;
  readonly range: readonly [number, number] | null;
  readonly latest: ReadingItem | null;
  /** Limits that rules watch on this tag, for charts. */
  readonly limits: readonly Limit[];
}

export interface Webhook {
  readonly id: string;
  readonly url: string;
  /** Empty: all. */
  readonly priorities: readonly ('low' | 'medium' | 'high' | 'critical')[];
  readonly origin: 'plant' | 'api';
  readonly enabled: boolean;
  readonly disabledReason: string | null;
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  readonly createdBy: string;
}

export interface WorkOrder {
  readonly id: string;
  /** WO-YYYY-NNNNNN. */
  readonly number: string;
  readonly state: 'open' | 'in progress' | 'done' | 'cancelled';
  readonly asset: string | null;
  readonly title: string;
  readonly description: string;
  /** ISO 14224 failure mode. */
  readonly failureMode: string;
  readonly priority: 'low' | 'medium' | 'high' | 'critical';
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  /** RFC 3339, UTC. */
  readonly dueAt: string | null;
  /** Ids of the alerts it answers. */
  readonly alerts: readonly string[];
}
