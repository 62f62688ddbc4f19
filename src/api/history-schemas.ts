import { Type } from 'typebox';
import { Code, nullable, Quality, ReadingItem, Text, Time, text, words } from './schemas.ts';

// What the API gives out about the past: readings, figures and columns.

const GapSchema = Type.Object(
  {
    from: Time,
    to: Time,
    reason: Type.Unsafe<'no data' | 'bad quality' | 'partly bad'>(
      Type.String({
        enum: ['no data', 'bad quality', 'partly bad'],
        description:
          '`no data`: silent for longer than `gapAfterMs`. `bad quality`: nothing that can be trusted. `partly bad`: rollup buckets with good and bad readings.',
      }),
    ),
  },
  { title: 'Gap' },
);

export const ReadingsAnswer = Type.Object(
  {
    tag: text,
    unit: nullable(text),
    from: Time,
    to: Time,
    resolution: Type.Unsafe<'raw' | 'extremes' | 'lttb' | 'minute' | 'hour' | 'day'>(
      Type.String({
        enum: ['raw', 'extremes', 'lttb', 'minute', 'hour', 'day'],
        description:
          '`raw`: every reading. `extremes`, `lttb`: some of the readings. `minute`, `hour`, `day`: lowest and highest values of rollups of that length.',
      }),
    ),
    method: words('every', 'extremes', 'lttb'),
    timeStepMs: Type.Number({ description: 'How exact the times of items are; 0: they are the times of readings.' }),
    gapAfterMs: nullable(
      Type.Number({ description: 'A silence longer than this is a gap; null: the pace is not known.' }),
    ),
    gaps: Type.Array(GapSchema, { description: 'In order of time; the longest ones when there are too many.' }),
    gapsOmitted: Type.Integer({ description: 'Shorter gaps that were left out.' }),
    items: Type.Array(ReadingItem),
    next: nullable(text),
  },
  { title: 'Readings' },
);

export const AlignedAnswer = Type.Object(
  {
    from: Time,
    to: Time,
    stepMs: Type.Number({
      description: 'Length of a step. Days of the plant on which its clock is changed are an hour shorter or longer.',
    }),
    value: words('avg', 'min', 'max', 'last'),
    resolution: words('raw', 'minute', 'hour', 'day'),
    at: Type.Array(Type.Number({ description: 'Beginning of the step, ms since 1970.' })),
    columns: Type.Array(
      Type.Object(
        {
          tag: text,
          unit: nullable(text),
          values: Type.Array(nullable(Type.Number()), {
            description: 'One for each time; null: nothing to be trusted.',
          }),
          quality: Type.Array(nullable(Quality), {
            description: 'Worst of the readings that were used; `bad`: only bad ones; null: none at all.',
          }),
        },
        { title: 'Column' },
      ),
    ),
  },
  { title: 'AlignedReadings' },
);

const Percentile = Type.Object(
  { percentile: Type.Number(), value: nullable(Type.Number()) },
  { title: 'PercentileValue' },
);

const StateTime = Type.Object(
  {
    from: nullable(Type.Number({ description: 'Inclusive, tag unit; null: no lower end.' })),
    to: nullable(Type.Number({ description: 'Exclusive, tag unit; null: no upper end.' })),
    durationMs: Type.Number(),
    share: nullable(Type.Number({ description: 'Of the time in which the value is known, 0 to 1.' })),
  },
  { title: 'StateTime' },
);

export const AggregatesAnswer = Type.Object(
  {
    tag: text,
    unit: nullable(text),
    from: Time,
    to: Time,
    n: Type.Integer({ description: 'All readings.' }),
    nGood: Type.Integer({ description: 'Readings of quality good.' }),
    nUsed: Type.Integer({ description: 'Readings that figures are made of: with a value that is not bad.' }),
    avg: Type.Optional(nullable(Type.Number({ description: 'Mean of the readings, tag unit; not weighted by time.' }))),
    min: Type.Optional(nullable(Type.Number())),
    max: Type.Optional(nullable(Type.Number())),
    stddev: Type.Optional(nullable(Type.Number({ description: 'Of the sample (n − 1), tag unit.' }))),
    percentiles: Type.Optional(Type.Array(Percentile)),
    timeInState: Type.Optional(
      Type.Object(
        {
          states: Type.Array(StateTime),
          otherMs: Type.Number({ description: 'Time at values that are none of `states`.' }),
          badMs: Type.Number({ description: 'Time of bad quality.' }),
          unknownMs: Type.Number({ description: 'Time in gaps, before the first reading, and still to come.' }),
          gapAfterMs: nullable(Type.Number()),
        },
        { title: 'TimeInState' },
      ),
    ),
  },
  { title: 'Aggregates' },
);

export const LatestAnswer = Type.Object(
  {
    items: Type.Array(
      Type.Object(
        { tag: text, at: Time, value: nullable(Type.Number()), quality: Quality, code: Code, text: Text },
        { title: 'LatestReading' },
      ),
    ),
    next: nullable(text),
  },
  { title: 'LatestReadings' },
);
