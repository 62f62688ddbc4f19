import type { EpochMs } from '../../adapter.ts';
import { Datatype } from './number.ts';
import { PayloadType } from './schema.ts';

/** Time from an unanswered request to the next one: doubles from the first to the longest. */
const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 60_000;
/** A birth that held so long ended the trouble: the next request is a first one again. */
const STABLE_MS = 60_000;

/** Whether an edge node must be asked for its births, and how patient we have become with it. */
export interface Rebirth {
  readonly isWanted: boolean;
  /** Requests since it was last well for a while. */
  readonly attempts: number;
  readonly notBefore: EpochMs;
  readonly bornAt: EpochMs | null;
}

/** Nobody has asked, and nobody wants to. */
export const NEVER_ASKED: Rebirth = {
  isWanted: false,
  attempts: 0,
  notBefore: Number.NEGATIVE_INFINITY,
  bornAt: null,
};

/** Wants a rebirth; one that was well since its birth is asked at once. */
export function want(rebirth: Rebirth, now: EpochMs): Rebirth {
  if (rebirth.isWanted) return rebirth;
  const wasWell = rebirth.bornAt !== null && now - rebirth.bornAt >= STABLE_MS;
  return wasWell ? { ...NEVER_ASKED, isWanted: true } : { ...rebirth, isWanted: true };
}

/** True when a request is wanted and not too soon after the last one. */
export function isDue({ isWanted, notBefore }: Rebirth, now: EpochMs): boolean {
  return isWanted && now >= notBefore;
}

/** A request was made. */
export function asked(rebirth: Rebirth, now: EpochMs): Rebirth {
  const waitMs = Math.min(FIRST_WAIT_MS * 2 ** rebirth.attempts, LONGEST_WAIT_MS);
  return { ...rebirth, attempts: rebirth.attempts + 1, notBefore: now + waitMs };
}

/** A birth came, asked for or not. */
export function born(rebirth: Rebirth, now: EpochMs): Rebirth {
  return { ...rebirth, isWanted: false, bornAt: now };
}

/** Where an edge node takes commands. */
export function commandTopic(group: string, edge: string): string {
  return `spBv1.0/${group}/NCMD/${edge}`;
}

/** The command that makes an edge node send its births again: the only one that is ever sent. */
export function rebirthCommand(now: EpochMs): Buffer {
  const metric = { name: 'Node Control/Rebirth', datatype: Datatype.boolean, timestamp: now, booleanValue: true };
  return Buffer.from(PayloadType.encode(PayloadType.fromObject({ timestamp: now, metrics: [metric] })).finish());
}
