import { parseArgs } from 'node:util';
import { changePoint } from '../../../rules/change-point/index.ts';
import { cusum } from '../../../rules/cusum/index.ts';
import type { Verdict } from '../../../rules/detector.ts';
import { ewma } from '../../../rules/ewma/index.ts';
import { forecast } from '../../../rules/forecast/index.ts';
import { seeded } from '../../../rules/math/seeded.ts';
import { multivariate } from '../../../rules/multivariate/index.ts';
import { pageHinkley } from '../../../rules/page-hinkley/index.ts';
import { seasonal } from '../../../rules/seasonal/index.ts';
import { trend } from '../../../rules/trend/index.ts';
import { HEALTHY, READINGS_PER_WEEK, STEP_MS } from './healthy.ts';
import { addUp } from './pieces.ts';

/**
 * How often the single charts cry wolf on machines that are well, with their defaults: a reading in 5 min, judged over
 * `weeks` after `learn` weeks. `npx tsx test/bench/detect/charts.ts [--from 1] [--to 1000] [--only chart] [--kind noise] [--kept FILE]`:
 * with `--kept` what each run counted is added to the file and to what is there.
 */
const { values } = parseArgs({
  options: {
    from: { type: 'string', default: '1' },
    to: { type: 'string', default: '1000' },
    kept: { type: 'string' },
    learn: { type: 'string', default: '4' },
    weeks: { type: 'string', default: '4' },
    only: { type: 'string' },
    kind: { type: 'string' },
  },
});
const [from, to] = [Number(values.from), Number(values.to)];
const learnt = Number(values.learn) * READINGS_PER_WEEK;
const judged = Number(values.weeks) * READINGS_PER_WEEK;
const [DAY_MS, WEEK_MS] = [86_400_000, 604_800_000];
const names = ['load', 'temperature', 'vibration'].map((name) => ({ tag: `machine.${name}`, unit: '' }));
const alone = { tag: 'machine.temperature', unit: '', timezone: 'UTC' };
const together = { ...names[0]!, inputs: names };

/** A chart with its defaults, started anew: judges a row of all three tags. */
type Chart = () => (at: number, row: Float64Array) => Verdict;

/** The charts of one tag see the second: temperature. `perDay` of the trend is half of the noise. */
const CHARTS: Readonly<Record<string, { readonly tags: number; readonly start: Chart }>> = {
  ewma: single(() => {
    const config = { lambda: 0.2, sigmas: 5, minSigma: 0, learn: 200 };
    const state = ewma.init(config);
    return (at, one) => ewma.step(state, at, one, config, alone);
  }),
  cusum: single(() => {
    const config = { shift: 1, falseEvery: 100_000, minSigma: 0, learn: 480, every: STEP_MS };
    const state = cusum.init(config);
    return (at, one) => cusum.step(state, at, one, config, alone);
  }),
  'page-hinkley': single(() => {
    const config = { tolerance: 0.5, threshold: 15, minSigma: 0, learn: 100, hold: DAY_MS, every: STEP_MS };
    const state = pageHinkley.init(config);
    return (at, one) => pageHinkley.step(state, at, one, config, alone);
  }),
  'change-point': single(() => {
    const config = { expected: 10_000, confidence: 0.999, minSigma: 0, learn: 100, hold: DAY_MS, every: STEP_MS };
    const state = changePoint.init(config);
    return (at, one) => changePoint.step(state, at, one, config, alone);
  }),
  seasonal: single(() => {
    const config = { deviations: 6, lasting: 3, minSigma: 0, learn: 3 * WEEK_MS, every: 3 * STEP_MS };
    const state = seasonal.init(config);
    return (at, one) => seasonal.step(state, at, one, config, alone);
  }),
  trend: single(() => {
    const config = { perDay: 0.5, direction: 'both' as const, every: 3_600_000, blocks: 72, sigmas: 3 };
    const state = trend.init(config);
    return (at, one) => trend.step(state, at, one, config, alone);
  }),
  forecast: single(() => {
    const span = { within: 30 * DAY_MS, soon: 7 * DAY_MS, every: 3_600_000, blocks: 72, sigmas: 3 };
    const config = { high: 90, low: 30, growth: 'linear' as const, ...span };
    const state = forecast.init(config);
    return (at, one) => forecast.step(state, at, one, config, alone);
  }),
  multivariate: {
    tags: 3,
    start: () => {
      const config = { learn: 960, share: 0.9, chance: 0.001, lasting: 3, every: STEP_MS };
      const state = multivariate.init(config);
      return (at, row) => multivariate.step(state, at, row, config, together);
    },
  },
};

console.log(
  `seeds ${from} to ${to} of each kind, a reading in 5 min, ${values.weeks} weeks after ${values.learn} to learn from`,
);
for (const [name, { tags, start }] of Object.entries(CHARTS)) {
  if (values.only !== undefined && values.only !== name) continue;
  const asked = Object.entries(HEALTHY).filter(([kind]) => values.kind === undefined || values.kind === kind);
  const cells = asked.map(([kind, move]) => {
    let alarms = 0;
    let silent = 0;
    for (let seed = from; seed <= to; seed++) {
      const seen = watch(start(), move, seed);
      alarms += seen.alarms;
      if (name === 'forecast' ? !seen.isForetold : seen.alarms === 0) silent++;
    }
    const of = `${name}, ${kind}, ${values.weeks} weeks after ${values.learn}`;
    const sum = addUp({ of, from, to, alarms, silent }, values.kept ?? null);
    const perWeek = (sum.alarms / (sum.machines * Number(values.weeks) * tags)).toFixed(4);
    const share = `${((100 * sum.silent) / sum.machines).toFixed(1)} % of ${sum.machines}`;
    return `${kind} ${perWeek} (${name === 'forecast' ? 'no forecast' : 'none'} on ${share})`;
  });
  console.log(`${name.padEnd(14)}${cells.join(', ')}`);
}

/** Alarms that begin after the time to learn, and whether a remaining life was ever told, also of a limit that is far. */
function watch(
  judge: ReturnType<Chart>,
  move: (typeof HEALTHY)[string],
  seed: number,
): { readonly alarms: number; readonly isForetold: boolean } {
  const random = seeded(seed);
  const at = move(random);
  const row = new Float64Array(3);
  let alarms = 0;
  let isForetold = false;
  let before = 'unknown';
  for (let reading = 0; reading < learnt + judged; reading++) {
    const common = at(reading);
    row[0] = 50 + 3 * common + random.normal();
    row[1] = 60 + 2 * common + random.normal();
    row[2] = 4 + 0.2 * common + 0.2 * random.normal();
    const { state, rul } = judge(reading * STEP_MS, row);
    if (reading >= learnt && state === 'abnormal' && before !== 'abnormal') alarms++;
    if (rul !== undefined) isForetold = true;
    if (state !== 'unknown') before = state;
  }
  return { alarms, isForetold };
}

/** A chart of one tag: of the row it sees the second. */
function single(start: () => (at: number, one: Float64Array) => Verdict): (typeof CHARTS)[string] {
  return {
    tags: 1,
    start: () => {
      const judge = start();
      const one = new Float64Array(1);
      return (at, row) => {
        one[0] = row[1]!;
        return judge(at, one);
      };
    },
  };
}
