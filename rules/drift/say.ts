import { type Subject, sayDuration, type Verdict } from '../detector.ts';
import { sayNumber, withUnit } from '../say-number.ts';
import type { Scaling } from './scaling.ts';

/** An instrument that is off and alone. */
export interface Off {
  /** From what the drives explain, and how much of that is too much, tag unit. */
  readonly by: number;
  readonly limit: number;
  readonly reading: number;
  /** `null`: the speed is constant and could not tell. */
  readonly scaling: Scaling | null;
  readonly lastedMs: number;
}

/** The verdict on it, with what tells it from an ill machine and what does not. */
export function find(
  { by, limit, reading, scaling, lastedMs }: Off,
  { drives, subject: { tag, unit, inputs = [] } }: { readonly drives: number; readonly subject: Subject },
): Verdict {
  const said = (number: number) => withUnit(sayNumber(number), unit);
  const names = inputs.map((input) => input.tag);
  const others = list(names.slice(1, names.length - drives));
  const expected = reading - by;
  const proof =
    scaling === 'stays'
      ? `it is as far off at every speed, as an instrument is, and ${others} did not move with it`
      : `${others} did not move with it, as they seldom fail to when the machine is ill`;
  return {
    state: 'abnormal',
    score: Math.abs(by) / (Math.abs(by) + limit),
    finding: {
      value: reading,
      limit: expected + Math.sign(by) * limit,
      explanation:
        `${tag} is ${said(reading)}, ${said(Math.abs(by))} ${by > 0 ? 'above' : 'below'} what ${list(names.slice(-drives))} explain, for ${sayDuration(lastedMs)}: ` +
        `${proof}. Compare it with a second instrument`,
    },
  };
}

function list(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? 'the others') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
