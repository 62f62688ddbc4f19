import type { DetectorPicture, DrawnForecast } from '../../src/model/tag-picture.ts';
import type { Blocks } from '../blocks.ts';
import type { Verdict } from '../detector.ts';
import { EMPTY_PICTURE } from '../empty-picture.ts';
import { robustLine } from '../math/robust-line.ts';
import type { AtWork } from '../picture.ts';
import { sayNumber, withUnit } from '../say-number.ts';
import { ENOUGH, type ForecastConfig } from './index.ts';
import { sayLeft } from './say.ts';

interface State {
  readonly blocks: Blocks;
  readonly last: Verdict;
}

const HOUR_MS = 3_600_000;

/** The line through the last medians, and when it reaches the limit: the numbers of the detector's own verdict. */
export function drawForecast({ config, state, subject }: AtWork<ForecastConfig, State>): DetectorPicture {
  const limits = [config.high, config.low]
    .filter((limit) => limit !== undefined)
    .map((value) => ({ level: null, value, leftAt: value }));
  const picture: DetectorPicture = { ...EMPTY_PICTURE, state: 'watching', limits };
  const medians = state?.blocks.values.length ?? 0;
  if (state === null || medians < ENOUGH * config.blocks)
    return {
      ...picture,
      state: 'learning',
      says: `learning: ${medians} of ${Math.ceil(ENOUGH * config.blocks)} medians`,
    };
  const { last, blocks } = state;
  if (last.rul === undefined) return { ...picture, says: 'no certain trend towards a limit' };
  const forecast = forecastOf(blocks, last, config);
  const said = withUnit(sayNumber(forecast.limit), subject.unit);
  const says = last.state === 'abnormal' ? last.finding.explanation : `reaches ${said} in ${sayLeft(last.rul)}`;
  return { ...picture, forecast, says };
}

function forecastOf({ numbers, values }: Blocks, verdict: Verdict, config: ForecastConfig): DrawnForecast {
  const { every, growth, sigmas, high, low } = config;
  const line = robustLine(numbers, growth === 'exponential' ? values.map(Math.log) : values, sigmas);
  const inTagUnit = (level: number) => (growth === 'exponential' ? Math.exp(level) : level);
  // A stretch stands for its middle; what is left counts from its end.
  const at = (number: number) => (number + 0.5) * every;
  const end = (numbers.at(-1)! + 1) * every;
  const { p10, p50, p90 } = verdict.rul!; // asked for by who calls
  return {
    from: { at: at(numbers[0]!), value: inTagUnit(line.first) },
    now: { at: at(numbers.at(-1)!), value: inTagUnit(line.last) },
    limit: (line.slope > 0 ? high : low) ?? high ?? low ?? 0,
    p10At: end + p10 * HOUR_MS,
    p50At: end + p50 * HOUR_MS,
    p90At: end + p90 * HOUR_MS,
  };
}
