import type { DetectorPicture } from '../../src/model/tag-picture.ts';
import { EMPTY_PICTURE } from '../empty-picture.ts';
import type { AtWork } from '../picture.ts';
import { HOURS, hourOfWeek } from './hour-of-week.ts';
import { fewestOf, normalOf, type SeasonalConfig, type SeasonalState } from './index.ts';

/** What is usual in the hour of the week of each time. */
export function drawSeasonal({ config, state, subject }: AtWork<SeasonalConfig, SeasonalState>): DetectorPicture {
  const seen = state?.profile.count.filter((count) => count > 0).length ?? 0;
  const told = `${seen} of the ${HOURS} hours of the week have been seen`;
  if (state === null || state.from === null || seen < HOURS)
    return { ...EMPTY_PICTURE, state: 'learning', says: `learning: ${told}` };
  const { from } = state;
  const timezone = subject.timezone ?? 'UTC';
  return {
    ...EMPTY_PICTURE,
    state: 'watching',
    everyMs: config.every,
    normalAt: (inputs, at) => {
      const value = inputs[0] ?? Number.NaN;
      if (at - from < config.learn) return null;
      const { centre, width, values } = normalOf(state, hourOfWeek(at, timezone), config);
      return Number.isFinite(value) && width > 0 && values >= fewestOf(config)
        ? { value, expected: centre, low: centre - width, high: centre + width }
        : null;
    },
    says: 'learnt what is normal by the hour of the week',
  };
}
