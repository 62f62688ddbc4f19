import type { DetectorPicture, DrawnLimit, DrawnZone } from '../../src/model/tag-picture.ts';
import { EMPTY_PICTURE } from '../empty-picture.ts';
import { leftAt } from '../left-at.ts';
import type { AtWork } from '../picture.ts';
import { sayNumber } from '../say-number.ts';
import type { LearntBaseline } from './baseline.ts';
import { boundariesIn, type IsoZoneConfig, provenanceOf } from './index.ts';

/** The zones, with C and D as the limits they are. */
export function drawIsoZone({ config, subject, state }: AtWork<IsoZoneConfig, LearntBaseline>): DetectorPicture {
  const boundaries = boundariesIn(subject.unit, config);
  if (boundaries === null)
    return { ...EMPTY_PICTURE, says: 'has no zones for the unit of this tag, and never judges it' };
  const [ab, bc, cd] = boundaries;
  const zones: DrawnZone[] = [
    { name: 'A', from: 0, to: ab },
    { name: 'B', from: ab, to: bc },
    { name: 'C', from: bc, to: cd },
    { name: 'D', from: cd, to: null },
  ];
  const limits: DrawnLimit[] = [
    { level: 'HH', value: cd, leftAt: leftAt(cd, -config.deadband) },
    { level: 'H', value: bc, leftAt: leftAt(bc, -config.deadband) },
  ];
  const says = `zones of ${provenanceOf(config)}${sayBaseline(config, state)}`;
  return { ...EMPTY_PICTURE, state: 'watching', zones, limits, says };
}

function sayBaseline({ baseline, learn }: IsoZoneConfig, state: LearntBaseline | null): string {
  const known = baseline ?? state?.baseline;
  if (known !== undefined) return `; baseline ${sayNumber(known)}`;
  return learn === undefined ? '' : `; learning its baseline: ${state?.learning?.length ?? 0} of ${learn} readings`;
}
