import { type Static, Type } from 'typebox';
import type { AlertEffect, AlertState, Level } from '../../model/alert.ts';
import { duration } from '../../model/duration.ts';

/** The state that each effect leads to; `null`: it stays what it is. */
export const STATE_AFTER: Readonly<Record<AlertEffect, AlertState | null>> = {
  raised: 'unacknowledged',
  'raised again': 'unacknowledged',
  're-alarmed': 'unacknowledged',
  changed: null,
  acknowledged: 'acknowledged',
  returned: 'returned',
  cleared: 'normal',
  corrected: null,
};

const STATES = ['normal', 'unacknowledged', 'acknowledged', 'returned'] as const satisfies readonly AlertState[];
const LEVELS = ['HH', 'H', 'L', 'LL'] as const satisfies readonly Level[];

function oneOf<T extends string>(words: readonly T[], description: string) {
  return Type.Unsafe<T>({ type: 'string', enum: [...words], description });
}

function time(description: string, rest: { readonly default?: string; readonly minimum?: string } = {}) {
  return Type.Unsafe<number>(duration({ description, ...rest }));
}

const offset = () => time('Time since the start of the scenario.');

const SegmentSection = Type.Object(
  {
    from: time('When it begins, since the start.', { default: '0s' }),
    to: Type.Optional(time('When it ends; without it where the next one of the tag begins, or with the scenario.')),
    every: time('From one reading to the next.', { default: '1s', minimum: '1ms' }),
    constant: Type.Optional(Type.Number({ description: 'The same value all the time.' })),
    ramp: Type.Optional(
      Type.Array(Type.Number(), { minItems: 2, maxItems: 2, description: 'Value at its beginning and at its end.' }),
    ),
    sine: Type.Optional(
      Type.Object(
        {
          mean: Type.Number({ default: 0, description: 'Value in the middle.' }),
          amplitude: Type.Number({ minimum: 0, description: 'From the middle to the top.' }),
          period: time('From one top to the next.', { minimum: '1ms' }),
        },
        { additionalProperties: false, description: 'A sine that begins in the middle, upwards.' },
      ),
    ),
    values: Type.Optional(
      Type.Array(
        Type.Object({ at: offset(), value: Type.Union([Type.Number(), Type.Null()]) }, { additionalProperties: false }),
        { minItems: 1, description: 'Single readings, in the order in which they arrive.' },
      ),
    ),
    noise: Type.Number({ default: 0, minimum: 0, description: 'Even noise up to this much, drawn from the seed.' }),
    quality: Type.Unsafe<'good' | 'uncertain' | 'bad'>({
      type: 'string',
      enum: ['good', 'uncertain', 'bad'],
      default: 'good',
      description: 'Quality of its readings; with `bad` and no value there is none in them.',
    }),
    late: time('How long after their own time its readings arrive.', { default: '0s' }),
  },
  { additionalProperties: false },
);

const EventSection = Type.Object(
  {
    at: offset(),
    link: Type.Optional(Type.String({ description: 'The adapter whose link changes.' })),
    state: Type.Optional(oneOf(['up', 'down'], 'What becomes of the link.')),
    reason: Type.Optional(Type.String({ description: 'Why it is down.' })),
    acknowledge: Type.Optional(Type.String({ description: 'The rule whose open alerts somebody acknowledges.' })),
    reset: Type.Optional(Type.String({ description: 'The rule whose latched alerts somebody resets.' })),
    tag: Type.Optional(Type.String({ description: 'Only the alert of this tag.' })),
    by: Type.String({ default: 'operator', description: 'Who does it.' }),
    note: Type.Optional(Type.String({ description: 'What they say.' })),
  },
  { additionalProperties: false },
);

const AlertSection = Type.Object(
  {
    at: offset(),
    rule: Type.String({ description: 'Its rule; `communications` for the link of an adapter.' }),
    tag: Type.Optional(Type.String({ description: 'Its tag, where the rule has several.' })),
    source: Type.Optional(Type.String({ description: 'Its adapter, for `communications`.' })),
    effect: oneOf(Object.keys(STATE_AFTER) as AlertEffect[], 'What happens to it.'), // the keys of a record of effects
    level: Type.Optional(oneOf(LEVELS, 'Which limit.')),
    says: Type.Optional(Type.String({ minLength: 1, description: 'Words that its explanation contains.' })),
    within: time('How much earlier or later it may be.', { default: '1s' }),
  },
  { additionalProperties: false },
);

const StateSection = Type.Object(
  {
    at: offset(),
    rule: Type.String({ description: 'Its rule.' }),
    tag: Type.Optional(Type.String({ description: 'Its tag, where the rule has several.' })),
    is: oneOf(STATES, 'The state it is in; an alert whose on-delay runs is `normal`.'),
  },
  { additionalProperties: false },
);

const ScenarioSection = Type.Object(
  {
    name: Type.String({ minLength: 1, description: 'What it shows, as a sentence.' }),
    start: Type.String({ default: '2026-01-05T06:00:00Z', description: 'Time at which it begins, RFC 3339.' }),
    for: time('How long it lasts.', { minimum: '1s' }),
    seed: Type.Integer({ default: 1, minimum: 0, maximum: 4_294_967_295, description: 'What noise is drawn from.' }),
    rules: Type.Optional(
      Type.Array(Type.String(), { minItems: 1, description: 'Only what these rules do is looked at.' }),
    ),
    values: Type.Record(
      Type.String(),
      Type.Union([Type.Number(), SegmentSection, Type.Array(SegmentSection, { minItems: 1 })]),
      { default: {}, description: 'What the tags say: a number, a segment, or segments one after the other.' },
    ),
    events: Type.Array(EventSection, { default: [], description: 'Links that change, and what people do.' }),
    expect: Type.Object(
      {
        alerts: Type.Optional(
          Type.Array(AlertSection, { description: 'All that happens to alerts; an empty list: nothing does.' }),
        ),
        states: Type.Array(StateSection, { default: [], description: 'States at times.' }),
      },
      { additionalProperties: false, description: 'What must come of it.' },
    ),
  },
  { additionalProperties: false },
);

/** A file of scenarios. */
export const ScenarioFile = Type.Object(
  {
    plant: Type.Optional(
      Type.String({ minLength: 1, description: 'The plant file, seen from the folder of this one.' }),
    ),
    scenarios: Type.Array(ScenarioSection, { minItems: 1 }),
  },
  { additionalProperties: false },
);

/** One scenario as it is written, durations in ms. */
export type Scenario = Static<typeof ScenarioSection>;
/** A stretch of what one tag says. */
export type Segment = Static<typeof SegmentSection>;
/** A link that changes, or what somebody does. */
export type ScenarioEvent = Static<typeof EventSection>;
/** Something that must happen to an alert. */
export type ExpectedAlert = Static<typeof AlertSection>;

/** What a tag says, as segments: a bare number is the same value all the time. */
export function segmentsOf(series: Scenario['values'][string]): readonly Segment[] {
  if (typeof series !== 'number') return Array.isArray(series) ? series : [series];
  return [{ from: 0, every: 1_000, constant: series, noise: 0, quality: 'good', late: 0 }];
}
