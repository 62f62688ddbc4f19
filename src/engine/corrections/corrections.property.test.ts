import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogRecord } from '../../model/log-record.ts';
import type { Plant, Rule, Tag } from '../../model/plant.ts';
import { formatTime } from '../../model/time.ts';
import type { Transition } from '../../model/transition.ts';
import type { JournaledAlert } from '../../store/alert-history.ts';
import type { AlertLine } from '../../store/alert-lines.ts';
import { compareEpisodes } from '../backtest/compare.ts';
import { type Episode, EpisodeBook } from '../backtest/episodes.ts';
import { type Operators, operatorsIn } from '../backtest/operators.ts';
import { Overlooked, planAbout } from '../backtest/overlooked.ts';
import { type HistoryRows, Replay } from '../backtest/replay.ts';
import { compilePlan, type EnginePlan } from '../compile.ts';
import { Engine } from '../engine.ts';
import type { LateTag } from '../late-readings.ts';
import type { EngineSnapshot } from '../snapshot.ts';
import { findCorrections } from './find.ts';

const DELAYED = ['high', 'slowly', 'held'];
const RUNS = Number(process.env['ENGINE_RUNS'] ?? 25);
const T0 = 1_790_000_000_000;
/** Live readings come once a second until here; the late ones in the seconds behind it. */
const LIVE_S = 60;
const END_S = 90;
const TAGS = ['pump.vibration', 'pump.speed'] as const;
const NAMES = new Map(TAGS.map((name, id) => [id, name]));
const IDS = new Map(TAGS.map((name, id) => [name as string, id]));

const usual = { when: null, onDelayMs: 0, offDelayMs: 0, priority: 'medium', workOrder: null } as const;
const rules: readonly Rule[] = [
  { ...usual, id: 'high', on: TAGS, detect: 'limit', with: { high: 4.5, highHigh: 7.1, deadband: 0 } },
  {
    ...usual,
    id: 'slowly',
    on: ['pump.vibration'],
    detect: 'limit',
    with: { high: 4.5, deadband: 0 },
    onDelayMs: 5_000,
  },
  {
    ...usual,
    id: 'held',
    on: TAGS,
    detect: 'limit',
    with: { high: 4.5, highHigh: 7.1, deadband: 0 },
    offDelayMs: 1_000,
    latch: true,
    reAlarmMs: 15_000,
  },
  { ...usual, id: 'silent', on: TAGS, detect: 'stale', with: { after: 20_000 } },
];
const plan = compilePlan({
  rules,
  sources: [],
  tags: TAGS.map(
    (name): Tag => ({ name, asset: 'pump', unit: null, source: null, range: null, deadband: 0, heartbeatMs: 1 }),
  ),
} satisfies Pick<Plant, 'rules' | 'sources' | 'tags'>);

/** One reading of a tag each second, at most; `lateS`: in which second behind the live ones it comes. */
interface Given {
  readonly tag: number;
  readonly second: number;
  readonly value: number;
  readonly lateS: number | null;
}

/** One that is newer than all others has been judged, however late it came. */
const newest = TAGS.map((_, tag): Given => ({ tag, second: LIVE_S, value: 2, lateS: null }));
const given = fc
  .uniqueArray(
    fc.record({
      tag: fc.nat(TAGS.length - 1),
      second: fc.nat(LIVE_S - 1),
      value: fc.constantFrom(2, 3, 4.4, 5, 8),
      lateS: fc.option(fc.nat(3), { freq: 4 }),
    }),
    { minLength: 40, maxLength: 110, selector: ({ tag, second }) => `${tag} ${second}`, size: 'max' },
  )
  .map((readings): readonly Given[] => [...readings, ...newest]);

/** In which second somebody acknowledges or resets which of the open alerts. */
interface Command {
  readonly second: number;
  readonly kind: 'acknowledge' | 'reset';
  readonly which: number;
}

const commands = fc.array(
  fc.record({
    second: fc.nat(END_S - 1),
    kind: fc.constantFrom('acknowledge' as const, 'acknowledge' as const, 'reset' as const),
    which: fc.nat(2),
  }),
  { maxLength: 25, minLength: 5, size: 'max' },
);

const timeOf = ({ second }: Given) => T0 + second * 1_000;

function rowsOf(readings: readonly Given[]): HistoryRows {
  const ordered = [...readings].sort((a, b) => a.second - b.second || a.tag - b.tag);
  return {
    tagId: Int32Array.from(ordered, ({ tag }) => tag),
    at: Float64Array.from(ordered, timeOf),
    value: Float64Array.from(ordered, ({ value }) => value),
    quality: new Uint8Array(ordered.length),
  };
}

function lineOf({ alert, rule, tag, raisedAt, effect, at, by, level }: Transition): AlertLine {
  return { alert, rule, tag, raisedAt, effect, at, by, level };
}

const operatorsOf = (journal: readonly Transition[], begin: number) =>
  operatorsIn(journal.filter(({ effect }) => effect !== 'corrected').map(lineOf), begin);

function replayed(rows: HistoryRows, from: number, operators: Operators): readonly Transition[] {
  const transitions: Transition[] = [];
  const plans = [{ plan, onTransition: (transition: Transition) => void transitions.push(transition) }];
  const replay = new Replay({ plans, names: NAMES, from, links: [], operators });
  replay.rows(rows);
  replay.reached(T0 + END_S * 1_000);
  return transitions;
}

function episodesOf(judged: EnginePlan, rows: HistoryRows, operators?: Operators): readonly Episode[] {
  const book = new EpisodeBook({ from: T0, most: 10_000 });
  const onTransition = (transition: Transition) => {
    const { value = null, limit = null, explanation = null } = transition.finding ?? {};
    book.take({ ...transition, value, limit, explanation, rul: null });
  };
  const plans = [{ plan: judged, onTransition }];
  const replay = new Replay({ plans, names: NAMES, from: T0 - 1_000, links: [], ...(operators && { operators }) });
  replay.rows(rows);
  replay.reached(T0 + END_S * 1_000);
  return book.finish();
}

function journaled(transitions: readonly Transition[]): JournaledAlert[] {
  const alerts = new Map<string, JournaledAlert>();
  for (const { alert: id, rule, tag, effect, at, raisedAt, endedAt: to, note, level } of transitions) {
    const endedAt = effect === 'corrected' ? (to ?? at) : null;
    const known = alerts.get(id) ?? { id, rule, tag, raisedAt, endedAt, raised: [], levels: [], corrections: [] };
    const isRaised = effect === 'raised' || effect === 'raised again';
    alerts.set(id, {
      ...known,
      endedAt: effect === 'returned' ? at : isRaised ? null : known.endedAt,
      raised: isRaised ? [...known.raised, at] : known.raised,
      levels: effect === 'corrected' || level === null ? known.levels : [...known.levels, level],
      corrections: effect === 'corrected' && note !== null ? [...known.corrections, note] : known.corrections,
    });
  }
  return [...alerts.values()];
}

/** The live journal of a stream, with the corrections of its reviews. `stops`: before which records the engine is stopped. */
function live(
  readings: readonly Given[],
  stops: readonly number[] = [],
  done: readonly Command[] = [],
  imported: readonly Given[] = [],
): readonly Transition[] {
  let engine = new Engine(plan, 'log');
  const journal: Transition[] = [];
  const stored: Given[] = [...imported];
  let position = 0;
  const apply = (record: LogRecord) => {
    if (stops.includes(position)) {
      const saved = JSON.parse(JSON.stringify(engine.snapshot())) as EngineSnapshot;
      engine = new Engine(plan, 'log');
      engine.restore(saved);
    }
    journal.push(...engine.apply({ position, end: ++position, record }, NAMES).transitions);
  };
  for (let second = 0; second < END_S; second++) {
    const now = T0 + second * 1_000;
    const come = readings.filter(({ second: at, lateS }) => (lateS === null ? at : LIVE_S + 1 + lateS) === second);
    stored.push(
      ...come.filter((each) => !stored.some(({ tag, second: at }) => tag === each.tag && at === each.second)),
    );
    const { tagId: tag, ...columns } = rowsOf(come);
    if (come.length > 0) apply({ kind: 'readings', receivedAt: now, batch: { tag, ...columns, codes: new Map() } });
    apply({ kind: 'clock', at: now }); // as a replay has it: silence is noticed at the same moment
    for (const { kind, which } of done.filter((command) => command.second === second)) {
      const alert = [...engine.openAlerts].sort()[which];
      if (alert === undefined) continue;
      apply({ kind: 'event', event: { kind, commandId: 'c', alert, at: now + 300, by: 'Kim' } });
    }
    if (engine.lateReadings.review === null) continue;
    const { id, tags } = engine.lateReadings.review;
    const operators = operatorsOf(journal, T0 - 1_000);
    const transitions = corrections(stored, tags, operators, {
      journal: journaled(journal),
      logId: 'log',
      at: now + 600,
    });
    apply({ kind: 'event', event: { kind: 'correction', at: now + 600, review: id, transitions } });
  }
  expect(engine.lateReadings.review).toBeNull();
  return journal;
}

function corrections(
  stored: readonly Given[],
  late: readonly LateTag[],
  operators: Operators,
  context: Parameters<typeof findCorrections>[1],
) {
  const about = planAbout(plan, new Set(late.map(({ tag }) => tag)));
  const rows = rowsOf(stored);
  const without = new Overlooked(late, IDS).leaveOut(rows);
  return findCorrections(
    compareEpisodes(episodesOf(about, without, operators), episodesOf(about, rows, operators)),
    context,
  );
}

/** Nearer than a second is the same time: the clock's record comes once a second. */
const isNear = (a: number, b: number) => Math.abs(a - b) <= 1_000;

/** What is told of a rule: when it was raised, and what corrections say of that. */
function toldOf(journal: readonly Transition[], rule: string, tag: string) {
  const own = journal.filter((each) => each.rule === rule && each.tag === tag);
  const raised = own.filter(({ effect }) => effect === 'raised' || effect === 'raised again').map(({ at }) => at);
  const notes = own.flatMap(({ effect, note }) => (effect === 'corrected' ? [note ?? ''] : []));
  return { raised, notes };
}

describe('late readings', () => {
  it('change nothing that was told but are journaled as corrections, which say all that history says', () => {
    fc.assert(
      fc.property(given, (readings) => {
        const journal = live(readings);
        const told = live(readings.filter(({ lateS }) => lateS === null));
        const plain = ({ position: _, ...rest }: Transition) => rest;
        expect(journal.filter(({ effect }) => effect !== 'corrected').map(plain)).toEqual(told.map(plain));
        const history = episodesOf(plan, rowsOf(readings)).filter(({ rule }) => rule === 'high');
        for (const tag of TAGS) {
          const { raised, notes } = toldOf(journal, 'high', tag);
          const begins = history.filter((episode) => episode.tag === tag).map(({ from }) => from);
          const isTold = (from: number) => raised.some((at) => isNear(at, from));
          const untold = begins.filter((from) => !isTold(from));
          const untrue = raised.filter((at) => !begins.some((from) => isNear(at, from)));
          for (const from of untold) expect(notes).toContainEqual(expect.stringContaining(formatTime(from)));
          if (untrue.length > 0) expect(notes).not.toEqual([]);
          if (untold.length + untrue.length === 0)
            expect(notes.filter((note) => !note.includes('reached'))).toEqual([]);
        }
        expect(journal.some(({ rule, effect }) => rule === 'silent' && effect === 'corrected')).toBe(false);
      }),
      { numRuns: RUNS, seed: 11 },
    );
  });

  it('are held against a journal that history gives again with what people did, from wherever it begins', () => {
    fc.assert(
      fc.property(given, commands, fc.integer({ min: 5, max: LIVE_S }), (readings, done, second) => {
        const onTime = readings.filter(({ lateS }) => lateS === null);
        const journal = live(onTime, [], done);
        const told = (all: readonly Transition[], rules: readonly string[], since: number) =>
          all.flatMap(({ rule, tag, effect, at, by, level }) =>
            rules.includes(rule) && at >= since ? [`${rule} ${tag} ${effect} ${at} ${by} ${level}`] : [],
          );
        const whole = replayed(rowsOf(onTime), T0 - 1_000, operatorsOf(journal, T0 - 1_000));
        expect(told(whole, DELAYED, 0).sort()).toEqual(told(journal, DELAYED, 0).sort());
        const begin = T0 + second * 1_000;
        const part = replayed(
          rowsOf(onTime.filter((each) => timeOf(each) >= begin)),
          begin,
          operatorsOf(journal, begin),
        );
        expect(told(part, ['high'], begin).sort()).toEqual(told(journal, ['high'], begin).sort());
      }),
      { numRuns: RUNS, seed: 15 },
    );
  });

  it('invent no alert where one that had been acknowledged would have waited for its delay', () => {
    const at = (second: number, value: number, lateS: number | null = null): Given => ({
      tag: 0,
      second,
      value,
      lateS,
    });
    const event = Array.from({ length: 12 }, (_, i) => at(i, i < 2 ? 2 : i < 10 ? 6 : 2));
    const calmly = Array.from({ length: 16 }, (_, i) => at(20 + 2 * i, 2));
    const late = [at(41, 6.3, 0), at(43, 2.35, 0)];
    const done: Command[] = [0, 1].map((which) => ({ second: 14, kind: 'acknowledge', which }));
    const journal = live([...event, ...calmly, at(LIVE_S, 2), ...late], [], done);
    const slowly = journal.filter(({ rule }) => rule === 'slowly').map(({ effect }) => effect);
    expect(slowly).toEqual(['raised', 'returned', 'cleared']);
    expect(
      journal
        .filter(({ effect }) => effect === 'corrected')
        .map(({ rule }) => rule)
        .sort(),
    ).toEqual(['held', 'high']);
  });

  it('give the same journal wherever the engine is stopped and started again', () => {
    fc.assert(
      fc.property(given, fc.array(fc.nat(180), { maxLength: 6 }), (readings, stops) => {
        expect(live(readings, stops)).toEqual(live(readings));
      }),
      { numRuns: Math.ceil(RUNS / 2), seed: 12 },
    );
  });

  it('that came before change nothing when they come again', () => {
    fc.assert(
      fc.property(given, (readings) => {
        const onTime = readings.filter(({ lateS }) => lateS === null);
        const doubled = [...onTime, ...onTime.map((each) => ({ ...each, lateS: 1 }))];
        const effects = live(doubled).map(({ effect }) => effect);
        expect(effects).toEqual(live(onTime).map(({ effect }) => effect));
      }),
      { numRuns: Math.ceil(RUNS / 4), seed: 13 },
    );
  });

  it('that are normal leave no alert behind, whatever history was imported', () => {
    fc.assert(
      fc.property(given, given, (readings, history) => {
        const calm = readings.map((each) => (each.lateS === null ? each : { ...each, value: 2 }));
        const key = ({ tag, second }: Given) => `${tag} ${second}`;
        const taken = new Set(calm.map(key));
        const imported = history.filter((each) => !taken.has(key(each)));
        const journal = live(calm, [], [], imported);
        const raised = new Set(journal.filter(({ effect }) => effect === 'raised').map(({ alert }) => alert));
        const left = journal.filter(({ effect, alert }) => effect === 'corrected' && !raised.has(alert));
        expect(left.map(({ rule, tag, note }) => `${rule} ${tag}: ${note}`)).toEqual([]);
      }),
      { numRuns: RUNS, seed: 16 },
    );
  });

  it('are corrections more often than not in these streams', () => {
    const counts = fc
      .sample(given, { numRuns: 20, seed: 14 })
      .map((readings) => live(readings).filter(({ effect }) => effect === 'corrected').length);
    expect(counts.filter((count) => count > 0).length).toBeGreaterThan(10);
  });
});
