import { type Static, Type } from 'typebox';
import type { Detector, Finding } from '../detector.ts';
import { sayNumber } from '../say-number.ts';
import { NORMAL, UNKNOWN } from '../verdict.ts';

const Config = Type.Object(
  {
    alarm: Type.String({
      minLength: 1,
      description: 'CEL condition over tags and windows that is true while something is wrong.',
      examples: ['avg("pump-1.temp", 10m) > 80.0 && tag("pump-1.speed") > 100.0'],
    }),
    says: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 300,
        description: 'What is wrong, as a person would say it; the first comparison of `alarm` when left out.',
        examples: ['the pump runs hot'],
      }),
    ),
  },
  { additionalProperties: false },
);

/** Its settings. */
export type ExpressionConfig = Static<typeof Config>;

/**
 * Whatever a condition can say. The engine evaluates it whenever one of its tags has a reading, and gives what came of it:
 * `inputs[0]` is 1 where the condition is true, 0 where it is false, NaN where it is unknown; `inputs[1]` and `[2]` are the
 * two sides of its first comparison, NaN where it has none.
 */
export const expression: Detector<typeof Config, null> = {
  kind: 'expression',
  about: 'machine',
  config: Config,

  init: () => null,

  step(_state, _at, inputs, config) {
    const [holds = Number.NaN, value = Number.NaN, limit = Number.NaN] = inputs;
    if (Number.isNaN(holds)) return UNKNOWN;
    return holds === 0 ? NORMAL : { state: 'abnormal', score: 1, finding: findingOf(config, value, limit) };
  },

  back([, value = Number.NaN, limit = Number.NaN], { alarm, says }, { before }) {
    const what = says ?? alarm;
    const measured = measuredIn(alarm, value, limit);
    if (measured === null) return { value: 0, limit: 0, explanation: `no longer true: ${what}` };
    return { value, limit, explanation: `no longer: ${what}; ${measured}, it was ${sayNumber(before.value)}` };
  },
};

function findingOf({ alarm, says }: Static<typeof Config>, value: number, limit: number): Finding {
  const measured = measuredIn(alarm, value, limit);
  if (measured === null) return { value: 1, limit: 0, explanation: says ?? `${alarm} is true` };
  return { value, limit, explanation: says === undefined ? measured : `${says}: ${measured}` };
}

/** The two sides of the first comparison in words; `null` where there is none. */
function measuredIn(alarm: string, value: number, limit: number): string | null {
  const comparison = /^(.*?)\s*(<=|>=|<|>)/.exec(alarm);
  if (Number.isNaN(value) || Number.isNaN(limit) || comparison === null) return null;
  const [, left = '', sign = ''] = comparison;
  return `${left.replace(/^[\s(]+/, '')} is ${sayNumber(value)} (${sign} ${sayNumber(limit)})`;
}
