import type { DetectorPicture, DrawnNormal } from '../../src/model/tag-picture.ts';
import { EMPTY_PICTURE } from '../empty-picture.ts';
import { deviationOf } from '../math/moments.ts';
import type { AtWork } from '../picture.ts';
import { controlLimit, type StatesConfig, type StatesState, stateOf } from './index.ts';

/** What is normal in the state of each time, with the width of the chart of its smoothed value. */
export function drawStates({ config, state, input }: AtWork<StatesConfig, StatesState>): DetectorPicture {
  if (input !== 0) return { ...EMPTY_PICTURE, says: 'tells the state in which the other tag is judged' };
  const known = Object.values(state?.states ?? {}).filter(({ count }) => count >= config.learn).length;
  if (state === null || known === 0)
    return { ...EMPTY_PICTURE, state: 'learning', says: 'learning: no state is known yet' };
  return {
    ...EMPTY_PICTURE,
    state: 'watching',
    normalAt: (inputs) => normalAt(state, inputs, config),
    says: `learnt ${known} ${known === 1 ? 'state' : 'states'}`,
  };
}

function normalAt({ states }: StatesState, inputs: Float64Array, config: StatesConfig): DrawnNormal | null {
  const value = inputs[0] ?? Number.NaN;
  const drive = Math.abs(inputs[1] ?? Number.NaN);
  if (!Number.isFinite(value) || !(drive > config.off)) return null;
  const normal = states[stateOf(drive, config)];
  if (normal === undefined || normal.count < config.learn) return null;
  const half = controlLimit(config) * Math.max(deviationOf(normal), config.minSigma);
  return { value, expected: normal.mean, low: normal.mean - half, high: normal.mean + half };
}
