import type { EpochMs } from './reading.ts';
import type { DatedLife } from './remaining-life.ts';

export type Priority = 'low' | 'medium' | 'high' | 'critical';
export const PRIORITIES = ['low', 'medium', 'high', 'critical'] as const satisfies readonly Priority[];

/** ISA-18.2 states, in our words (docs/architecture.md, "The alert machine"). */
export type AlertState = 'normal' | 'pending' | 'unacknowledged' | 'acknowledged' | 'returned';

/** Which limit is exceeded: high-high, high, low, low-low. */
export type Level = 'HH' | 'H' | 'L' | 'LL';

/** Whether it is one of the two outer levels. */
export function isSevere(level: Level | null): level is 'HH' | 'LL' {
  return level === 'HH' || level === 'LL';
}

/** What an alert is about: the machine, the instrument that measures it, the link to it, or an alarm of the source itself. */
export type AlertKind = 'machine' | 'instrument' | 'communications' | 'external';

/** What happened to an alert, journaled and sent out. */
export type AlertEffect =
  | 'raised'
  | 'raised again'
  | 're-alarmed'
  | 'changed'
  | 'acknowledged'
  | 'returned'
  | 'cleared'
  | 'corrected';

/** How much one tag had to do with a finding that was made on several. */
export interface Contribution {
  readonly tag: string;
  /** 0..1; all of one finding add up to 1. */
  readonly share: number;
}

/** One thing a detector saw. */
export interface Finding {
  readonly value: number;
  readonly limit: number;
  /** One sentence a technician would say. */
  readonly explanation: string;
  /** Largest first. */
  readonly contributions?: readonly Contribution[];
  /** What is broken, where the method can say: `bearing-outer`; finds the plan of the job. */
  readonly fault?: string;
  /** How urgent the repair is, where the method can say: the priority of the job. Absent: that of the rule. */
  readonly urgency?: Priority;
}

/** Whether what was found about such an alert is a value of its tag. */
export function isMeasured(kind: AlertKind): boolean {
  return kind === 'machine' || kind === 'instrument';
}

/** An alert as people and other programs see it. */
export interface Alert {
  readonly id: string;
  readonly rule: string;
  readonly kind: AlertKind;
  readonly tag: string | null;
  readonly asset: string | null;
  readonly source: string | null;
  readonly state: AlertState;
  readonly level: Level | null;
  readonly priority: Priority;
  readonly raisedAt: EpochMs;
  readonly returnedAt: EpochMs | null;
  readonly clearedAt: EpochMs | null;
  readonly acknowledgedAt: EpochMs | null;
  readonly acknowledgedBy: string | null;
  readonly value: number | null;
  readonly limit: number | null;
  readonly explanation: string;
  /** Number of the job it led to, `WO-YYYY-NNNNNN`. */
  readonly workOrder: string | null;
  /** What is broken, where its detector can say: `bearing-outer`. As it was told last while the condition held. */
  readonly fault?: string | undefined;
  /** When its limit will be reached, as people were told last. Absent: its detector does not say. */
  readonly rul?: DatedLife | undefined;
  /** Of several alerts of its asset it was raised first: see first-out.ts. Absent: it was not, or nobody asked. */
  readonly firstOut?: boolean;
  /** The one that was. */
  readonly firstOutAlert?: string;
}
