import type { DetectorPicture, DrawnNormal } from '../../src/model/tag-picture.ts';
import { type EpochMs, type Subject, sayDuration } from '../detector.ts';
import { EMPTY_PICTURE } from '../empty-picture.ts';
import type { AtWork } from '../picture.ts';
import { hourOfWeek } from '../seasonal/hour-of-week.ts';
import { type Alone, LONE_SCALES, normalAlone } from './alone.ts';
import { expect } from './explain.ts';
import type { AutoState } from './index.ts';
import { type Lags, startAgain, stopLags, takeOffLags } from './lag.ts';
import { type Model, SCALES, TUNING } from './model.ts';
import { stands } from './standing.ts';

interface Config {
  readonly learn: number;
  readonly every: number;
}

/**
 * What the tag should be at what the others show, with the width that a mean of the fewest readings may be away. Smaller
 * deviations that last are found as well: the band is where nothing may be even for a short time.
 */
export function drawAuto({ config, state, subject, input }: AtWork<Config, AutoState>): DetectorPicture {
  const { alone = null } = state ?? {};
  const model = state?.watch.model ?? null;
  const needed = Math.max(config.learn, TUNING.leastReadings);
  if (alone ? alone.learnt === 0 : model === null) {
    const kept = alone?.readings ?? state?.watch.learning?.length ?? 0;
    const what = config.every === 0 ? 'readings' : 'means';
    return { ...EMPTY_PICTURE, state: 'learning', says: `learning: ${kept} of ${needed} ${what}` };
  }
  if (alone) return drawAlone(alone, config.every, subject.timezone ?? 'UTC');
  if (model === null) return EMPTY_PICTURE;
  if (model.width[input] === 0 || model.width[input] === undefined)
    return { ...EMPTY_PICTURE, says: 'did not move while it was learnt, and is not judged' };
  const others = (subject.inputs?.length ?? 1) - 1;
  const basis = others > 0 ? ` from ${others === 1 ? 'the other tag' : `the other ${others} tags`}` : '';
  return {
    ...EMPTY_PICTURE,
    state: 'watching',
    everyMs: config.every,
    normalAt: drawCourse(model, input, subject),
    says: `learnt what is normal${basis}${sayLag(model, input)} (from ${model.readings} readings)`,
  };
}

function sayLag({ lags }: Model, input: number): string {
  const lag = lags?.of[input];
  return lag ? `, behind what is given by a time constant of ${sayDuration(lag.lagMs)}` : '';
}

function drawAlone(alone: Alone, everyMs: number, timezone: string): DetectorPicture {
  const shortest = LONE_SCALES.indexOf(4);
  if (normalAlone(alone, 0, shortest).tolerance === 0)
    return { ...EMPTY_PICTURE, says: 'did not move while it was learnt, and is not judged' };
  return {
    ...EMPTY_PICTURE,
    state: 'watching',
    everyMs,
    normalAt: ([value = Number.NaN], at) => {
      if (!Number.isFinite(value)) return null;
      const { expected, tolerance } = normalAlone(alone, hourOfWeek(at, timezone), shortest);
      return { value, expected, low: expected - tolerance, high: expected + tolerance };
    },
    says: `learnt what is normal (from ${alone.learnt} readings)`,
  };
}

/** Says for one reading after the other what was normal: what follows its load slowly hangs on those before. */
function drawCourse(model: Model, input: number, subject: Subject): NonNullable<DetectorPicture['normalAt']> {
  if (!model.lags) return (inputs) => normalAt(model, input, inputs);
  const learnt = model.lags;
  let lags: Lags | null = null;
  let before: EpochMs | null = null;
  return (inputs, at) => {
    if (inputs.length !== model.centre.length) return null;
    lags ??= before === null ? null : startAgain(learnt, at - before);
    before = at;
    if (lags === null) return null; // the first of a chart does not say how far apart they are
    if (stands(model, inputs, subject)) {
      stopLags(lags);
      return null;
    }
    return normalAt({ ...model, lags }, input, takeOffLags(lags, at, inputs));
  };
}

function normalAt(model: Model, input: number, inputs: Float64Array): DrawnNormal | null {
  if (inputs.length !== model.centre.length || !Number.isFinite(inputs[input])) return null;
  const shortest = SCALES.indexOf(4);
  const { value, expected, tolerance } = expect(model, input, shortest, inputs);
  return { value, expected, low: expected - tolerance, high: expected + tolerance };
}
