import { type Static, Type } from 'typebox';
import { duration } from '../model/duration.ts';
import { DERIVED_NAME_PATTERN } from '../model/names.ts';

/** A tag that is computed from others: `derived.<asset>.<tag>` of the plant file. */
export const DerivedSection = Type.Object(
  {
    value: Type.String({
      minLength: 1,
      description: 'CEL that gives its value: a number from the values of other tags.',
      examples: ['tag("pump-1.pressure-out") - tag("pump-1.pressure-in")'],
    }),
    unit: Type.Optional(
      Type.String({ minLength: 1, maxLength: 40, description: 'UCUM code of the unit.', examples: ['bar', 'kW'] }),
    ),
    tolerance: Type.Unsafe<number>(
      duration({
        default: '10s',
        description: 'How far apart readings may be that are computed together; what is farther off is missing.',
        examples: ['2m'],
      }),
    ),
    description: Type.Optional(
      Type.String({ maxLength: 1_000, description: 'What it means, for people.', examples: ['Head of the pump.'] }),
    ),
  },
  { additionalProperties: false },
);

/** The derived tags of a plant file, by name. */
export const DerivedSections = Type.Record(Type.String({ pattern: DERIVED_NAME_PATTERN }), DerivedSection, {
  additionalProperties: false,
  default: {},
  description: 'Tags that are computed from others, each as asset.name, or class:pump.name for every asset of a class.',
  'x-keys': 'a derived tag is named asset.name, such as pump-1.head, or class:pump.head for every pump',
});

/** What a derived tag reads as: parts that are wrong are missing. */
export type DerivedDraft = Partial<Static<typeof DerivedSection>>;
