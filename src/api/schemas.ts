import { type TSchema, Type } from 'typebox';

// Everything that the API gives out. A schema with a title becomes a type of the console. That of history is in
// history-schemas.ts.

export const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
export const Time = Type.String({ format: 'date-time', description: 'RFC 3339, UTC.' });
export const text = Type.String();
export const words = <const T extends readonly string[]>(...values: T) =>
  Type.Unsafe<T[number]>(Type.String({ enum: [...values] }));

export const Quality = words('good', 'uncertain', 'bad');
export const PrioritySchema = words('low', 'medium', 'high', 'critical');

export const Session = Type.Object(
  {
    name: text,
    scopes: Type.Array(text),
    csrfToken: Type.String({ description: 'To be sent as x-csrf-token with every change.' }),
  },
  { title: 'Session' },
);

export const PlantInfo = Type.Object(
  {
    name: text,
    timezone: text,
    store: Type.Object({
      edition: words('timescaledb-community', 'timescaledb-apache', 'postgresql'),
      rollups: Type.Unsafe<'tables' | 'aggregates'>(
        Type.String({
          enum: ['tables', 'aggregates'],
          description: 'Who keeps minutes, hours and days: our tables, or continuous aggregates of TimescaleDB.',
        }),
      ),
      bytes: Type.Unsafe<number | null>(
        Type.Union([Type.Number(), Type.Null()], {
          description: 'Size of the database; null while it does not answer.',
        }),
      ),
    }),
    disks: Type.Array(
      Type.Object({
        holds: text,
        used: Type.Number({ description: '0 to 1.' }),
        freeBytes: Type.Number(),
        filling: Type.Boolean({ description: 'True from 80 % on.' }),
      }),
      { description: 'The disks of this machine that Millwright writes to.' },
    ),
    startedAt: Time,
    version: text,
  },
  { title: 'Plant' },
);

export const PlantChanges = Type.Object(
  {
    changes: Type.Array(
      Type.Object({
        kind: words('added', 'removed', 'changed'),
        what: Type.String({ description: 'Such as `rule press-1-vibration-high`.' }),
        details: Type.Array(text, { description: 'Settings that are different, of a changed thing; never a secret.' }),
      }),
      { description: 'What the plant file says differently from before; empty: nothing.' },
    ),
  },
  { title: 'PlantChanges' },
);

export const AssetSchema = Type.Object(
  {
    id: text,
    name: text,
    parent: nullable(text),
    class: nullable(text),
    criticality: nullable(words('A', 'B', 'C')),
    tags: Type.Array(text),
  },
  { title: 'Asset' },
);

/** The raw status code of a reading. */
export const Code = Type.Optional(
  Type.Integer({
    description:
      'Raw 32-bit OPC UA status code, where there is one; 10616832 (0x00A20000): history that was put in later.',
  }),
);

/** What a reading says in words. */
export const Text = Type.Optional(
  Type.String({ description: 'A text in place of a number: `value` is null then. At most 4 KiB.' }),
);

export const ReadingItem = Type.Object(
  { at: Time, value: nullable(Type.Number()), quality: Quality, code: Code, text: Text },
  { title: 'ReadingItem' },
);

export const TextItem = Type.Object({ at: Time, text, quality: Quality, code: Code }, { title: 'TextItem' });

export const TagSchema = Type.Object(
  {
    name: Type.String({ description: '`<asset>.<tag>`.' }),
    asset: text,
    type: Type.Union([words('number', 'text'), Type.Null()], {
      description: 'What it is meant to hold; null: whatever comes first, as nobody said.',
    }),
    unit: nullable(text),
    says: nullable(
      Type.String({
        description: 'What its values are and of what they are made; null: they come as they are from its source.',
      }),
    ),
    source: nullable(text),
    range: nullable(Type.Array(Type.Number(), { minItems: 2, maxItems: 2 })),
    latest: nullable(ReadingItem),
    limits: Type.Array(
      Type.Object({ rule: text, level: words('HH', 'H', 'L', 'LL'), value: Type.Number() }, { title: 'Limit' }),
      { description: 'Limits that rules watch on this tag, for charts.' },
    ),
  },
  { title: 'Tag' },
);

export const AlertKindSchema = words('machine', 'instrument', 'communications', 'external');

export const RemainingLifeSchema = Type.Object(
  {
    at: Time,
    p10: Type.Number({ minimum: 0 }),
    p50: Type.Number({ minimum: 0 }),
    p90: Type.Number({ minimum: 0 }),
  },
  {
    title: 'RemainingLife',
    description:
      'Hours from `at` until the limit is reached, that 10, 50 and 90 % of such cases do not exceed. Absent where the rule does not say.',
  },
);

const alertProperties = {
  id: Type.String({ format: 'uuid' }),
  rule: text,
  kind: AlertKindSchema,
  tag: nullable(text),
  asset: nullable(text),
  source: nullable(text),
  state: words('unacknowledged', 'acknowledged', 'returned', 'normal'),
  level: nullable(words('HH', 'H', 'L', 'LL')),
  priority: PrioritySchema,
  raisedAt: Time,
  returnedAt: nullable(Time),
  clearedAt: nullable(Time),
  acknowledgedAt: nullable(Time),
  acknowledgedBy: nullable(text),
  value: nullable(Type.Number()),
  limit: nullable(Type.Number()),
  explanation: Type.String({ description: 'One sentence: what is wrong, with number, unit and limit.' }),
  workOrder: nullable(Type.String({ description: 'Number of the work order, WO-YYYY-NNNNNN.' })),
  fault: Type.Optional(
    Type.String({ description: 'What is broken, where the method can say, as `bearing-outer`; else absent.' }),
  ),
  rul: Type.Optional(RemainingLifeSchema),
  firstOut: Type.Optional(
    Type.Boolean({
      description:
        'True on the first of several alerts of one asset or group, each raised within seconds of the one before; else absent.',
    }),
  ),
  firstOutAlert: Type.Optional(
    Type.String({ format: 'uuid', description: 'On the others: the alert that was raised first.' }),
  ),
};

export const AlertSchema = Type.Object(alertProperties, { title: 'Alert' });

/** A line of an alert's journal. */
const eventProperties = {
  at: Time,
  effect: words('raised', 'raised again', 're-alarmed', 'changed', 'acknowledged', 'returned', 'cleared', 'corrected'),
  by: nullable(text),
  note: nullable(text),
  level: nullable(text),
  value: nullable(Type.Number()),
  limit: nullable(Type.Number()),
  explanation: nullable(text),
  rul: Type.Optional(RemainingLifeSchema),
};

const AlertEventSchema = Type.Object(
  {
    ...eventProperties,
    workOrder: Type.Union([text, Type.Null()], {
      description:
        'Number of the job that the alert had then: one that was closed by the time it came back has another after it.',
    }),
  },
  { title: 'AlertEvent' },
);

export const AlertDetail = Type.Object(
  {
    ...alertProperties,
    picture: nullable(
      Type.String({
        description: 'Path of the picture of the waveform or thermal frame that it came from, if it did.',
      }),
    ),
    figures: nullable(
      Type.Object(
        { value: text, limit: text, unit: nullable(text) },
        {
          title: 'Figures',
          description:
            'What value and limit are, as labels; unit null: that of the tag. Null for alerts without a rule.',
        },
      ),
    ),
    events: Type.Array(AlertEventSchema),
  },
  { title: 'AlertDetail' },
);

export const WorkOrderSchema = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    number: Type.String({ description: 'WO-YYYY-NNNNNN.' }),
    state: words('open', 'in progress', 'done', 'cancelled'),
    asset: nullable(text),
    title: text,
    description: text,
    failureMode: Type.String({ description: 'ISO 14224 failure mode.' }),
    priority: PrioritySchema,
    createdAt: Time,
    dueAt: nullable(Time),
    startedAt: nullable(Time),
    startedBy: nullable(text),
    closedAt: Type.Union([Time, Type.Null()], { description: 'When it was completed or cancelled.' }),
    closedBy: nullable(text),
    found: Type.Union([words('fault', 'nothing'), Type.Null()], {
      description: 'What a completed job found; `nothing`: the alert was false; null: nobody said.',
    }),
    cause: nullable(text),
    remedy: Type.Union([text, Type.Null()], { description: 'What was done about it.' }),
    notes: nullable(text),
    alerts: Type.Array(text, { description: 'Ids of the alerts it answers, or answered, oldest first.' }),
    alsoOpen: Type.Array(text, { description: 'Numbers of other open jobs of its asset, oldest first, at most 20.' }),
  },
  { title: 'WorkOrder' },
);

export const WorkOrderDetail = Type.Object(
  {
    ...WorkOrderSchema.properties,
    events: Type.Array(
      Type.Object({ alert: Type.String({ format: 'uuid' }), ...eventProperties }, { title: 'WorkOrderEvent' }),
      {
        description:
          'What its alerts said while they were its own, oldest first: the last 1,000 lines. An alert that got another job goes on in that.',
      },
    ),
    actions: Type.Array(
      Type.Object(
        { at: Time, action: words('started', 'completed', 'cancelled'), by: text, note: nullable(text) },
        { title: 'WorkOrderAction' },
      ),
      { description: 'What people did about it, oldest first.' },
    ),
  },
  { title: 'WorkOrderDetail' },
);

export const WebhookSchema = Type.Object(
  {
    id: text,
    url: text,
    priorities: Type.Array(PrioritySchema, { description: 'Empty: all.' }),
    origin: words('plant', 'api'),
    enabled: Type.Boolean(),
    disabledReason: nullable(text),
    createdAt: Time,
    createdBy: text,
  },
  { title: 'Webhook' },
);

export const CreatedWebhook = Type.Object(
  {
    ...WebhookSchema.properties,
    secret: Type.String({ description: 'whsec_…: verifies signatures. Shown only now.' }),
  },
  { title: 'CreatedWebhook' },
);

export const DeliverySchema = Type.Object(
  {
    id: Type.String({ description: 'Also the webhook-id header.' }),
    webhookId: text,
    url: nullable(text),
    alert: text,
    effect: text,
    state: words('pending', 'delivered', 'failed', 'dead'),
    attempts: Type.Integer(),
    createdAt: Time,
    deliveredAt: nullable(Time),
    nextAt: nullable(Time),
    lastStatus: nullable(Type.Integer()),
    lastReason: nullable(text),
  },
  { title: 'Delivery' },
);

export const SourceSchema = Type.Object(
  {
    id: text,
    kind: text,
    state: words('connecting', 'up', 'waiting', 'listening', 'stopped'),
    since: Time,
    lastSuccess: nullable(Time),
    nextAttempt: nullable(Time),
    attempts: Type.Integer({ description: 'Attempts since the link was last up.' }),
    lastError: nullable(Type.Object({ code: text, message: text, at: Time })),
    counts: Type.Object({
      accepted: Type.Integer(),
      discarded: Type.Record(Type.String(), Type.Integer()),
      requests: Type.Integer(),
      failures: Type.Integer(),
    }),
    tags: Type.Integer(),
    isWell: Type.Boolean({ description: 'False when the diagnosis names something to be done.' }),
    diagnosis: Type.String({
      description:
        'How the source is, in words: what is wrong, since when, what works beside it, and where to look first. One finding a line, the ' +
        "worst first. Times are the plant's.",
      examples: [
        "no answer from unit 7 since 10:42:03 (201 timeouts); units 1–6 on the same bus answer in 12 ms: check unit 7's power and address",
      ],
    }),
  },
  { title: 'Source' },
);
