// Written from the OpenAPI document. Do not edit.

export interface Session {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly csrfToken: string;
}

export interface Plant {
  readonly name: string;
  readonly timezone: string;
  readonly store: { readonly edition: string };
  readonly startedAt: string;
  readonly version: string;
}

export interface Asset {
  readonly id: string;
  readonly name: string;
  readonly parent: string | null;
  readonly class: string | null;
  readonly criticality: 'A' | 'B' | 'C' | null;
  readonly tags: readonly string[];
}

export interface ReadingItem {
  readonly at: string;
  readonly value: number | null;
  readonly quality: 'good' | 'uncertain' | 'bad';
}

export interface Tag {
  readonly name: string;
  readonly asset: string;
  readonly unit: string | null;
  readonly source: string | null;
  readonly range: readonly number[] | null;
  readonly latest: ReadingItem | null;
  readonly limits: readonly {
    readonly rule: string;
    readonly level: 'HH' | 'H' | 'L' | 'LL';
    readonly value: number;
  }[];
}

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
  readonly raisedAt: string;
  readonly returnedAt: string | null;
  readonly clearedAt: string | null;
  readonly acknowledgedAt: string | null;
  readonly acknowledgedBy: string | null;
  readonly value: number | null;
  readonly limit: number | null;
  readonly explanation: string;
  readonly workOrder: string | null;
}

export interface AlertDetail extends Alert {
  readonly events: readonly {
    readonly at: string;
    readonly effect: string;
    readonly by: string | null;
    readonly note: string | null;
    readonly level: string | null;
    readonly value: number | null;
    readonly limit: number | null;
    readonly explanation: string | null;
  }[];
}

export interface WorkOrder {
  readonly id: string;
  readonly number: string;
  readonly state: 'open' | 'in progress' | 'done' | 'cancelled';
  readonly asset: string | null;
  readonly title: string;
  readonly description: string;
  readonly failureMode: string;
  readonly priority: 'low' | 'medium' | 'high' | 'critical';
  readonly createdAt: string;
  readonly dueAt: string | null;
  readonly alerts: readonly string[];
}

export interface Delivery {
  readonly id: string;
  readonly webhookId: string;
  readonly alert: string;
  readonly effect: string;
  readonly state: 'pending' | 'delivered' | 'failed' | 'dead';
  readonly attempts: number;
  readonly createdAt: string;
  readonly deliveredAt: string | null;
  readonly lastStatus: number | null;
  readonly lastReason: string | null;
  readonly url: string | null;
  readonly nextAt: string | null;
}

export interface Source {
  readonly id: string;
  readonly kind: string;
  readonly state: 'connecting' | 'up' | 'waiting' | 'listening' | 'stopped';
  readonly since: string;
  readonly lastSuccess: string | null;
  readonly nextAttempt: string | null;
  readonly attempts: number;
  readonly lastError: { readonly code: string; readonly message: string; readonly at: string } | null;
  readonly counts: {
    readonly accepted: number;
    readonly discarded: Readonly<Record<string, number>>;
    readonly requests: number;
    readonly failures: number;
  };
  readonly tags: number;
}
