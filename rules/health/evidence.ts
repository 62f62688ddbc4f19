import type { Alert } from '../../src/model/alert.ts';
import type { BlindSpot } from '../../src/model/asset-health.ts';
import type { EpochMs } from '../../src/model/reading.ts';
import type { FaultFeature } from './faults.ts';

/** An alert that stands, with what is known of its rule. */
export interface StandingAlert
  extends Pick<
    Alert,
    'id' | 'rule' | 'kind' | 'tag' | 'level' | 'value' | 'limit' | 'explanation' | 'raisedAt' | 'rul' | 'source'
  > {
  /** The rule's method; `null` where the rule is not of the plant file, as of an alarm of a source. */
  readonly detect: string | null;
  readonly unit: string | null;
  /** The limit beyond `limit` (HH or LL, zone D), tag unit; `null`: none is known. */
  readonly nextLimit: number | null;
  /** Hours within which the rule tells of a forecast; `null`: it makes none. */
  readonly withinHours: number | null;
}

/** A rule about the machine, as far as it watches one asset. */
export interface RuleWatch {
  readonly rule: string;
  readonly detect: string;
  /** Why it can't judge now; `null`: it can. */
  readonly blind: BlindSpot | null;
}

/** What captures of an asset say of one fault. */
export interface FaultStrength {
  /** As the method names it. */
  readonly fault: FaultFeature;
  /** Over what is notable: 1 is worth a look. */
  readonly strength: number;
  /** The tag of the captures. */
  readonly tag: string;
}

/** Everything that is known of an asset at one time. */
export interface HealthEvidence {
  readonly asset: string;
  readonly at: EpochMs;
  /** Its class, if the pack of that class is laid over it. */
  readonly pack: string | null;
  /** About the machine, or alarms of its source; not those that have returned. */
  readonly alerts: readonly StandingAlert[];
  readonly watches: readonly RuleWatch[];
  /** By the newest captures; empty where there are none. */
  readonly faults: readonly FaultStrength[];
  /** Names of its tags that are heard, without the asset. */
  readonly heardTags: ReadonlySet<string>;
}
