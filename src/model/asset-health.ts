import type { Level } from './alert.ts';
import type { EpochMs } from './reading.ts';
import type { DatedLife } from './remaining-life.ts';

/** What kind of thing takes from the health of an asset. */
export type PullKind = 'limit' | 'diagnosis' | 'forecast' | 'unusual' | 'external' | 'part';

/** One thing that takes from the health of an asset. */
export interface HealthPull {
  readonly kind: PullKind;
  /** 0..1: what the health would be if this were all. */
  readonly left: number;
  /** Why it is that much, in a sentence. */
  readonly why: string;
  /** Id of the alert that says it; `null` of a part. */
  readonly alert: string | null;
  readonly rule: string | null;
  /** Whose it is: the asset, or a part of it. */
  readonly asset: string;
  readonly tag: string | null;
  /** Unit of `value` and `limit`, UCUM; `null` when nobody said. */
  readonly unit: string | null;
  readonly value: number | null;
  readonly limit: number | null;
  readonly level: Level | null;
  readonly rul?: DatedLife | undefined;
  /** What the alert says. */
  readonly explanation: string;
}

/** Why a rule can't say anything about an asset now. */
export type BlindReason = 'never heard' | 'silent' | 'bad quality' | 'instrument' | 'link' | 'learning';

/** A rule that should watch an asset and can't. */
export interface BlindSpot {
  readonly rule: string;
  readonly tag: string;
  readonly reason: BlindReason;
  /** Since when, where that is known. */
  readonly since: EpochMs | null;
  /** The alert about the instrument or the link, where there is one. */
  readonly alert: string | null;
}

/** One thing that may be wrong with an asset. */
export interface RankedMode {
  readonly mode: string;
  /** ISO 14224 failure mode; `null` of what no table knows. */
  readonly failureMode: string | null;
  /** 0..1; all of one asset add up to 1. */
  readonly likelihood: number;
  /** What tells it from the others; `null`: nobody said. */
  readonly check: string | null;
  /** What speaks for it, one line each. */
  readonly evidence: readonly string[];
}

/** What it means when a measurement comes out so. */
export interface MeasurementOutcome {
  readonly outcome: string;
  /** 0..1: how likely it comes out so, by what is known now. */
  readonly probability: number;
  /** The likeliest mode then, and how likely it is. */
  readonly means: string;
  readonly likelihood: number;
}

/** A measurement that would tell modes from each other. */
export interface MeasurementAdvice {
  readonly measurement: string;
  /** `tells imbalance from misalignment`. */
  readonly tells: string;
  /** Expected information about the mode, bits. */
  readonly gainBits: number;
  readonly outcomes: readonly MeasurementOutcome[];
}

/** How an asset is, by everything that is known of it at one time. */
export interface AssetHealth {
  readonly asset: string;
  readonly at: EpochMs;
  /** 0..1; `null`: not known. */
  readonly health: number | null;
  /** 0..1: the share of the rules on it that hear what they judge. */
  readonly confidence: number;
  /** In a sentence. */
  readonly says: string;
  /** What takes from it, the worst first; at most 100. */
  readonly pulls: readonly HealthPull[];
  /** How many more do, none of them worse. */
  readonly morePulls: number;
  /** What is not known. */
  readonly blind: readonly BlindSpot[];
  /** What may be wrong, the likeliest first. Empty while nothing is. */
  readonly modes: readonly RankedMode[];
  /** What to measure next, the most telling first. */
  readonly measurements: readonly MeasurementAdvice[];
}
