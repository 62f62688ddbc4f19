import { describe, expect, it } from 'vitest';
import { detectorOf } from '../../rules/index.ts';
import { seeded } from '../../rules/math/seeded.ts';
import type { JudgedPlant } from '../model/judged-plant.ts';
import type { ForgetCommand, ForgetTarget, LogRecord } from '../model/log-record.ts';
import type { Rule } from '../model/plant.ts';
import type { Transition } from '../model/transition.ts';
import { Replay } from './backtest/replay.ts';
import { compilePlan } from './compile.ts';
import { lessonsIn } from './lessons/lessons.ts';
import { planInForceOf } from './plan-in-force.ts';
import { PlannedEngine } from './planned-engine.ts';
import type { EngineSnapshot } from './snapshot.ts';

const T0 = 1_790_000_000_000;
const NAMES = new Map([
  [0, 'fan.current'],
  [1, 'pump.current'],
]);
const tagOf = (name: string) => ({
  name,
  asset: name.split('.')[0]!,
  ...{ unit: 'A', source: null, range: null, deadband: 0, heartbeatMs: 60_000 },
});
const usual = { when: null, onDelayMs: 0, offDelayMs: 0, priority: 'high', workOrder: null } as const;
const auto: Rule = {
  ...{ ...usual, id: 'unusual', on: ['fan.current'], detect: 'auto' },
  with: { learn: 480, every: 0 },
};
const ewma: Rule = {
  ...{ ...usual, id: 'shift', on: ['fan.current', 'pump.current'], detect: 'ewma' },
  with: { lambda: 0.2, sigmas: 6, minSigma: 0.1, learn: 20 },
};
const high: Rule = { ...usual, id: 'high', on: ['fan.current'], detect: 'limit', with: { high: 50, deadband: 1 } };
const plantOf = (rules: readonly Rule[]): JudgedPlant => ({
  rules,
  tags: [...NAMES.values()].map(tagOf),
  sources: [],
});

const timeOf = (i: number) => T0 + i * 1_000;
const reading = (i: number, value: number, tag = 0): LogRecord => ({
  kind: 'readings',
  receivedAt: timeOf(i),
  batch: {
    tag: Int32Array.of(tag),
    at: Float64Array.of(timeOf(i)),
    value: Float64Array.of(value),
    quality: new Uint8Array(1),
    codes: new Map(),
  },
});
const forgetting = (at: number, ...of: readonly ForgetTarget[]): ForgetCommand => ({
  ...{ kind: 'forget', commandId: `f${at}`, at, by: 'Kim', note: 'new bearing' },
  of,
});

function start(rules: readonly Rule[]) {
  const begin = (plan: PlannedEngine['inForce']) => new PlannedEngine({ plan, registry: detectorOf, logId: 'log' });
  let engine = begin(planInForceOf(plantOf(rules)).plan);
  let position = 0;
  const restart = () => {
    const saved = JSON.parse(JSON.stringify(engine.snapshot())) as EngineSnapshot;
    engine = begin(engine.inForce);
    engine.restore(saved);
  };
  return {
    restart,
    apply: (record: LogRecord) => engine.apply({ record, position, end: ++position }, NAMES).transitions,
    learnt: (key: string) => lessonsIn(engine.snapshot().cells).find((lesson) => lesson.key === key)?.detector,
    saved: (key: string) =>
      engine
        .snapshot()
        .cells.flatMap(({ watches }) => watches)
        .find((each) => each.key === key),
    untaught: () => engine.untaught.map(({ key }) => key),
    open: () => engine.open.map(({ rule }) => rule),
  };
}
const event = (command: ForgetCommand): LogRecord => ({ kind: 'event', event: command });

describe('a fault that was repaired', () => {
  const FAULTS = Array.from({ length: 8 }, (_, i) => 1_000 + i * 400);

  /** Which of eight faults were told, with a job done after each or without; `restarts` after each record. */
  function toldOf(jobs: 'done' | 'cancelled'): boolean[] {
    const { normal } = seeded(3);
    const engine = start([auto]);
    const told = FAULTS.map(() => false);
    let raised: Transition | null = null;
    for (let i = 0; i < FAULTS.at(-1)! + 200; i++) {
      const fault = FAULTS.findIndex((from) => i >= from && i < from + 60);
      for (const transition of engine.apply(reading(i, normal() + (fault < 0 ? 0 : 8)))) {
        if (!transition.effect.startsWith('raised')) continue;
        raised = transition;
        told[fault] = true;
      }
      if (jobs === 'cancelled' || raised === null || !FAULTS.some((from) => i === from + 90)) continue;
      engine.restart();
      const { rule, tag, raisedAt } = raised;
      engine.apply(event(forgetting(timeOf(i), { rule, tag, from: raisedAt })));
      const [alert] = [raised.alert];
      engine.apply({
        kind: 'event',
        event: { kind: 'acknowledge', commandId: `${i}`, alert, at: timeOf(i), by: 'Kim' },
      });
    }
    return told;
  }

  it('is told each time that it comes back', () => {
    expect(toldOf('done')).toEqual(FAULTS.map(() => true));
    expect(toldOf('cancelled')).not.toEqual(FAULTS.map(() => true));
  });

  it('stays forgotten when history teaches the rule that was read before the repair', () => {
    const { normal } = seeded(3);
    const engine = start([auto]);
    for (let i = 0; i <= 1_100; i++) engine.apply(reading(i, normal() + (i >= 1_000 && i < 1_060 ? 8 : 0)));
    const { key, fingerprint, detector } = engine.saved('unusual|*')!;
    const lesson = { key, fingerprint, detector: structuredClone(detector) };
    engine.apply(event(forgetting(timeOf(1_100) + 1, { rule: 'unusual', tag: 'fan.current', from: timeOf(1_001) })));
    const forgotten = engine.learnt(key);
    engine.restart();
    expect(forgotten).not.toEqual(lesson.detector);
    engine.apply({ kind: 'event', event: { kind: 'learnt', at: timeOf(1_101), lessons: [lesson] } });
    expect(engine.learnt(key)).toEqual(forgotten);
  });

  it('is forgotten by a back-test as it was live', () => {
    const values = seeded(3);
    const rows = Array.from({ length: 2_000 }, (_, i) => values.normal() + (i >= 1_000 && i < 1_060 ? 8 : 0));
    const command = forgetting(timeOf(1_100) + 1, { rule: 'unusual', tag: 'fan.current', from: timeOf(1_001) });
    const engine = start([auto]);
    for (const [i, value] of rows.entries()) {
      engine.apply(reading(i, value));
      if (i === 1_100) engine.apply(event(command));
    }
    const played = (forgets: readonly ForgetCommand[]) => {
      const plans = [{ plan: compilePlan(plantOf([auto])), onTransition: () => undefined }];
      const replay = new Replay({ plans, names: NAMES, from: T0, links: [], forgets });
      replay.rows({
        tagId: new Int32Array(rows.length),
        at: Float64Array.from(rows.keys(), timeOf),
        value: Float64Array.from(rows),
        quality: new Uint8Array(rows.length),
      });
      replay.reached(timeOf(rows.length));
      return lessonsIn(replay.snapshot().cells)[0]!.detector;
    };
    expect(played([command])).toEqual(engine.learnt('unusual|*'));
    expect(played([])).not.toEqual(engine.learnt('unusual|*'));
  });
});

describe('a job that is said to be done twice', () => {
  it('has its rules forget once, also after a restart', () => {
    const engine = start([ewma]);
    const feed = (from: number) => {
      for (let i = from; i < from + 40; i++)
        for (const tag of [0, 1]) engine.apply(reading(i, 10 + (i % 3) * 0.1, tag));
    };
    const done = event(forgetting(timeOf(40), { rule: 'shift', tag: null, from: null }));
    feed(0);
    engine.apply(done);
    feed(41);
    const learnt = engine.learnt('shift|fan.current');
    engine.apply(done);
    engine.restart();
    engine.apply(done);
    expect(engine.learnt('shift|fan.current')).toEqual(learnt);
  });
});

describe('a rule that is to learn anew', () => {
  const everything = (rule: string, tag: string | null = null) =>
    event(forgetting(timeOf(100), { rule, tag, from: null }));

  function learnt(rules: readonly Rule[]) {
    const engine = start(rules);
    for (let i = 0; i < 40; i++) for (const tag of [0, 1]) engine.apply(reading(i, 10 + (i % 3) * 0.1, tag));
    return engine;
  }

  it('knows nothing, and says who said so, also after a restart', () => {
    const engine = learnt([ewma]);
    engine.apply(everything('shift'));
    engine.restart();
    const fresh = start([ewma]).learnt('shift|fan.current');
    for (const key of ['shift|fan.current', 'shift|pump.current']) {
      expect(engine.learnt(key)).toEqual(fresh);
      expect(engine.saved(key)?.anew).toEqual({ at: timeOf(100), by: 'Kim', note: 'new bearing' });
    }
  });

  it('does so on the tag that is meant only', () => {
    const engine = learnt([ewma]);
    const other = engine.learnt('shift|pump.current');
    engine.apply(everything('shift', 'fan.current'));
    expect(engine.learnt('shift|fan.current')).toEqual(start([ewma]).learnt('shift|fan.current'));
    expect(engine.learnt('shift|pump.current')).toEqual(other);
  });

  it('neither raises nor ends its alert until it has learnt the machine that is there now', () => {
    const engine = learnt([ewma]);
    for (let i = 40; i < 50; i++) engine.apply(reading(i, 20));
    expect(engine.open()).toEqual(['shift']);
    engine.apply(everything('shift'));
    const found: Transition[] = [];
    const seen = (i: number) => found.push(...engine.apply(reading(i, 20 + (i % 3) * 0.1)));
    for (let i = 100; i < 119; i++) seen(i);
    expect([engine.open(), found]).toEqual([['shift'], []]);
    for (let i = 119; i < 130; i++) seen(i);
    expect(found.map(({ effect }) => effect)).toEqual(['returned']);
  });

  it('is not taught by the history of the machine that was there before', () => {
    const engine = learnt([ewma]);
    const lessons = ['shift|fan.current', 'shift|pump.current'].map((key) => ({
      ...{ key, fingerprint: engine.saved(key)!.fingerprint, detector: engine.learnt(key) },
    }));
    expect(engine.untaught()).toHaveLength(2);
    engine.apply(everything('shift', 'fan.current'));
    expect(engine.untaught()).toEqual(['shift|pump.current']);
    engine.restart();
    engine.apply({ kind: 'event', event: { kind: 'learnt', at: timeOf(101), lessons } });
    expect(engine.learnt('shift|fan.current')).toEqual(start([ewma]).learnt('shift|fan.current'));
    expect(engine.learnt('shift|pump.current')).toEqual(lessons[1]!.detector);
  });

  it('is one that learns: a limit stays what it is', () => {
    const engine = learnt([high]);
    const before = engine.learnt('high|fan.current');
    engine.apply(everything('high'));
    expect([engine.learnt('high|fan.current'), engine.saved('high|fan.current')?.anew]).toEqual([before, undefined]);
  });
});
