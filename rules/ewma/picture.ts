import type { DetectorPicture } from '../../src/model/tag-picture.ts';
import { EMPTY_PICTURE } from '../empty-picture.ts';
import type { AtWork } from '../picture.ts';
import { sayNumber, withUnit } from '../say-number.ts';
import { controlWidth, type EwmaConfig, type EwmaState } from './index.ts';

/** The learnt mean and its control limits, and where the smoothed value lies. */
export function drawEwma({ config, state, subject }: AtWork<EwmaConfig, EwmaState>): DetectorPicture {
  const readings = state?.readings ?? 0;
  if (state === null || readings < config.learn)
    return { ...EMPTY_PICTURE, state: 'learning', says: `learning: ${readings} of ${config.learn} readings` };
  const { mean, smoothed } = state;
  const width = controlWidth(state, config);
  const said = (value: number) => withUnit(sayNumber(value), subject.unit);
  return {
    ...EMPTY_PICTURE,
    state: 'watching',
    normal: { value: smoothed, expected: mean, low: mean - width, high: mean + width },
    says: `learnt ${said(mean)} ± ${said(width)} as normal for the smoothed value, which is ${said(smoothed)} (learnt from ${readings} readings)`,
  };
}
