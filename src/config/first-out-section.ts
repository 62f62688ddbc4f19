import { type Static, Type } from 'typebox';
import { duration } from '../model/duration.ts';

/** Which alerts are looked at together to find the one that was raised first. */
export const FirstOutSection = Type.Object(
  {
    window: Type.Unsafe<number>(
      duration({
        minimum: '1s',
        maximum: '1h',
        default: '10s',
        description: 'Alerts that are each raised so soon after the one before belong together.',
      }),
    ),
    groups: Type.Record(
      Type.String({ pattern: '^[a-z0-9-]{1,100}$' }),
      Type.Array(Type.String(), { minItems: 1, uniqueItems: true }),
      {
        additionalProperties: false,
        default: {},
        description:
          'Assets whose alerts belong together, such as those of one line, by the name of the group; all others by themselves.',
        examples: [{ 'boiler-feed': ['pump-1', 'valve-3'] }],
        'x-keys': 'names here are made of a-z, 0-9 and "-"',
      },
    ),
  },
  {
    additionalProperties: false,
    default: {},
    description: 'Which of several alerts came first (first-out, ISA-18.2).',
  },
);

/** What it reads as: parts that are wrong are missing. */
export type FirstOutDraft = Partial<Static<typeof FirstOutSection>>;
