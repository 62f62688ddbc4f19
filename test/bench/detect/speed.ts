import { parseArgs } from 'node:util';
import { type AutoState, auto } from '../../../rules/auto/index.ts';
import { fitToEnd } from '../../../rules/auto/watch.ts';
import type { Subject } from '../../../rules/detector.ts';
import { seeded } from '../../../rules/math/seeded.ts';
import { READINGS_PER_WEEK, STEP_MS } from './healthy.ts';

/**
 * Readings a second of core time of `auto` on 10,000 tags, and its largest state: so many tags in each rule as `--tags` says.
 * `npx tsx test/bench/detect/speed.ts [--tags 1,3,5]`
 */
const { values } = parseArgs({ options: { tags: { type: 'string', default: '1,3,5' } } });
const TAGS = 10_000;
const LEARN = 360;
/** Readings before the measurement, and rules that have them: the others begin as copies. */
const LIVED = 3 * READINGS_PER_WEEK;
const TAUGHT = 16;
const { normal } = seeded(1);

for (const tags of values.tags.split(',').map(Number)) {
  const inputs = Array.from({ length: tags }, (_, i) => ({ tag: `machine.tag-${i}`, unit: '' }));
  const subject: Subject = { ...inputs[0]!, inputs };
  const rows = Array.from({ length: 997 }, () => Float64Array.from({ length: tags }, () => 50 + normal()));
  const bytes = Math.round(largestState(rows, subject));
  for (const [said, every] of [
    ['means of 5 min, a reading a second', STEP_MS],
    ['each reading judged by itself', 0],
  ] as const) {
    const perSecond = Math.round(judgeAll(rows, subject, every)).toLocaleString('en');
    console.log(
      `${tags} tags a rule, ${said}: ${perSecond} readings/s of core time, state at most ${bytes} bytes a tag`,
    );
  }
}

/** Readings a second of core time, all threads of the process added up, of rules that have learnt and lived for three weeks. */
function judgeAll(rows: readonly Float64Array[], subject: Subject, every: number): number {
  const config = { learn: LEARN, every };
  const taught = Array.from({ length: TAUGHT }, (_, rule) => JSON.stringify(teach(rule)));
  const states = Array.from({ length: Math.round(TAGS / rows[0]!.length) }, (_, rule) =>
    restore(taught[rule % TAUGHT]!),
  );
  const rounds = every === 0 ? 60 : every / 1_000;
  const from = process.cpuUsage();
  for (let round = 0; round < rounds; round++) {
    for (const [rule, state] of states.entries()) {
      const row = rows[(round + rule) % rows.length]!;
      const { state: said } = auto.step(state, LIVED * STEP_MS + round * 1_000, row, config, subject);
      if (said === 'unknown') throw new Error(`rule ${rule} judged nothing in round ${round}: its speed says nothing`);
    }
  }
  const { user, system } = process.cpuUsage(from);
  return (rounds * states.length * rows[0]!.length) / ((user + system) / 1e6);

  function teach(rule: number): AutoState {
    const state = auto.init(config);
    for (let reading = 0; reading < LIVED; reading++) {
      auto.step(state, reading * STEP_MS, rows[(reading + rule) % rows.length]!, config, subject);
    }
    return state;
  }
}

/** The state as a service that starts anew has it. */
function restore(state: string): AutoState {
  return JSON.parse(state) as AutoState; // written above
}

/** Bytes of JSON a tag, at most, of one rule while it learns and over five weeks after: a tag alone gets to know the hours of a week. */
function largestState(rows: readonly Float64Array[], subject: Subject): number {
  const config = { learn: LEARN, every: 0 };
  const state = auto.init(config);
  let largest = 0;
  for (let reading = 0; reading < 10_000; reading++) {
    auto.step(state, reading * STEP_MS, rows[reading % rows.length]!, config, subject);
    if (reading % 12 === 11 || Math.abs(reading - LEARN) < 3) largest = Math.max(largest, JSON.stringify(state).length);
    if (reading > LEARN + 20) fitToEnd(state.watch);
  }
  return largest / rows[0]!.length;
}
