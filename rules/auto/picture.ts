import type { DetectorPicture, DrawnNormal } from '../../src/model/tag-picture.ts';
import { EMPTY_PICTURE } from '../empty-picture.ts';
import type { AtWork } from '../picture.ts';
import { expect } from './explain.ts';
import type { AutoState } from './index.ts';
import { type Model, SCALES, TUNING } from './model.ts';

interface Config {
  readonly learn: number;
  readonly every: number;
}

/**
 * What the tag should be at what the others show, with the width that a mean of the fewest readings may be away. Smaller
 * deviations that last are found as well: the band is where nothing may be even for a short time.
 */
export function drawAuto({ config, state, subject, input }: AtWork<Config, AutoState>): DetectorPicture {
  const model = state?.watch.model ?? null;
  const needed = Math.max(config.learn, TUNING.leastReadings);
  if (model === null) {
    const kept = state?.watch.learning?.length ?? 0;
    const what = config.every === 0 ? 'readings' : 'means';
    return { ...EMPTY_PICTURE, state: 'learning', says: `learning: ${kept} of ${needed} ${what}` };
  }
  if (model.width[input] === 0 || model.width[input] === undefined)
    return { ...EMPTY_PICTURE, says: 'did not move while it was learnt, and is not judged' };
  const others = (subject.inputs?.length ?? 1) - 1;
  const basis = others > 0 ? ` from ${others === 1 ? 'the other tag' : `the other ${others} tags`}` : '';
  return {
    ...EMPTY_PICTURE,
    state: 'watching',
    everyMs: config.every,
    normalAt: (inputs) => normalAt(model, input, inputs),
    says: `learnt what is normal${basis} (from ${model.readings} readings)`,
  };
}

function normalAt(model: Model, input: number, inputs: Float64Array): DrawnNormal | null {
  if (inputs.length !== model.centre.length || !Number.isFinite(inputs[input])) return null;
  const shortest = SCALES.indexOf(4);
  const { value, expected, tolerance } = expect(model, input, shortest, inputs);
  return { value, expected, low: expected - tolerance, high: expected + tolerance };
}
