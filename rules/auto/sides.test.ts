import { describe, expect, it } from 'vitest';
import type { Subject, SubjectInput } from '../detector.ts';
import { seeded } from '../math/seeded.ts';
import { auto } from './index.ts';

const config = { learn: 400, every: 0 };

/** A machine whose temperature and vibration follow its load, and the air of the hall by so much. `add` is what happens to each from reading 1,000 on. */
function alarmsOf(
  add: readonly [load: number, temperature: number, vibration: number, air: number],
  { given, follows = 0.2 }: { given: readonly string[]; follows?: number },
) {
  const tags: SubjectInput[] = [
    { tag: 'fan-1.load', unit: '%' },
    { tag: 'fan-1.temperature', unit: 'Cel' },
    { tag: 'fan-1.vibration', unit: 'mm/s' },
    { tag: 'hall.air', unit: 'Cel' },
  ];
  const inputs = tags.map((each): SubjectInput => (given.includes(each.tag) ? { ...each, isGiven: true } : each));
  const subject: Subject = { tag: 'fan-1.load', unit: '%', inputs };
  const { normal } = seeded(7);
  const state = auto.init(config);
  let [load, air] = [0, 0];
  const alarms: (string | undefined)[] = [];
  let before = 'unknown';
  for (let reading = 0; reading < 1_400; reading++) {
    load = 0.9 * load + normal();
    air = 0.9 * air + normal();
    const well = [60 + load, 50 + load + follows * air + 0.5 * normal(), 3 + 0.1 * load + 0.1 * normal(), 20 + air];
    const row = Float64Array.from(well, (value, i) => value + (reading < 1_000 ? 0 : add[i]!));
    const verdict = auto.step(state, reading * 300_000, row, config, subject);
    if (verdict.state === 'abnormal' && before !== 'abnormal') {
      expect(verdict.finding.contributions!.every(({ share }) => share > 0)).toBe(true);
      alarms.push(verdict.finding.contributions![0]!.tag);
    }
    before = verdict.state;
  }
  return alarms;
}

describe('a tag that is given to auto', () => {
  it('explains: what follows it is normal', () => {
    expect(alarmsOf([0, 2, 0, 10], { given: ['hall.air'] })).toEqual([]);
  });

  it('is not judged: it names no alert where it is away from what the others show', () => {
    expect(alarmsOf([0, 0, 0, 10], { given: [], follows: 0 })[0]).toBe('hall.air');
    expect(alarmsOf([0, 0, 0, 10], { given: ['hall.air'], follows: 0 })).toEqual([]);
  });

  it('hides no fault of the others', () => {
    expect(alarmsOf([0, 6, 0, 0], { given: ['hall.air'] })[0]).toBe('fan-1.temperature');
  });
});

describe('a machine that vibrates', () => {
  it('more than before is told', () => {
    expect(alarmsOf([0, 0, 1, 0], { given: ['fan-1.load'] })[0]).toBe('fan-1.vibration');
  });

  it('less than before has been cleaned or balanced, and is not', () => {
    expect(alarmsOf([0, 0, -1, 0], { given: ['fan-1.load'] })).toEqual([]);
  });
});

describe('a vibration that goes with a temperature', () => {
  /** Three channels, two correlated by 0.7; the vibration is `falls` standard deviations lower from reading 1,000 on, and the temperature `heats` higher. */
  function told(seed: number, { falls, heats = 0 }: { falls: number; heats?: number }) {
    const inputs = ['Cel', 'mm/s', '%'].map((unit, i) => ({ tag: `m.${['temp', 'vibration', 'load'][i]}`, unit }));
    const { normal } = seeded(seed);
    const state = auto.init({ ...config, learn: 500 });
    const tags: string[] = [];
    for (let reading = 0; reading < 2_000; reading++) {
      const [shared, on] = [normal(), reading < 1_000 ? 0 : 1];
      const part = () => Math.sqrt(0.7) * shared + Math.sqrt(0.3) * normal();
      const row = Float64Array.of(60 + 2 * (part() + on * heats), 3 + 0.2 * (part() - on * falls), 50 + normal());
      const verdict = auto.step(state, reading * 300_000, row, config, { ...inputs[0]!, inputs });
      if (verdict.state === 'abnormal') tags.push(verdict.finding.contributions![0]!.tag);
    }
    return tags;
  }

  it.each([1.5, 3, 6])('and falls by %d σ, as balanced, makes no alert of the temperature', (falls) => {
    for (const seed of [1, 2, 3]) expect(told(seed, { falls })).toEqual([]);
  });

  it('and has fallen hides no heat', () => {
    const tags = told(1, { falls: 3, heats: 4 });
    expect(tags.length).toBeGreaterThan(500);
    expect(new Set(tags)).toEqual(new Set(['m.temp']));
  });
});

describe.each([1, 2])('learning of %i tags that ends after a time', (tags) => {
  const subject: Subject = { tag: 'fan-1.load', unit: '%' };
  const readings = (learnWithin: number, count: number) => {
    const { normal } = seeded(1);
    const state = auto.init({ ...config, learn: 2_000 });
    for (let i = 0; i < count; i++) {
      const inputs = Float64Array.from({ length: tags }, normal);
      auto.step(state, i * 300_000, inputs, { learn: 2_000, every: 0, learnWithin }, subject);
    }
    return state.alone?.learnt || state.watch.model?.readings;
  };

  it('takes what came in that time', () => {
    expect(readings(500 * 300_000, 520)).toBe(501);
  });

  it('goes on until there are enough readings', () => {
    expect(readings(300_000, 340)).toBeUndefined();
    expect(readings(300_000, 380)).toBe(360);
  });
});
