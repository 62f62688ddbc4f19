import type { DetectorPicture } from '../../src/model/tag-picture.ts';
import { EMPTY_PICTURE } from '../empty-picture.ts';
import type { AtWork } from '../picture.ts';
import { sayNumber, withUnit } from '../say-number.ts';
import type { PageHinkleyConfig, PageHinkleyState } from './index.ts';

/** The mean since it began, with what is let pass; after a change the mean before it, and that since then. */
export function drawPageHinkley({
  config,
  state,
  subject,
}: AtWork<PageHinkleyConfig, PageHinkleyState>): DetectorPicture {
  const count = state?.level.count ?? 0;
  if (state === null || count <= config.learn)
    return { ...EMPTY_PICTURE, state: 'learning', says: `learning: ${count} of ${config.learn} values` };
  const { level, sigma, change } = state;
  if (sigma === 0) return { ...EMPTY_PICTURE, says: 'did not move while it was learnt, and is not judged' };
  const passes = config.tolerance * sigma;
  const expected = change?.from ?? level.mean;
  const said = (number: number) => withUnit(sayNumber(number), subject.unit);
  return {
    ...EMPTY_PICTURE,
    state: 'watching',
    everyMs: config.every,
    normal: { value: change?.to ?? level.mean, expected, low: expected - passes, high: expected + passes },
    says:
      change === null
        ? `the mean of ${level.count} values is ${said(level.mean)}, and ± ${said(passes)} is let pass`
        : `changed from ${said(change.from)} to ${said(change.to)}`,
  };
}
