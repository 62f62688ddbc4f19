import { Type } from 'typebox';
import { nullable, RemainingLifeSchema, Time, text, words } from './schemas.ts';

const Share = Type.Number({ minimum: 0, maximum: 1 });

const head = {
  asset: text,
  at: Time,
  health: Type.Unsafe<number | null>(
    Type.Union([Share, Type.Null()], {
      description:
        '1: nothing that watches it sees anything. 0.5 to 0.75: unusual, or a limit to come; 0.25 to 0.5: not for long operation; below: ' +
        'beyond its last limit. null: not known.',
    }),
  ),
  confidence: Type.Number({
    minimum: 0,
    maximum: 1,
    description: 'Share of the rules on it that hear what they judge.',
  }),
  says: Type.String({ description: 'The same in a sentence.' }),
};

export const HealthItemSchema = Type.Object(
  { ...head, mode: Type.Unsafe<string | null>(nullable(Type.String({ description: 'What is likeliest wrong.' }))) },
  { title: 'HealthItem' },
);

export const AssetHealthSchema = Type.Object(
  {
    ...head,
    pulls: Type.Array(
      Type.Object(
        {
          kind: words('limit', 'diagnosis', 'forecast', 'unusual', 'external', 'part'),
          left: Type.Number({ minimum: 0, maximum: 1, description: 'The health if this were all.' }),
          why: text,
          alert: nullable(text),
          rule: nullable(text),
          asset: Type.String({ description: 'Whose it is: the asset itself, or a part of it.' }),
          tag: nullable(text),
          unit: nullable(text),
          value: nullable(Type.Number()),
          limit: nullable(Type.Number()),
          level: nullable(words('HH', 'H', 'L', 'LL')),
          rul: Type.Optional(RemainingLifeSchema),
          explanation: text,
        },
        { title: 'HealthPull' },
      ),
      { description: 'What takes from it, the worst first: the first is the health. At most 100.', maxItems: 100 },
    ),
    morePulls: Type.Integer({
      minimum: 0,
      description: 'How many more take from it than `pulls` lists, none of them worse.',
    }),
    blind: Type.Array(
      Type.Object(
        {
          rule: text,
          tag: text,
          reason: words('never heard', 'silent', 'bad quality', 'instrument', 'link', 'learning'),
          since: nullable(Time),
          alert: nullable(text),
        },
        { title: 'BlindSpot' },
      ),
      { description: 'Rules that should watch it and cannot.' },
    ),
    modes: Type.Array(
      Type.Object(
        {
          mode: text,
          failureMode: Type.Unsafe<string | null>(nullable(Type.String({ description: 'ISO 14224.' }))),
          likelihood: Share,
          check: nullable(text),
          evidence: Type.Array(text),
        },
        { title: 'RankedMode' },
      ),
      {
        description: 'What may be wrong, the likeliest first; experience, no statistics. Empty while no alert stands.',
      },
    ),
    measurements: Type.Array(
      Type.Object(
        {
          measurement: text,
          tells: text,
          gainBits: Type.Number({ description: 'Expected information about what is wrong, bits.' }),
          outcomes: Type.Array(
            Type.Object(
              { outcome: text, probability: Share, means: text, likelihood: Share },
              { title: 'MeasurementOutcome' },
            ),
          ),
        },
        { title: 'MeasurementAdvice' },
      ),
      { description: 'What to measure next, the most telling first.' },
    ),
  },
  { title: 'AssetHealth' },
);

const WasHealth = Type.Unsafe<number | null>(nullable(Share));

export const HealthHistorySchema = Type.Object(
  {
    asset: text,
    from: Time,
    to: Time,
    seenUntil: Type.Unsafe<string | null>(
      Type.Union([Time, Type.Null()], { description: 'When the health was looked at last; null: never.' }),
    ),
    stepMs: Type.Number({
      description:
        '0: items are as long as the health was the same. Else there were too many, and each is the lowest of so long.',
    }),
    items: Type.Array(
      Type.Object({ from: Time, to: Time, health: WasHealth, confidence: Share }, { title: 'HealthStretch' }),
      { description: 'In order of time. What is in no item was not kept: the service did not run, or not yet.' },
    ),
  },
  { title: 'HealthHistory' },
);

export const HealthChangesSchema = Type.Object(
  {
    from: Time,
    to: Time,
    items: Type.Array(
      Type.Object(
        {
          asset: text,
          name: text,
          before: Type.Unsafe<number | null>(nullable(Type.Number({ description: 'At `from`; null: not known.' }))),
          after: Type.Unsafe<number | null>(nullable(Type.Number({ description: 'At `to`; null: not known.' }))),
          lowest: WasHealth,
          lowestAt: nullable(Time),
          knownMs: Type.Number({ description: 'For how long of the range it was known.' }),
          belowHalfMs: Type.Number({ description: 'For how long it was below 0.5: not for long operation.' }),
        },
        { title: 'HealthChange' },
      ),
      { description: 'The worst at `to` first, then by the lowest; assets of which nothing is known last.' },
    ),
  },
  { title: 'HealthChanges' },
);
