import { type Static, Type } from 'typebox';
import { byteSize } from '../model/byte-size.ts';
import { duration } from '../model/duration.ts';
import { TAG_NAME_PATTERN } from '../model/names.ts';
import { type DerivedDraft, DerivedSections } from './derived-section.ts';
import { type FirstOutDraft, FirstOutSection } from './first-out-section.ts';
import { type JobDraft, JobSection } from './jobs.ts';
import { named, namedAsAssets } from './named-section.ts';
import { type FrameDraft, FrameSection, type WaveformDraft, WaveformSection } from './points.ts';

const Adopt = Type.Union([Type.Literal('auto'), Type.Literal('ask'), Type.Literal('never')], {
  default: 'never',
  description: 'What is done with a reading whose tag is not listed under assets: auto, ask or never.',
});

const Priority = Type.Union([
  Type.Literal('low'),
  Type.Literal('medium'),
  Type.Literal('high'),
  Type.Literal('critical'),
]);

/** Settings that every adapter has, whatever its protocol. */
export const SourceSection = Type.Object(
  {
    kind: Type.String({ description: 'The protocol.', examples: ['modbus', 'opcua', 'mqtt', 'http'] }),
    adopt: Adopt,
    adoptLimit: Type.Integer({
      minimum: 0,
      maximum: 1_000_000,
      default: 10_000,
      description: 'Most tags that may be adopted from this source.',
    }),
    alertAfter: Type.Unsafe<number>(
      duration({ minimum: '1s', default: '30s', description: 'How long the link may be down before people are told.' }),
    ),
    lateness: Type.Unsafe<number>(
      duration({
        default: '0s',
        description:
          'Rules judge its readings this much later, in the order of their times, whatever order they come in; 0s judges each at once.',
        examples: ['10s'],
      }),
    ),
    priority: Type.Unsafe<Static<typeof Priority>>({
      ...Priority,
      default: 'medium',
      description: 'Priority of the alert when the link is down: low, medium, high or critical.',
    }),
    clock: Type.Union([Type.Literal('trust'), Type.Literal('arrival'), Type.Literal('correct')], {
      default: 'trust',
      description:
        'Which time a reading gets: `trust` the one its source gives; `arrival` when it arrived; `correct` the one it gives, less a measured constant skew.',
    }),
    clockLimit: Type.Unsafe<number>(
      duration({ minimum: '1s', default: '5s', description: 'A skew up to this is left alone by `clock: correct`.' }),
    ),
  },
  { additionalProperties: false },
);

/** One measured signal of an asset. `address` is read later, by the schema of the adapter it comes from. */
export const TagSection = Type.Object(
  {
    type: Type.Optional(
      Type.Union([Type.Literal('number'), Type.Literal('text')], {
        description:
          'What it holds: a `number` takes no texts; of a `text` a number is kept as a text, too. Left out: a number when it has a unit, a range or a scale, or has had one.',
        examples: ['text'],
      }),
    ),
    unit: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 40,
        description: 'UCUM code of the unit.',
        examples: ['mm/s', 'Cel', 'bar'],
      }),
    ),
    sourceUnit: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 40,
        description:
          'UCUM code of the unit that the source delivers, where it is another; values are converted to `unit`.',
        examples: ['[degF]', '[psi]'],
      }),
    ),
    scale: Type.Number({
      default: 1,
      description: 'What the source delivers is multiplied by this, then `offset` is added, then the unit converted.',
      examples: [0.1],
    }),
    offset: Type.Number({ default: 0, description: 'Added after `scale`, source unit.', examples: [-40] }),
    from: Type.String({ minLength: 1, description: 'Id of the adapter that delivers it.', examples: ['hall-plc'] }),
    address: Type.Optional(Type.Unknown({ description: 'Where it lies on the device, in the way of its protocol.' })),
    range: Type.Optional(
      Type.Tuple([Type.Number(), Type.Number()], {
        description: 'Lowest and highest possible value; what is outside is kept with quality bad.',
        examples: [[0, 50]],
      }),
    ),
    deadband: Type.Union(
      [Type.Number({ minimum: 0 }), Type.String({ pattern: '^(100|\\d{1,2}(\\.\\d+)?) ?%$', examples: ['1%'] })],
      {
        default: 0,
        description: 'Changes smaller than this are not kept: tag unit, or percent of `range`; 0 keeps everything.',
        examples: [0.01, '1%'],
      },
    ),
    heartbeat: Type.Unsafe<number>(
      duration({
        minimum: '1s',
        default: '60s',
        description: 'A value inside the deadband is kept all the same after this long.',
      }),
    ),
    maxRate: Type.Optional(
      Type.String({
        pattern: '^[1-9]\\d{0,5}/(s|min|h)$',
        description:
          'Most readings in a second, minute or hour of their own time; what is beyond is counted and left out.',
        examples: ['10/s'],
      }),
    ),
    description: Type.Optional(
      Type.String({
        maxLength: 1_000,
        description: 'What it measures and where, for people.',
        examples: ['Drive end, horizontal.'],
      }),
    ),
  },
  { additionalProperties: false },
);

/** A piece of equipment and its tags. */
export const AssetSection = Type.Object(
  {
    name: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description: 'What people call it; its id when left out.',
        examples: ['Stamping press 1'],
      }),
    ),
    parent: Type.Optional(Type.String({ description: 'Id of the asset it is a part of.', examples: ['hall'] })),
    class: Type.Optional(
      Type.String({
        pattern: '^[a-z0-9-]{1,100}$',
        description: 'Kind of machine; picks rules on that class, and a pack.',
        examples: ['motor', 'pump', 'fan', 'gearbox'],
      }),
    ),
    pack: Type.Optional(
      Type.Literal('none', { description: 'Nothing of what is known of its class is used: no rules, no causes.' }),
    ),
    criticality: Type.Optional(
      Type.Union([Type.Literal('A'), Type.Literal('B'), Type.Literal('C')], {
        description: 'A: stops the plant. B: slows it. C: can wait.',
      }),
    ),
    tags: Type.Record(Type.String({ pattern: TAG_NAME_PATTERN }), TagSection, {
      additionalProperties: false,
      default: {},
      description: 'Its measured signals by name. A tag is called asset.name everywhere else.',
      'x-keys': 'tag names are made of what can be printed, at most 200 characters',
    }),
  },
  { additionalProperties: false },
);

const TagReference = Type.String({ minLength: 1, examples: ['press-1.vibration'] });

const WorkOrder = Type.Object(
  {
    failureMode: Type.String({
      pattern: '^[A-Z]{3}$',
      default: 'OTH',
      description: 'ISO 14224 failure mode of the job.',
      examples: ['VIB', 'OHE', 'AIR'],
    }),
    due: Type.Optional(
      Type.Unsafe<number>(
        duration({
          description: 'From raised to due; left out, as long as the priority and the level of the alert leave.',
          examples: ['24h'],
        }),
      ),
    ),
  },
  { additionalProperties: false },
);

const GIVEN =
  'Of auto: tags that explain those in on and are not judged themselves, as the load, or the air of the hall.';

/** A configured detector on tags. `with` is read later, by the schema of the detector. */
export const RuleSection = Type.Object(
  {
    on: Type.Union([TagReference, Type.Array(TagReference, { minItems: 1, maxItems: 10_000, uniqueItems: true })], {
      description:
        'One tag or a list of tags, each as asset.name, or class:pump.name for every asset of a class; each is judged by itself, unless the detector judges all together.',
    }),
    detect: Type.String({ description: 'The detector.', examples: ['limit', 'stale', 'flatline'] }),
    with: Type.Optional(Type.Unknown({ description: 'Settings of the detector.' })),
    when: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'CEL condition under which the rule judges at all: the operating state.',
        examples: ['tag("press-1.speed") > 100.0'],
      }),
    ),
    onDelay: Type.Unsafe<number>(
      duration({ default: '0s', description: 'How long the condition must last before an alert is raised.' }),
    ),
    offDelay: Type.Unsafe<number>(
      duration({ default: '0s', description: 'How long it must be gone before the alert returns.' }),
    ),
    latch: Type.Boolean({
      default: false,
      description: 'Its alert stays until somebody resets it, after its condition has gone and it was acknowledged.',
    }),
    reAlarm: Type.Optional(
      Type.Unsafe<number>(
        duration({
          minimum: '1m',
          description: 'An alert that still stands is told again after this long, and is to be acknowledged again.',
          examples: ['8h'],
        }),
      ),
    ),
    given: Type.Optional(Type.Array(TagReference, { minItems: 1, uniqueItems: true, description: GIVEN })),
    tolerance: Type.Optional(
      Type.Unsafe<number>(
        duration({
          description:
            'Of a detector that judges several tags together: how far apart their readings may be (10s when absent).',
          examples: ['5s'],
        }),
      ),
    ),
    priority: Type.Unsafe<Static<typeof Priority>>({
      ...Priority,
      default: 'medium',
      description: 'Priority of its alerts: low, medium, high or critical.',
    }),
    workOrder: Type.Union([Type.Literal('none'), WorkOrder], {
      default: {},
      description: 'The job that an alert leads to, or none.',
    }),
  },
  { additionalProperties: false },
);

/** An endpoint that is told of alerts. */
export const EndpointSection = Type.Object(
  {
    kind: Type.Literal('webhook', { description: 'The way it is told.' }),
    url: Type.String({
      minLength: 1,
      maxLength: 2_000,
      description: 'Where messages are posted.',
      examples: ['https://cmms.example/hooks'],
    }),
    secretFile: Type.String({
      minLength: 1,
      description: 'File with the signing secret (whsec_…), relative to the folder of this file.',
      examples: ['/run/secrets/cmms'],
    }),
    priorities: Type.Array(Priority, {
      default: [],
      uniqueItems: true,
      description: 'Which alerts are sent; empty means all.',
      examples: [['critical', 'high']],
    }),
  },
  { additionalProperties: false },
);

const RetentionSection = Type.Object(
  {
    readings: Type.Unsafe<number>(
      duration({ minimum: '1d', default: '400d', description: 'How long readings are kept.' }),
    ),
    rollups: Type.Unsafe<number>(
      duration({ minimum: '1d', default: '10y', description: 'How long minute, hour and day averages are kept.' }),
    ),
    waveforms: Type.Unsafe<number>(
      duration({ minimum: '1d', default: '90d', description: 'How long waveforms and thermal frames are kept.' }),
    ),
    compressAfter: Type.Unsafe<number>(
      duration({
        minimum: '1h',
        default: '7d',
        description: 'Age at which readings are compressed, where the database can.',
      }),
    ),
  },
  { additionalProperties: false, default: {}, description: 'How long what is kept.' },
);

const LogSection = Type.Object(
  {
    maxBytes: Type.Unsafe<number>(
      byteSize({
        minimum: '16MiB',
        default: '2GiB',
        description: 'Most that the readings log may hold of what is not stored and evaluated yet.',
      }),
    ),
    whenFull: Type.Union([Type.Literal('refuse'), Type.Literal('block')], {
      default: 'refuse',
      description:
        'What a full log does: `refuse` takes nothing and says so; `block` lets sources wait for room, a pushing one at most 5 s.',
    }),
  },
  {
    additionalProperties: false,
    default: {},
    description: 'The readings log, which keeps what the database has not yet.',
  },
);

/** The whole plant file. Adapters are read later, each by the schema of its kind. */
export const PlantSection = Type.Object(
  {
    plant: Type.String({
      minLength: 1,
      maxLength: 200,
      description: 'Name of the plant.',
      examples: ['bremen-stamping'],
    }),
    timezone: Type.String({
      default: 'UTC',
      description: 'IANA time zone of the plant, for calendars and job numbers.',
      examples: ['Europe/Berlin'],
    }),
    adapters: named(Type.Unknown(), 'Where readings come from, by id.'),
    assets: namedAsAssets(AssetSection, 'Equipment and its tags, by id.'),
    waveforms: named(WaveformSection, 'Where waveforms are taken and what is known of the machine there, by id.'),
    frames: named(FrameSection, 'Where thermal frames are taken and what is watched on them, by id.'),
    derived: DerivedSections,
    rules: namedAsAssets(RuleSection, 'What is watched, by id.'),
    jobs: named(JobSection, 'What is done about faults that rules name, by fault; others than those built in.'),
    notify: named(EndpointSection, 'Who is told, by id.'),
    allowPrivateWebhookTargets: Type.Array(Type.String(), {
      default: [],
      uniqueItems: true,
      description: 'Private networks (CIDR) that webhooks may reach; everything else private is refused.',
      examples: [['10.0.8.0/24']],
    }),
    firstOut: FirstOutSection,
    retention: RetentionSection,
    log: LogSection,
  },
  { additionalProperties: false },
);

/** What an adapter's common settings read as, durations in ms. Parts that are wrong are missing, hence `Partial`. */
export type SourceDraft = Partial<Static<typeof SourceSection>>;
/** What a tag reads as: like `SourceDraft`. */
export type TagDraft = Partial<Static<typeof TagSection>>;
/** What an asset reads as: like `SourceDraft`. */
export type AssetDraft = Partial<Omit<Static<typeof AssetSection>, 'tags'>> & {
  readonly tags?: Readonly<Record<string, TagDraft>>;
};
/** What a rule reads as: like `SourceDraft`. */
export type RuleDraft = Partial<Static<typeof RuleSection>>;
/** What an endpoint reads as: like `SourceDraft`. */
export type EndpointDraft = Partial<Static<typeof EndpointSection>>;

/** The plant file after the shape pass. */
export interface PlantDraft {
  readonly plant?: string;
  readonly timezone?: string;
  readonly assets?: Readonly<Record<string, AssetDraft>>;
  readonly waveforms?: Readonly<Record<string, WaveformDraft>>;
  readonly frames?: Readonly<Record<string, FrameDraft>>;
  readonly derived?: Readonly<Record<string, DerivedDraft>>;
  readonly rules?: Readonly<Record<string, RuleDraft>>;
  readonly jobs?: Readonly<Record<string, JobDraft>>;
  readonly notify?: Readonly<Record<string, EndpointDraft>>;
  readonly allowPrivateWebhookTargets?: readonly string[];
  readonly firstOut?: FirstOutDraft;
  readonly retention?: Partial<Static<typeof RetentionSection>>;
  readonly log?: Partial<Static<typeof LogSection>>;
}
