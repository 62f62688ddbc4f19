import { parseArgs } from 'node:util';
import { auto } from '../../../rules/auto/index.ts';
import { fitToEnd } from '../../../rules/auto/watch.ts';
import type { Subject } from '../../../rules/detector.ts';
import { seeded } from '../../../rules/math/seeded.ts';
import { HEALTHY, READINGS_PER_WEEK, STEP_MS } from './healthy.ts';
import { addUp } from './pieces.ts';

/**
 * How often `auto` cries wolf on machines that are well: seeded series of three tags, one reading in 5 min, judged each by
 * itself after 480 to learn from. `npx tsx test/bench/detect/study.ts [--from 1] [--to 1000] [--weeks 4] [--only kind] [--units] [--alone] [--kept FILE]`:
 * with `--alone` each tag has a rule of its own; with `--kept` what each run counted is added to the file and to what is there.
 */
const { values } = parseArgs({
  options: {
    from: { type: 'string', default: '1' },
    to: { type: 'string', default: '1000' },
    kept: { type: 'string' },
    weeks: { type: 'string', default: '4' },
    only: { type: 'string' },
    units: { type: 'boolean', default: false },
    alone: { type: 'boolean', default: false },
  },
});
const [from, to] = [Number(values.from), Number(values.to)];
const weeks = Number(values.weeks);
const LEARN = 480;

const units = values.units ? ['%', 'Cel', 'mm/s'] : ['', '', ''];
const inputs = ['load', 'temperature', 'vibration'].map((name, i) => ({ tag: `machine.${name}`, unit: units[i]! }));
/** The channels that each rule judges. */
const rules = values.alone ? [[0], [1], [2]] : [[0, 1, 2]];

console.log(
  `seeds ${from} to ${to} of each kind, 3 tags${values.alone ? ' alone' : ''}, a reading in 5 min, ${weeks} weeks after ${LEARN} to learn from`,
);
for (const [kind, create] of Object.entries(HEALTHY)) {
  if (values.only !== undefined && values.only !== kind) continue;
  let alarms = 0;
  let silent = 0;
  for (let seed = from; seed <= to; seed++) {
    const random = seeded(seed);
    const found = countAlarms(create(random), random);
    alarms += found;
    if (found === 0) silent++;
  }
  const of = `auto${values.alone ? ' alone' : ''}, ${kind}, ${weeks} weeks${values.units ? ', units' : ''}`;
  const sum = addUp({ of, from, to, alarms, silent }, values.kept ?? null);
  const perWeek = sum.alarms / (sum.machines * weeks * inputs.length);
  const well = (100 * sum.silent) / sum.machines;
  console.log(
    `${kind.padEnd(18)}${perWeek.toFixed(4)} false alarms a sensor-week, ${well.toFixed(1)} % of ${sum.machines} machines without any`,
  );
}

function countAlarms(move: (reading: number) => number, { normal }: ReturnType<typeof seeded>): number {
  const watches = rules.map(startRule);
  let count = 0;
  const row = new Float64Array(inputs.length);
  for (let reading = 0; reading < LEARN + weeks * READINGS_PER_WEEK; reading++) {
    const common = move(reading);
    row[0] = 50 + 3 * common + normal();
    row[1] = 60 + 2 * common + normal();
    row[2] = 4 + 0.2 * common + 0.2 * normal();
    for (const begins of watches) if (begins(reading * STEP_MS, row)) count++;
  }
  return count;
}

/** A rule on some channels: says with which row an alarm begins. */
function startRule(channels: readonly number[]): (at: number, row: Float64Array) => boolean {
  const config = { learn: LEARN, every: 0 };
  const state = auto.init(config);
  const tags = channels.map((channel) => inputs[channel]!);
  const subject: Subject = { ...tags[0]!, inputs: tags };
  let before = 'unknown';
  return (at, row) => {
    const own = Float64Array.from(channels, (channel) => row[channel]!);
    const verdict = auto.step(state, at, own, config, subject);
    fitToEnd(state.watch);
    const begins = verdict.state === 'abnormal' && before !== 'abnormal';
    before = verdict.state;
    return begins;
  };
}
