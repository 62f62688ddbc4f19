// Written from docs/openapi.json by `npm run docs`. Do not edit.

export interface Adopted {
  readonly adopted: readonly string[];
  readonly refused: readonly {
    readonly tag: string;
    readonly code: string;
    readonly reason: string;
  }[];
}

export interface Aggregates {
  readonly tag: string;
  readonly unit: string | null;
  /** RFC 3339, UTC. */
  readonly from: string;
  /** RFC 3339, UTC. */
  readonly to: string;
  /** All readings. */
  readonly n: number;
  /** Readings of quality good. */
  readonly nGood: number;
  /** Readings that figures are made of: with a value that is not bad. */
  readonly nUsed: number;
  /** Mean of the readings, tag unit; not weighted by time. */
  readonly avg?: number | null;
  readonly min?: number | null;
  readonly max?: number | null;
  /** Of the sample (n − 1), tag unit. */
  readonly stddev?: number | null;
  readonly percentiles?: readonly PercentileValue[];
  readonly timeInState?: TimeInState;
}

export interface Alert {
  readonly id: string;
  readonly rule: string;
  readonly kind: 'machine' | 'instrument' | 'communications' | 'external';
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
  /** What is broken, where the method can say, as `bearing-outer`; else absent. */
  readonly fault?: string;
  /** Hours from `at` until the limit is reached, that 10, 50 and 90 % of such cases do not exceed. Absent where the rule does not say. */
  readonly rul?: RemainingLife;
  /** True on the first of several alerts of one asset or group, each raised within seconds of the one before; else absent. */
  readonly firstOut?: boolean;
  /** On the others: the alert that was raised first. */
  readonly firstOutAlert?: string;
}

export interface AlertDetail {
  readonly id: string;
  readonly rule: string;
  readonly kind: 'machine' | 'instrument' | 'communications' | 'external';
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
  /** What is broken, where the method can say, as `bearing-outer`; else absent. */
  readonly fault?: string;
  /** Hours from `at` until the limit is reached, that 10, 50 and 90 % of such cases do not exceed. Absent where the rule does not say. */
  readonly rul?: RemainingLife;
  /** True on the first of several alerts of one asset or group, each raised within seconds of the one before; else absent. */
  readonly firstOut?: boolean;
  /** On the others: the alert that was raised first. */
  readonly firstOutAlert?: string;
  /** Path of the picture of the waveform or thermal frame that it came from, if it did. */
  readonly picture: string | null;
  /** What value and limit are, as labels; unit null: that of the tag. Null for alerts without a rule. */
  readonly figures: Figures | null;
  readonly events: readonly AlertEvent[];
}

export interface AlertEvent {
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly effect: 'raised' | 'raised again' | 're-alarmed' | 'changed' | 'acknowledged' | 'returned' | 'cleared' | 'corrected';
  readonly by: string | null;
  readonly note: string | null;
  readonly level: string | null;
  readonly value: number | null;
  readonly limit: number | null;
  readonly explanation: string | null;
  /** Hours from `at` until the limit is reached, that 10, 50 and 90 % of such cases do not exceed. Absent where the rule does not say. */
  readonly rul?: RemainingLife;
  /** Number of the job that the alert had then: one that was closed by the time it came back has another after it. */
  readonly workOrder: string | null;
}

export interface AlertMark {
  readonly id: string;
  readonly rule: string;
  readonly priority: 'low' | 'medium' | 'high' | 'critical';
  /** RFC 3339, UTC. */
  readonly raisedAt: string;
  /** RFC 3339, UTC. */
  readonly clearedAt: string | null;
}

export interface AlignedReadings {
  /** RFC 3339, UTC. */
  readonly from: string;
  /** RFC 3339, UTC. */
  readonly to: string;
  /** Length of a step. Days of the plant on which its clock is changed are an hour shorter or longer. */
  readonly stepMs: number;
  readonly value: 'avg' | 'min' | 'max' | 'last';
  readonly resolution: 'raw' | 'minute' | 'hour' | 'day';
  readonly at: readonly number[];
  readonly columns: readonly Column[];
}

export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly ('read' | 'ingest' | 'operate' | 'webhooks' | 'keys' | 'admin' | '*')[];
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  /** Most readings a second on average; null: no limit. */
  readonly readingsPerSecond: number | null;
  /** Most bytes of bodies, as sent, in a UTC day; null: no limit. */
  readonly bytesPerDay: number | null;
}

export interface Asset {
  readonly id: string;
  readonly name: string;
  readonly parent: string | null;
  readonly class: string | null;
  readonly criticality: 'A' | 'B' | 'C' | null;
  readonly tags: readonly string[];
}

export interface AssetHealth {
  readonly asset: string;
  /** RFC 3339, UTC. */
  readonly at: string;
  /** 1: nothing that watches it sees anything. 0.5 to 0.75: unusual, or a limit to come; 0.25 to 0.5: not for long operation; below: beyond its last limit. null: not known. */
  readonly health: number | null;
  /** Share of the rules on it that hear what they judge. */
  readonly confidence: number;
  /** The same in a sentence. */
  readonly says: string;
  /** What takes from it, the worst first: the first is the health. At most 100. */
  readonly pulls: readonly HealthPull[];
  /** How many more take from it than `pulls` lists, none of them worse. */
  readonly morePulls: number;
  /** Rules that should watch it and cannot. */
  readonly blind: readonly BlindSpot[];
  /** What may be wrong, the likeliest first; experience, no statistics. Empty while no alert stands. */
  readonly modes: readonly RankedMode[];
  /** What to measure next, the most telling first. */
  readonly measurements: readonly MeasurementAdvice[];
}

export interface Backtest {
  readonly id: string;
  readonly state: 'waiting' | 'running' | 'done' | 'cancelled' | 'failed';
  readonly by: string;
  /** RFC 3339, UTC. */
  readonly from: string;
  /** RFC 3339, UTC. */
  readonly to: string;
  /** Empty: all. */
  readonly rules: readonly string[];
  readonly against: 'journal' | 'rules';
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  /** RFC 3339, UTC. */
  readonly startedAt: string | null;
  /** RFC 3339, UTC. */
  readonly endedAt: string | null;
  readonly progress: number;
  /** Evaluated so far. */
  readonly readings: number;
  /** Why it failed. */
  readonly reason: string | null;
}

export interface BacktestDetail {
  readonly id: string;
  readonly state: 'waiting' | 'running' | 'done' | 'cancelled' | 'failed';
  readonly by: string;
  /** RFC 3339, UTC. */
  readonly from: string;
  /** RFC 3339, UTC. */
  readonly to: string;
  /** Empty: all. */
  readonly rules: readonly string[];
  readonly against: 'journal' | 'rules';
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  /** RFC 3339, UTC. */
  readonly startedAt: string | null;
  /** RFC 3339, UTC. */
  readonly endedAt: string | null;
  readonly progress: number;
  /** Evaluated so far. */
  readonly readings: number;
  /** Why it failed. */
  readonly reason: string | null;
  readonly report: BacktestReport | null;
}

export interface BacktestReport {
  readonly readings: number;
  readonly tags: number;
  readonly elapsedMs: number;
  readonly rules: readonly {
    readonly rule: string;
    readonly before: number;
    readonly now: number;
    readonly same: number;
    readonly earlier: number;
    readonly later: number;
    readonly gone: number;
    readonly new: number;
  }[];
  /** Oldest first. */
  readonly changes: readonly {
    readonly kind: 'same' | 'earlier' | 'later' | 'gone' | 'new';
    /** One time that an alert was active. */
    readonly before: Episode | null;
    /** One time that an alert was active. */
    readonly now: Episode | null;
    /** How much later it begins now. */
    readonly shiftMs: number | null;
  }[];
  readonly changesLeftOut: number;
  readonly judgement: {
    readonly labels: number;
    readonly hits: readonly {
      readonly label: {
        readonly name: string;
        readonly asset: string;
        readonly tag: string | null;
        /** RFC 3339, UTC. */
        readonly from: string;
        /** RFC 3339, UTC. */
        readonly to: string;
        readonly origin: 'label' | 'work order';
      };
      /** One time that an alert was active. */
      readonly first: Episode;
      readonly leadMs: number;
    }[];
    readonly misses: readonly {
      readonly name: string;
      readonly asset: string;
      readonly tag: string | null;
      /** RFC 3339, UTC. */
      readonly from: string;
      /** RFC 3339, UTC. */
      readonly to: string;
      readonly origin: 'label' | 'work order';
    }[];
    readonly leadMs: {
      readonly least: number;
      readonly median: number;
      readonly most: number;
    } | null;
    readonly falseAlarms: readonly Episode[];
    readonly falseAlarmCount: number;
    readonly falseAlarmsPerDay: number;
  } | null;
  /** What keeps it from being the whole truth. */
  readonly notes: readonly string[];
}

export interface BlindSpot {
  readonly rule: string;
  readonly tag: string;
  readonly reason: 'never heard' | 'silent' | 'bad quality' | 'instrument' | 'link' | 'learning';
  /** RFC 3339, UTC. */
  readonly since: string | null;
  readonly alert: string | null;
}

export interface CaptureAccepted {
  readonly accepted: 1;
}

export interface Column {
  readonly tag: string;
  readonly unit: string | null;
  /** One for each time; null: nothing to be trusted. */
  readonly values: readonly (number | null)[];
  /** Worst of the readings that were used; `bad`: only bad ones; null: none at all. */
  readonly quality: readonly ('good' | 'uncertain' | 'bad' | null)[];
}

export interface CreatedApiKey {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly ('read' | 'ingest' | 'operate' | 'webhooks' | 'keys' | 'admin' | '*')[];
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  /** Most readings a second on average; null: no limit. */
  readonly readingsPerSecond: number | null;
  /** Most bytes of bodies, as sent, in a UTC day; null: no limit. */
  readonly bytesPerDay: number | null;
  /** The key itself, shown only here. */
  readonly key: string;
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

export interface DrawnForecast {
  readonly from: LinePoint;
  readonly now: LinePoint;
  readonly limit: number;
  /** ms since 1970; by then the limit is reached in 10 % of such cases. */
  readonly p10At: number;
  readonly p50At: number;
  readonly p90At: number;
}

export interface DrawnLimit {
  readonly level: 'HH' | 'H' | 'L' | 'LL' | null;
  readonly value: number;
  /** Where the limit is left again: its deadband lies between. */
  readonly leftAt: number;
}

export interface DrawnZone {
  readonly name: string;
  readonly from: number | null;
  readonly to: number | null;
}

/** One time that an alert was active. */
export interface Episode {
  readonly rule: string;
  readonly kind: 'machine' | 'instrument' | 'communications' | 'external';
  readonly tag: string | null;
  readonly asset: string | null;
  readonly priority: 'low' | 'medium' | 'high' | 'critical';
  /** RFC 3339, UTC. */
  readonly from: string;
  /** RFC 3339, UTC. */
  readonly to: string | null;
  readonly level: 'HH' | 'H' | 'L' | 'LL' | null;
  readonly value: number | null;
  readonly limit: number | null;
  readonly explanation: string;
  /** Hours from `at` until the limit is reached, that 10, 50 and 90 % of such cases do not exceed. Absent where the rule does not say. */
  readonly rul?: RemainingLife;
}

export interface EventsAccepted {
  readonly accepted: number;
  readonly rejected: readonly {
    /** Position in `events`, from 0. */
    readonly index: number;
    readonly code: string;
    /** What is wrong and what to do. */
    readonly reason: string;
  }[];
  /** Of accepted events; absent where there are none. */
  readonly warnings?: readonly {
    /** Position in `events`, from 0. */
    readonly index: number;
    readonly code: 'unknown_subject';
    /** What of the event was left out and what to do. */
    readonly reason: string;
  }[];
}

/** What value and limit are, as labels; unit null: that of the tag. Null for alerts without a rule. */
export interface Figures {
  readonly value: string;
  readonly limit: string;
  readonly unit: string | null;
}

export interface Gap {
  /** RFC 3339, UTC. */
  readonly from: string;
  /** RFC 3339, UTC. */
  readonly to: string;
  /** `no data`: silent for longer than `gapAfterMs`. `bad quality`: nothing that can be trusted. `partly bad`: rollup buckets with good and bad readings. */
  readonly reason: 'no data' | 'bad quality' | 'partly bad';
}

export interface HealthChange {
  readonly asset: string;
  readonly name: string;
  /** At `from`; null: not known. */
  readonly before: number | null;
  /** At `to`; null: not known. */
  readonly after: number | null;
  readonly lowest: number | null;
  /** RFC 3339, UTC. */
  readonly lowestAt: string | null;
  /** For how long of the range it was known. */
  readonly knownMs: number;
  /** For how long it was below 0.5: not for long operation. */
  readonly belowHalfMs: number;
}

export interface HealthChanges {
  /** RFC 3339, UTC. */
  readonly from: string;
  /** RFC 3339, UTC. */
  readonly to: string;
  /** The worst at `to` first, then by the lowest; assets of which nothing is known last. */
  readonly items: readonly HealthChange[];
}

export interface HealthHistory {
  readonly asset: string;
  /** RFC 3339, UTC. */
  readonly from: string;
  /** RFC 3339, UTC. */
  readonly to: string;
  /** When the health was looked at last; null: never. */
  readonly seenUntil: string | null;
  /** 0: items are as long as the health was the same. Else there were too many, and each is the lowest of so long. */
  readonly stepMs: number;
  /** In order of time. What is in no item was not kept: the service did not run, or not yet. */
  readonly items: readonly HealthStretch[];
}

export interface HealthItem {
  readonly asset: string;
  /** RFC 3339, UTC. */
  readonly at: string;
  /** 1: nothing that watches it sees anything. 0.5 to 0.75: unusual, or a limit to come; 0.25 to 0.5: not for long operation; below: beyond its last limit. null: not known. */
  readonly health: number | null;
  /** Share of the rules on it that hear what they judge. */
  readonly confidence: number;
  /** The same in a sentence. */
  readonly says: string;
  /** What is likeliest wrong. */
  readonly mode: string | null;
}

export interface HealthPull {
  readonly kind: 'limit' | 'diagnosis' | 'forecast' | 'unusual' | 'external' | 'part';
  /** The health if this were all. */
  readonly left: number;
  readonly why: string;
  readonly alert: string | null;
  readonly rule: string | null;
  /** Whose it is: the asset itself, or a part of it. */
  readonly asset: string;
  readonly tag: string | null;
  readonly unit: string | null;
  readonly value: number | null;
  readonly limit: number | null;
  readonly level: 'HH' | 'H' | 'L' | 'LL' | null;
  /** Hours from `at` until the limit is reached, that 10, 50 and 90 % of such cases do not exceed. Absent where the rule does not say. */
  readonly rul?: RemainingLife;
  readonly explanation: string;
}

export interface HealthStretch {
  /** RFC 3339, UTC. */
  readonly from: string;
  /** RFC 3339, UTC. */
  readonly to: string;
  readonly health: number | null;
  readonly confidence: number;
}

export interface LatestReading {
  readonly tag: string;
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly value: number | null;
  readonly quality: 'good' | 'uncertain' | 'bad';
  /** Raw 32-bit OPC UA status code, where there is one; 10616832 (0x00A20000): history that was put in later. */
  readonly code?: number;
  /** A text in place of a number: `value` is null then. At most 4 KiB. */
  readonly text?: string;
}

export interface LatestReadings {
  readonly items: readonly LatestReading[];
  readonly next: string | null;
}

export interface LearnsAnew {
  readonly rule: string;
  /** null: on all its tags. */
  readonly tag: string | null;
}

export interface LearnsAnewSince {
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly by: string;
  readonly note: string | null;
}

export interface LearntAnew {
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly by: string;
  readonly note: string | null;
  /** Those that learn anew. */
  readonly rules: readonly LearnsAnew[];
}

export interface LedgerGap {
  readonly id: string;
  readonly state: 'open' | 'closed';
  readonly source: string;
  /** Null: every tag of the source, or batches that a client numbered. */
  readonly tag: string | null;
  /** The client whose batch numbers have a hole. */
  readonly stream: string | null;
  /** Last reading before what is missing. */
  readonly from: string;
  /** First reading after it; null while it lasts. */
  readonly to: string | null;
  /** First batch number that is missing. */
  readonly firstSequence: number | null;
  /** Last batch number that is missing. */
  readonly lastSequence: number | null;
  readonly reason: 'link_down' | 'log_full' | 'service_stopped' | 'silent' | 'no_value' | 'sequence';
  readonly openedAt: string;
  readonly closedAt: string | null;
}

export interface Limit {
  readonly rule: string;
  readonly level: 'HH' | 'H' | 'L' | 'LL';
  readonly value: number;
}

export interface LinePoint {
  /** ms since 1970. */
  readonly at: number;
  readonly value: number;
}

export interface MeasurementAdvice {
  readonly measurement: string;
  readonly tells: string;
  /** Expected information about what is wrong, bits. */
  readonly gainBits: number;
  readonly outcomes: readonly MeasurementOutcome[];
}

export interface MeasurementOutcome {
  readonly outcome: string;
  readonly probability: number;
  readonly means: string;
  readonly likelihood: number;
}

export interface Normal {
  /** What is judged: the reading, its mean or its smoothed value; tag unit. */
  readonly value: number;
  readonly expected: number;
  readonly low: number;
  readonly high: number;
}

export interface NormalCourse {
  readonly stepMs: number;
  /** Beginning of each step, ms since 1970; those that can be judged. */
  readonly at: readonly number[];
  readonly value: readonly number[];
  readonly expected: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
}

export interface PercentileValue {
  readonly percentile: number;
  readonly value: number | null;
}

export interface Plant {
  readonly name: string;
  readonly timezone: string;
  readonly store: {
    readonly edition: 'timescaledb-community' | 'timescaledb-apache' | 'postgresql';
    /** Who keeps minutes, hours and days: our tables, or continuous aggregates of TimescaleDB. */
    readonly rollups: 'tables' | 'aggregates';
    /** Size of the database; null while it does not answer. */
    readonly bytes: number | null;
  };
  /** The disks of this machine that Millwright writes to. */
  readonly disks: readonly {
    readonly holds: string;
    /** 0 to 1. */
    readonly used: number;
    readonly freeBytes: number;
    /** True from 80 % on. */
    readonly filling: boolean;
  }[];
  /** RFC 3339, UTC. */
  readonly startedAt: string;
  readonly version: string;
}

export interface PlantChanges {
  /** What the plant file says differently from before; empty: nothing. */
  readonly changes: readonly {
    readonly kind: 'added' | 'removed' | 'changed';
    /** Such as `rule press-1-vibration-high`. */
    readonly what: string;
    /** Settings that are different, of a changed thing; never a secret. */
    readonly details: readonly string[];
  }[];
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

export interface Quarantined {
  readonly id: string;
  /** RFC 3339, UTC. */
  readonly quarantinedAt: string;
  readonly source: string | null;
  readonly tag: string;
  /** RFC 3339, UTC. */
  readonly at: string | null;
  /** As text: as it came. Of a waveform or thermal frame: what it was, without its samples. */
  readonly value: string | null;
  /** SQLSTATE of the refusal, for example 22003 or 23514. */
  readonly reason: string;
  /** What the database said. */
  readonly detail: string;
}

export interface RankedMode {
  readonly mode: string;
  /** ISO 14224. */
  readonly failureMode: string | null;
  readonly likelihood: number;
  readonly check: string | null;
  readonly evidence: readonly string[];
}

export interface ReadingItem {
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly value: number | null;
  readonly quality: 'good' | 'uncertain' | 'bad';
  /** Raw 32-bit OPC UA status code, where there is one; 10616832 (0x00A20000): history that was put in later. */
  readonly code?: number;
  /** A text in place of a number: `value` is null then. At most 4 KiB. */
  readonly text?: string;
}

export interface Readings {
  readonly tag: string;
  readonly unit: string | null;
  /** RFC 3339, UTC. */
  readonly from: string;
  /** RFC 3339, UTC. */
  readonly to: string;
  /** `raw`: every reading. `extremes`, `lttb`: some of the readings. `minute`, `hour`, `day`: lowest and highest values of rollups of that length. */
  readonly resolution: 'raw' | 'extremes' | 'lttb' | 'minute' | 'hour' | 'day';
  readonly method: 'every' | 'extremes' | 'lttb';
  /** How exact the times of items are; 0: they are the times of readings. */
  readonly timeStepMs: number;
  /** A silence longer than this is a gap; null: the pace is not known. */
  readonly gapAfterMs: number | null;
  /** In order of time; the longest ones when there are too many. */
  readonly gaps: readonly Gap[];
  /** Shorter gaps that were left out. */
  readonly gapsOmitted: number;
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
  /** How many were rejected, where `rejected` lists only the first. */
  readonly rejectedCount?: number;
}

/** Hours from `at` until the limit is reached, that 10, 50 and 90 % of such cases do not exceed. Absent where the rule does not say. */
export interface RemainingLife {
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly p10: number;
  readonly p50: number;
  readonly p90: number;
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
  /** False when the diagnosis names something to be done. */
  readonly isWell: boolean;
  /** How the source is, in words: what is wrong, since when, what works beside it, and where to look first. One finding a line, the worst first. Times are the plant's. */
  readonly diagnosis: string;
}

export interface Spectrum {
  readonly tag: string;
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly kind: 'amplitude' | 'velocity' | 'envelope';
  readonly window: 'hann';
  /** Above 0 Hz. */
  readonly lines: number;
  /** Distance of two lines. */
  readonly lineHz: number;
  readonly averages: number;
  /** 0 to 1. */
  readonly overlap: number;
  /** UCUM code; `1`: depth of modulation. */
  readonly unit: string;
  readonly convention: 'rms' | 'peak';
  /** The band whose envelope it is of. */
  readonly bandHz: readonly number[] | null;
  /** How it was made, in one line. */
  readonly says: string;
  /** Speed of the shaft that the cursors belong to. */
  readonly shaftHz: number | null;
  readonly cursors: readonly SpectrumCursor[];
  /** At `i * lineHz`, from 0 Hz; five digits. */
  readonly amplitudes: readonly number[];
}

export interface SpectrumCursor {
  readonly name: string;
  readonly hz: number;
  /** The highest line within 2 % of it. */
  readonly amplitude: number;
}

export interface StateTime {
  /** Inclusive, tag unit; null: no lower end. */
  readonly from: number | null;
  /** Exclusive, tag unit; null: no upper end. */
  readonly to: number | null;
  readonly durationMs: number;
  /** Of the time in which the value is known, 0 to 1. */
  readonly share: number | null;
}

export interface Tag {
  /** `<asset>.<tag>`. */
  readonly name: string;
  readonly asset: string;
  /** What it is meant to hold; null: whatever comes first, as nobody said. */
  readonly type: 'number' | 'text' | null;
  readonly unit: string | null;
  /** What its values are and of what they are made; null: they come as they are from its source. */
  readonly says: string | null;
  readonly source: string | null;
  readonly range: readonly [number, number] | null;
  readonly latest: ReadingItem | null;
  /** Limits that rules watch on this tag, for charts. */
  readonly limits: readonly Limit[];
}

export interface TagFrames {
  readonly tag: string;
  /** The newest one, RFC 3339, UTC. */
  readonly at: string;
  /** RFC 3339, UTC. */
  readonly oldestAt: string;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
}

export interface TagRule {
  readonly rule: string;
  readonly detect: string;
  readonly kind: 'machine' | 'instrument' | 'communications' | 'external';
  readonly priority: 'low' | 'medium' | 'high' | 'critical';
  /** It judges only while this holds. */
  readonly when: string | null;
  /** Why it was switched off. */
  readonly parked: string | null;
  /** Why it cannot judge now, and since when: an instrument in doubt, a link that is down. */
  readonly muted: string | null;
  /** The tags it judges together. */
  readonly inputs: readonly string[];
  /** It keeps what it learns, and can be told to learn anew. */
  readonly learns: boolean;
  /** Who said when that it is to learn anew; null: nobody did. */
  readonly anew: LearnsAnewSince | null;
  readonly state: 'watching' | 'learning' | 'not drawn' | 'muted' | 'parked';
  /** What it watches for or has learnt, as a sentence; may be empty. */
  readonly says: string;
  readonly limits: readonly DrawnLimit[];
  /** Zones of a standard; an end that is null is open. */
  readonly zones: readonly DrawnZone[];
  /** Readings are judged by their mean over this time; 0: each by itself. */
  readonly everyMs: number;
  /** What it learnt as normal, as of now. */
  readonly normal: Normal | null;
  /** The same over time, where it follows from other tags; null where it is one for all times. */
  readonly course: NormalCourse | null;
  /** The line of the last medians, and when it reaches the limit. */
  readonly forecast: DrawnForecast | null;
}

export interface TagRules {
  readonly tag: string;
  readonly unit: string | null;
  /** RFC 3339, UTC. */
  readonly from: string;
  /** RFC 3339, UTC. */
  readonly to: string;
  /** RFC 3339, UTC. */
  readonly savedAt: string | null;
  readonly rules: readonly TagRule[];
  /** Alerts of the tag that were raised or cleared in the range, newest first; at most 50. */
  readonly alerts: readonly AlertMark[];
}

export interface TagWaveforms {
  readonly tag: string;
  /** The newest one, RFC 3339, UTC. */
  readonly at: string;
  /** RFC 3339, UTC. */
  readonly oldestAt: string;
  /** Samples a second. */
  readonly rateHz: number;
  readonly unit: string;
  readonly sampleCount: number;
}

export interface TextItem {
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly text: string;
  readonly quality: 'good' | 'uncertain' | 'bad';
  /** Raw 32-bit OPC UA status code, where there is one; 10616832 (0x00A20000): history that was put in later. */
  readonly code?: number;
}

export interface ThermalFrame {
  readonly tag: string;
  /** RFC 3339, UTC. */
  readonly at: string;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** Row by row from the top left; 32-bit floats. */
  readonly celsius: readonly number[];
}

export interface ThermalFrameEntry {
  /** RFC 3339, UTC. */
  readonly at: string;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
}

export interface TimeInState {
  readonly states: readonly StateTime[];
  /** Time at values that are none of `states`. */
  readonly otherMs: number;
  /** Time of bad quality. */
  readonly badMs: number;
  /** Time in gaps, before the first reading, and still to come. */
  readonly unknownMs: number;
  readonly gapAfterMs: number | null;
}

export interface UnknownTag {
  readonly source: string;
  readonly name: string;
  /** RFC 3339, UTC. */
  readonly firstSeen: string;
  /** RFC 3339, UTC. */
  readonly lastSeen: string;
  /** Readings of it so far; none of them was stored. */
  readonly count: number;
  readonly value: number | null;
}

export interface Waveform {
  readonly tag: string;
  /** RFC 3339, UTC. */
  readonly at: string;
  /** Samples a second. */
  readonly rateHz: number;
  /** UCUM code. */
  readonly unit: string;
  /** In `unit`; 32-bit floats. */
  readonly samples: readonly number[];
}

export interface WaveformEntry {
  /** RFC 3339, UTC. */
  readonly at: string;
  /** Samples a second. */
  readonly rateHz: number;
  /** UCUM code. */
  readonly unit: string;
  readonly sampleCount: number;
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
  /** RFC 3339, UTC. */
  readonly startedAt: string | null;
  readonly startedBy: string | null;
  /** When it was completed or cancelled. */
  readonly closedAt: string | null;
  readonly closedBy: string | null;
  /** What a completed job found; `nothing`: the alert was false; null: nobody said. */
  readonly found: 'fault' | 'nothing' | null;
  readonly cause: string | null;
  /** What was done about it. */
  readonly remedy: string | null;
  readonly notes: string | null;
  /** Ids of the alerts it answers, or answered, oldest first. */
  readonly alerts: readonly string[];
  /** Numbers of other open jobs of its asset, oldest first, at most 20. */
  readonly alsoOpen: readonly string[];
}

export interface WorkOrderAction {
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly action: 'started' | 'completed' | 'cancelled';
  readonly by: string;
  readonly note: string | null;
}

export interface WorkOrderDetail {
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
  /** RFC 3339, UTC. */
  readonly startedAt: string | null;
  readonly startedBy: string | null;
  /** When it was completed or cancelled. */
  readonly closedAt: string | null;
  readonly closedBy: string | null;
  /** What a completed job found; `nothing`: the alert was false; null: nobody said. */
  readonly found: 'fault' | 'nothing' | null;
  readonly cause: string | null;
  /** What was done about it. */
  readonly remedy: string | null;
  readonly notes: string | null;
  /** Ids of the alerts it answers, or answered, oldest first. */
  readonly alerts: readonly string[];
  /** Numbers of other open jobs of its asset, oldest first, at most 20. */
  readonly alsoOpen: readonly string[];
  /** What its alerts said while they were its own, oldest first: the last 1,000 lines. An alert that got another job goes on in that. */
  readonly events: readonly WorkOrderEvent[];
  /** What people did about it, oldest first. */
  readonly actions: readonly WorkOrderAction[];
}

export interface WorkOrderEvent {
  readonly alert: string;
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly effect: 'raised' | 'raised again' | 're-alarmed' | 'changed' | 'acknowledged' | 'returned' | 'cleared' | 'corrected';
  readonly by: string | null;
  readonly note: string | null;
  readonly level: string | null;
  readonly value: number | null;
  readonly limit: number | null;
  readonly explanation: string | null;
  /** Hours from `at` until the limit is reached, that 10, 50 and 90 % of such cases do not exceed. Absent where the rule does not say. */
  readonly rul?: RemainingLife;
}
