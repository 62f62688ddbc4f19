import type { DetectorPicture } from '../../src/model/tag-picture.ts';
import { EMPTY_PICTURE } from '../empty-picture.ts';
import { deviationOf } from '../math/moments.ts';
import type { AtWork } from '../picture.ts';
import { sayNumber, withUnit } from '../say-number.ts';
import type { CusumConfig, CusumState } from './index.ts';

/** The learnt mean with the references that sums are taken from, and the mean since the sum began. */
export function drawCusum({ config, state, subject }: AtWork<CusumConfig, CusumState>): DetectorPicture {
  const count = state?.normal.count ?? 0;
  if (state === null || count < config.learn)
    return { ...EMPTY_PICTURE, state: 'learning', says: `learning: ${count} of ${config.learn} values` };
  const { normal, up, down } = state;
  const half = (config.shift / 2) * Math.max(deviationOf(normal), config.minSigma);
  if (half === 0) return { ...EMPTY_PICTURE, says: 'did not move while it was learnt, and is not judged' };
  const side = up.excess >= down.excess ? up : down;
  const value = side.count === 0 ? normal.mean : side.total / side.count;
  const said = (number: number) => withUnit(sayNumber(number), subject.unit);
  return {
    ...EMPTY_PICTURE,
    state: 'watching',
    everyMs: config.every,
    normal: { value, expected: normal.mean, low: normal.mean - half, high: normal.mean + half },
    says: `adds up what is beyond ${said(normal.mean)} ± ${said(half)} (learnt from ${normal.count} values)`,
  };
}
