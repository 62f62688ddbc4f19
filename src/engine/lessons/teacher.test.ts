import { expect, it } from 'vitest';
import type { JudgedPlant } from '../../model/judged-plant.ts';
import type { LearntEvent } from '../../model/log-record.ts';
import type { Rule, Tag } from '../../model/plant.ts';
import type { Database } from '../../store/database.ts';
import { createLogger } from '../../telemetry/log.ts';
import { compilePlan } from '../compile.ts';
import { learnersOf } from './lessons.ts';
import { Teacher, type TeacherOptions } from './teacher.ts';

const NOW = 1_790_000_000_000;
const tag = (name: string): Tag => ({
  name,
  asset: 'pump',
  unit: null,
  source: null,
  range: null,
  deadband: 0,
  heartbeatMs: 60_000,
});
const shift = (on: string, onDelayMs = 0): Rule => ({
  id: `shift-${on}`,
  on: [on],
  detect: 'ewma',
  with: { lambda: 0.2, sigmas: 3, minSigma: 0.1, learn: 20 },
  when: null,
  onDelayMs,
  offDelayMs: 0,
  priority: 'high',
  workOrder: null,
});
const plantOf = (...rules: readonly Rule[]): JudgedPlant => ({
  rules,
  tags: rules.flatMap(({ on }) => on.map(tag)),
  sources: [],
});

const DURABLE = 1_000;

/** A teacher of which is known what it hands over; `ask` answers what it asks the database, by default that nothing is stored. */
function start({
  ask = () => [],
  run = () => Promise.reject(new Error('not used')),
}: {
  readonly ask?: (text: string, values: readonly unknown[]) => unknown[];
  readonly run?: TeacherOptions['run'];
} = {}) {
  const database: Database = {
    query: async <Row>(text: string, values: readonly unknown[] = []) => {
      const found = ask(text, values);
      const isCursor = text.includes('log_cursor') && found.length === 0;
      const rows = (isCursor ? [{ position: `${DURABLE}` }] : found) as Row[]; // as the statement says
      return { rows, rowCount: rows.length };
    },
    copyIn: () => Promise.reject(new Error('not used')),
    transaction: () => Promise.reject(new Error('not used')),
    close: async () => undefined,
  };
  const handed: LearntEvent[] = [];
  const slept: number[] = [];
  const options: TeacherOptions = {
    log: {
      id: 'log',
      durable: DURABLE,
      append: async (record) => {
        if (record.kind === 'event' && record.event.kind === 'learnt') handed.push(record.event);
        return DURABLE;
      },
    },
    database,
    databaseUrl: '',
    clock: { now: () => NOW, sleep: async (ms) => void slept.push(ms) },
    logger: createLogger('silent'),
    signal: new AbortController().signal,
    run,
  };
  const teacher = new Teacher(options);
  const teach = async (plant: JudgedPlant) => {
    teacher.take(learnersOf(compilePlan(plant)), plant);
    await teacher.idle();
  };
  return { teach, handed, slept };
}

it('a rule that is changed and changed back is taught each time', async () => {
  const { teach, handed } = start();
  for (const delayMs of [0, 5_000, 0]) await teach(plantOf(shift('pump.flow', delayMs)));
  const taught = handed.flatMap(({ lessons }) => lessons.map(({ fingerprint }) => fingerprint));
  expect(taught).toHaveLength(3);
  expect(taught[2]).toBe(taught[0]);
});

it('a rule waits for a database that is away, however long, and gives up only what fails by itself', async () => {
  let asked = 0;
  const away = start({
    ask: () => {
      if (++asked <= 20) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      return [];
    },
  });
  await away.teach(plantOf(shift('pump.flow')));
  expect(away.handed).toHaveLength(1);
  const broken = start({
    ask: () => {
      throw Object.assign(new Error('canceling statement due to statement timeout'), { code: '57014' });
    },
  });
  await broken.teach(plantOf(shift('pump.flow')));
  expect([broken.handed, broken.slept.length]).toEqual([[], 4]);
});

it('history is read when all that had come is in it', async () => {
  const asked: string[] = [];
  let cursor = 0;
  const { teach, handed, slept } = start({
    ask: (text) => {
      const isCursor = text.includes('log_cursor');
      asked.push(isCursor ? 'cursor' : 'history');
      cursor += DURABLE / 4;
      return isCursor ? [{ position: `${cursor}` }] : [];
    },
  });
  await teach(plantOf(shift('pump.flow')));
  expect(asked.slice(0, 5)).toEqual(['cursor', 'cursor', 'cursor', 'cursor', 'history']);
  expect([slept.length, handed.length]).toEqual([3, 1]);
});

/** A database in which each of so many tags, numbered, has a number of readings in 90 days. */
const stored = (names: readonly string[], readings: number) => (text: string, values: readonly unknown[]) => {
  if (text.includes('rollup_state')) return [{ keptAs: 'caggs', end: null }];
  const asked = values[0];
  if (!Array.isArray(asked)) return [];
  if (text.includes('from tag t'))
    return asked.filter((name) => names.includes(name)).map((name) => ({ id: names.indexOf(name), name, at: null }));
  if (text.includes('group by tag_id')) return asked.map((tagId) => ({ tagId, n: `${readings}` }));
  return text.includes('sum(n)') ? [{ n: `${asked.length * readings}` }] : [];
};

/** A back-test of which is known what it was asked for; `fails` says for which. */
function pupil(fails: (rules: readonly string[]) => boolean = () => false) {
  const plants: JudgedPlant[] = [];
  const spansMs: number[] = [];
  const run: TeacherOptions['run'] = async ({ plant, from, to, warmUpMs }) => {
    plants.push(plant);
    spansMs.push(warmUpMs);
    if (fails(plant.rules.map(({ id }) => id))) throw new Error('out of memory');
    const learnt = learnersOf(compilePlan(plant)).map(({ key, fingerprint }) => ({ key, fingerprint, detector: key }));
    const none = {
      readings: 0,
      tags: 0,
      elapsedMs: 0,
      against: 'journal',
      judgement: null,
      changesLeftOut: 0,
    } as const;
    return { ...none, from, to, rules: [], changes: [], notes: [], learnt };
  };
  return { plants, spansMs, run };
}

const names = Array.from({ length: 120 }, (_, i) => `pump-${i}.flow`);
const many = plantOf(...names.map((name) => shift(name)));

it('rules learn together from one pass over history, and each pass is sent only the tags that it reads', async () => {
  const { plants, run } = pupil();
  const { teach, handed } = start({ ask: stored(names, 1_000), run });
  await teach(many);
  expect(plants.map(({ rules, tags }) => [rules.length, tags.length])).toEqual([50, 50, 20].map((n) => [n, n]));
  expect(handed.map(({ lessons }) => lessons.length)).toEqual([50, 50, 20]);
  expect(handed.flatMap(({ lessons }) => lessons.map(({ detector }) => detector))).toEqual(
    names.map((name) => `shift-${name}|${name}`),
  );
});

it('rules with much history learn apart, and those without any are not played', async () => {
  const { plants, run } = pupil();
  const { teach, handed } = start({ ask: stored(names.slice(0, 4), 4_000_000), run });
  await teach({ ...many, rules: many.rules.slice(0, 6) });
  expect(plants.map(({ rules }) => rules.length)).toEqual([2, 2]);
  expect(handed.map(({ lessons }) => lessons.map(({ detector }) => detector !== null))).toEqual([
    [false, false],
    [true, true],
    [true, true],
  ]);
});

it.each([
  ['that fits', 1_000, 90, 1],
  ['that does not fit', 40_000_000, 0.25, 2],
])(
  'a rule learns from the newest history, counted but once where it is known %s',
  async (_, readings, days, counts) => {
    const asked: string[] = [];
    const answer = stored(names, readings);
    const { spansMs, run } = pupil();
    const ask = (text: string, values: readonly unknown[]) => {
      asked.push(text);
      return answer(text, values);
    };
    await start({ ask, run }).teach({ ...many, rules: many.rules.slice(0, 1) });
    expect(spansMs).toEqual([days * 86_400_000]);
    expect(asked.filter((text) => text.includes('sum(n)'))).toHaveLength(counts);
  },
);

it('a rule that cannot be taught keeps no other from learning', async () => {
  const bad = 'shift-pump-7.flow';
  const { run } = pupil((rules) => rules.includes(bad));
  const { teach, handed } = start({ ask: stored(names, 1_000), run });
  await teach({ ...many, rules: many.rules.slice(0, 20) });
  const taught = new Set(handed.flatMap(({ lessons }) => lessons.map(({ key }) => key.split('|')[0])));
  expect([taught.size, taught.has(bad)]).toEqual([19, false]);
});
