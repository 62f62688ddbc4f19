import type { DetectorPicture, DrawnLimit } from '../../src/model/tag-picture.ts';
import type { Level } from '../detector.ts';
import { EMPTY_PICTURE } from '../empty-picture.ts';
import { leftAt } from '../left-at.ts';
import type { AtWork } from '../picture.ts';
import { sayNumber, withUnit } from '../say-number.ts';

interface Config {
  readonly highHigh?: number;
  readonly high?: number;
  readonly low?: number;
  readonly lowLow?: number;
  readonly deadband: number;
}

const SETTINGS: readonly (readonly [setting: 'highHigh' | 'high' | 'low' | 'lowLow', level: Level, inwards: 1 | -1])[] =
  [
    ['highHigh', 'HH', -1],
    ['high', 'H', -1],
    ['low', 'L', 1],
    ['lowLow', 'LL', 1],
  ];

/** The limits with their deadbands. */
export function drawLimit({ config, subject }: AtWork<Config>): DetectorPicture {
  const limits = SETTINGS.flatMap(([setting, level, inwards]): DrawnLimit[] => {
    const value = config[setting];
    return value === undefined ? [] : [{ level, value, leftAt: leftAt(value, inwards * config.deadband) }];
  });
  const named = limits.map(({ level, value }) => `${level} ${withUnit(sayNumber(value), subject.unit)}`).join(', ');
  const left =
    config.deadband === 0 ? '' : `; a limit is left ${withUnit(sayNumber(config.deadband), subject.unit)} inside it`;
  return { ...EMPTY_PICTURE, state: 'watching', limits, says: `limits ${named}${left}` };
}
