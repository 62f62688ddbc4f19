import { Type } from 'typebox';
import { AlertKindSchema, nullable, PrioritySchema, Time, text, words } from './schemas.ts';

// What the API says about how rules see a tag.

const level = nullable(words('HH', 'H', 'L', 'LL'));
const number = Type.Number();

const Normal = Type.Object(
  {
    value: Type.Number({ description: 'What is judged: the reading, its mean or its smoothed value; tag unit.' }),
    expected: number,
    low: number,
    high: number,
  },
  { title: 'Normal' },
);

const Course = Type.Object(
  {
    stepMs: number,
    at: Type.Array(number, { description: 'Beginning of each step, ms since 1970; those that can be judged.' }),
    value: Type.Array(number),
    expected: Type.Array(number),
    low: Type.Array(number),
    high: Type.Array(number),
  },
  { title: 'NormalCourse' },
);

const Point = Type.Object(
  { at: Type.Number({ description: 'ms since 1970.' }), value: number },
  { title: 'LinePoint' },
);

const Forecast = Type.Object(
  {
    from: Point,
    now: Point,
    limit: number,
    p10At: Type.Number({ description: 'ms since 1970; by then the limit is reached in 10 % of such cases.' }),
    p50At: number,
    p90At: number,
  },
  { title: 'DrawnForecast' },
);

const Anew = Type.Object({ at: Time, by: text, note: nullable(text) }, { title: 'LearnsAnewSince' });

const TagRule = Type.Object(
  {
    rule: text,
    detect: text,
    kind: AlertKindSchema,
    priority: PrioritySchema,
    when: nullable(Type.String({ description: 'It judges only while this holds.' })),
    parked: nullable(Type.String({ description: 'Why it was switched off.' })),
    muted: nullable(
      Type.String({
        description: 'Why it cannot judge now, and since when: an instrument in doubt, a link that is down.',
      }),
    ),
    inputs: Type.Array(text, { description: 'The tags it judges together.' }),
    learns: Type.Boolean({ description: 'It keeps what it learns, and can be told to learn anew.' }),
    anew: Type.Union([Anew, Type.Null()], { description: 'Who said when that it is to learn anew; null: nobody did.' }),
    state: words('watching', 'learning', 'not drawn', 'muted', 'parked'),
    says: Type.String({ description: 'What it watches for or has learnt, as a sentence; may be empty.' }),
    limits: Type.Array(
      Type.Object(
        {
          level,
          value: number,
          leftAt: Type.Number({ description: 'Where the limit is left again: its deadband lies between.' }),
        },
        { title: 'DrawnLimit' },
      ),
    ),
    zones: Type.Array(
      Type.Object({ name: text, from: nullable(number), to: nullable(number) }, { title: 'DrawnZone' }),
      { description: 'Zones of a standard; an end that is null is open.' },
    ),
    everyMs: Type.Number({ description: 'Readings are judged by their mean over this time; 0: each by itself.' }),
    normal: Type.Union([Normal, Type.Null()], { description: 'What it learnt as normal, as of now.' }),
    course: Type.Union([Course, Type.Null()], {
      description: 'The same over time, where it follows from other tags; null where it is one for all times.',
    }),
    forecast: Type.Union([Forecast, Type.Null()], {
      description: 'The line of the last medians, and when it reaches the limit.',
    }),
  },
  { title: 'TagRule' },
);

export const TagJudgesAnswer = Type.Object(
  {
    tag: text,
    unit: nullable(text),
    from: Time,
    to: Time,
    savedAt: nullable(Time),
    rules: Type.Array(TagRule),
    alerts: Type.Array(
      Type.Object(
        { id: text, rule: text, priority: PrioritySchema, raisedAt: Time, clearedAt: nullable(Time) },
        { title: 'AlertMark' },
      ),
      { description: 'Alerts of the tag that were raised or cleared in the range, newest first; at most 50.' },
    ),
  },
  { title: 'TagRules' },
);
