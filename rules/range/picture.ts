import type { DetectorPicture } from '../../src/model/tag-picture.ts';
import { EMPTY_PICTURE } from '../empty-picture.ts';
import type { AtWork } from '../picture.ts';
import { sayNumber, withUnit } from '../say-number.ts';
import { believedBetween, type RangeConfig } from './index.ts';

/** Where readings stop being believed. */
export function drawRange({ config, subject }: AtWork<RangeConfig>): DetectorPicture {
  const ends = believedBetween(config, subject);
  const limits = ends.filter(Number.isFinite).map((value) => ({ level: null, value, leftAt: value }));
  const said = ends.map((end) => (Number.isFinite(end) ? withUnit(sayNumber(end), subject.unit) : 'anything'));
  return {
    ...EMPTY_PICTURE,
    state: 'watching',
    limits,
    says: `its instrument is believed from ${said[0]} to ${said[1]}`,
  };
}
