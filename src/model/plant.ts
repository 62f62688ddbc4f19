import type { Priority } from './alert.ts';
import type { FirstOutPolicy } from './first-out.ts';
import type { MeasuringPoint } from './measuring-point.ts';

/** What is done with a reading whose tag the plant file does not list. */
export type Adopt = 'auto' | 'ask' | 'never';

/** The plant as loaded from `plant.yaml`: checked, defaults filled in, durations in ms. What an integrator versions. */
export interface Plant {
  readonly name: string;
  /** IANA zone, e.g. `Europe/Berlin`. */
  readonly timezone: string;
  readonly sources: readonly Source[];
  readonly assets: readonly Asset[];
  readonly tags: readonly Tag[];
  readonly rules: readonly Rule[];
  /** Whose waveforms and thermal frames become readings; absent: none. */
  readonly points?: readonly MeasuringPoint[];
  /** What the packs of the assets' classes brought; absent: nothing was looked for. */
  readonly packs?: readonly PackReport[];
  readonly endpoints: readonly NotifyEndpoint[];
  /** CIDR blocks that webhooks may reach although they are private. */
  readonly allowPrivateWebhookTargets: readonly string[];
  /** Absent: of each asset by itself, within 10 s. */
  readonly firstOut?: FirstOutPolicy;
  readonly retention: Retention;
  readonly log: LogLimits;
}

/** One configured adapter: `adapters.<id>` of the plant file. */
export interface Source {
  readonly id: string;
  readonly kind: string;
  readonly adopt: Adopt;
  /** Most tags that may be adopted from this source. */
  readonly adoptLimit: number;
  /** How long the link may be down before people are told. */
  readonly alertAfterMs: number;
  /** How late its readings may come and still be judged in their order; absent: they are judged as they come. */
  readonly latenessMs?: number;
  readonly priority: Priority;
  /** What becomes of the times it gives; absent: they are trusted. */
  readonly clock?: ClockPolicy;
  /** Settings of the protocol, in the shape of the adapter's own schema, defaults filled in. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly bindings: readonly SourceBinding[];
}

/** `arrival`: a reading's time is when it arrived. `correct`: a constant skew beyond the limit is taken off. */
export type ClockPolicy = { readonly kind: 'arrival' } | { readonly kind: 'correct'; readonly limitMs: number };

/** Where one tag lies on its source. `address` has the shape of the adapter's address schema, or is absent for push. */
export interface SourceBinding {
  readonly tag: string;
  readonly address: unknown;
}

/** What an adapter has to look up: a tag that the source finds by patterns of its own has no address. */
export function addressedBindings({ bindings }: Pick<Source, 'bindings'>): readonly SourceBinding[] {
  return bindings.filter(({ address }) => address !== undefined);
}

/** A piece of equipment. */
export interface Asset {
  readonly id: string;
  readonly name: string;
  readonly parent: string | null;
  readonly class: string | null;
  readonly criticality: 'A' | 'B' | 'C' | null;
}

/** What a device says of one of its signals. */
export interface TagNature {
  /** UCUM code where the device's word for it is known, else that word; `null`: it does not say. */
  readonly unit: string | null;
  readonly range: readonly [low: number, high: number] | null;
}

/** One measured signal of an asset. */
export interface Tag {
  /** `<asset>.<tag>`. */
  readonly name: string;
  readonly asset: string;
  /** UCUM code, or `null` when nobody said. */
  readonly unit: string | null;
  /** Id of the source that delivers it; `null` for a tag that was pushed without being configured. */
  readonly source: string | null;
  /** Values outside are kept with quality `bad`. */
  readonly range: readonly [low: number, high: number] | null;
  /** Changes smaller than this are not logged, tag unit; 0 logs everything. */
  readonly deadband: number;
  /** A value within the deadband is logged all the same after this long. */
  readonly heartbeatMs: number;
  /** What is done to its values before anything else; absent for nearly every tag, which then pays nothing for it. */
  readonly conditioning?: Conditioning;
  /** It is computed from other tags; absent: it is measured. */
  readonly derived?: DerivedValue;
}

/** What a tag is meant to hold, by the plant file; `null`: nobody said, and what comes first tells. */
export function declaredType({ unit, range, conditioning, derived }: Tag): 'number' | 'text' | null {
  if (conditioning?.type !== undefined) return conditioning.type;
  const isNumber = unit !== null || range !== null || conditioning?.linear !== undefined || derived !== undefined;
  return isNumber ? 'number' : null;
}

/** Kind and id of the source of derived tags; it is none of the plant file's. */
export const DERIVED_SOURCE = 'derived';

/** How a derived tag is computed. */
export interface DerivedValue {
  /** CEL that gives a number. */
  readonly value: string;
  /** Readings farther apart than this are not computed together. */
  readonly toleranceMs: number;
}

/** How the values of a tag are prepared. */
export interface Conditioning {
  /** What the plant file says that it holds: numbers become texts of a tag that holds texts. Absent: whatever comes first. */
  readonly type?: 'number' | 'text';
  /** What a source gives becomes `value * factor + offset`, tag unit. */
  readonly linear?: { readonly factor: number; readonly offset: number };
  readonly maxRate?: MaxRate;
}

/** At most `count` readings in any `perMs` of their own time. */
export interface MaxRate {
  readonly count: number;
  readonly perMs: number;
}

/** A configured detector on tags: `rules.<id>`. */
export interface Rule {
  readonly id: string;
  readonly on: readonly string[];
  /** Tags that explain those it is on and are not judged; absent: none. */
  readonly given?: readonly string[];
  readonly detect: string;
  /** Settings in the shape of the detector's schema, defaults filled in, durations in ms. */
  readonly with: Readonly<Record<string, unknown>>;
  /** CEL; the rule's verdict is `unknown` while it is not true. */
  readonly when: string | null;
  readonly onDelayMs: number;
  readonly offDelayMs: number;
  /** How far apart readings may be that are judged together; absent: the engine's default. */
  readonly toleranceMs?: number;
  /** Its alerts wait for a reset; absent: they do not. */
  readonly latch?: boolean;
  /** After this long an alert that still stands is told again; absent: never. */
  readonly reAlarmMs?: number;
  readonly priority: Priority;
  /** `null`: no job is made. */
  readonly workOrder: WorkOrderPolicy | null;
}

/** How a raised alert becomes a job. */
export interface WorkOrderPolicy {
  /** ISO 14224 failure mode, e.g. `VIB`. */
  readonly failureMode: string;
  /** From raised to due; absent: as long as the priority and the level of the alert leave. */
  readonly dueMs?: number;
  /** What to do about each fault that the rule's detector can name, by its name. */
  readonly jobs?: Readonly<Record<string, JobPlan>>;
  /** What is usually behind a value that is too high or too low, the likeliest first. */
  readonly causes?: Readonly<Partial<Record<'high' | 'low', readonly LikelyCause[]>>>;
}

/** One thing that may be behind a symptom. */
export interface LikelyCause {
  readonly cause: string;
  /** ISO 14224 failure mode. */
  readonly failureMode: string;
  /** 0..1: experience, no statistics. */
  readonly likelihood: number;
  /** What tells it from the others. */
  readonly check: string;
}

/** What the pack of an asset's class brought. */
export interface PackReport {
  readonly asset: string;
  readonly class: string;
  /** Ids of the rules that it added. */
  readonly rules: readonly string[];
  /** Tags that it could say something about, and the asset has not. */
  readonly lacks: readonly string[];
}

/** What is to be done about one fault. */
export interface JobPlan {
  /** What the job is called, behind the asset's name. */
  readonly title: string;
  /** ISO 14224 failure mode. */
  readonly failureMode: string;
  /** In the order in which they are done. */
  readonly steps: readonly string[];
}

/** `notify.<id>` of the plant file. */
export interface NotifyEndpoint {
  readonly id: string;
  readonly kind: 'webhook';
  readonly url: string;
  /** `whsec_…`, already read from its file. */
  readonly secret: string;
  /** Empty: all. */
  readonly priorities: readonly Priority[];
}

/** How long what is kept. */
export interface Retention {
  readonly readingsMs: number;
  readonly rollupsMs: number;
  readonly waveformsMs: number;
  readonly compressAfterMs: number;
}

/** What the readings log may grow to, and what becomes of readings then. */
export interface LogLimits {
  readonly maxBytes: number;
  /** `refuse`: nothing is taken, and the source is told. `block`: the source waits for room. */
  readonly whenFull: 'refuse' | 'block';
}
