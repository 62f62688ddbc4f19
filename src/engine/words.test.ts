import { expect, it } from 'vitest';
import type { LogRecord } from '../model/log-record.ts';
import type { Rule, Tag } from '../model/plant.ts';
import type { Transition } from '../model/transition.ts';
import { compilePlan } from './compile.ts';
import { Engine } from './engine.ts';
import { T0 } from './testbench.ts';

const NAMES = new Map([[0, 'pump-1.vibration']]);
const RULE: Rule = {
  id: 'high',
  on: ['pump-1.vibration'],
  detect: 'limit',
  with: { high: 4.5, deadband: 0 },
  when: null,
  onDelayMs: 5_000,
  offDelayMs: 0,
  priority: 'high',
  workOrder: null,
};
const TAG: Tag = {
  name: 'pump-1.vibration',
  asset: 'pump-1',
  unit: 'mm/s',
  source: null,
  range: null,
  deadband: 0,
  heartbeatMs: 60_000,
};
const PLAN = compilePlan({ sources: [], tags: [TAG], rules: [RULE], timezone: 'UTC' });

const clock = (second: number): LogRecord => ({ kind: 'clock', at: T0 + second * 1_000 });
const reading = (second: number, value: number): LogRecord => ({
  kind: 'readings',
  receivedAt: T0 + second * 1_000,
  batch: {
    tag: Int32Array.of(0),
    at: Float64Array.of(T0 + second * 1_000),
    value: Float64Array.of(value),
    quality: Uint8Array.of(0),
    codes: new Map(),
  },
});

function play(engine: Engine, records: readonly LogRecord[]): readonly Transition[] {
  return records.flatMap((record, i) => engine.apply({ record, position: i, end: i + 1 }, NAMES).transitions);
}

const WORDS = 'pump-1.vibration is 5.2 mm/s, 0.7 mm/s above the high limit of 4.5 mm/s';

it('what is raised by time alone, after a restart, says the newest reading in words, and so does the alert as it stands', () => {
  const before = new Engine(PLAN, 'log');
  expect(play(before, [reading(0, 5), reading(2, 5.2)])).toEqual([]);
  const after = new Engine(PLAN, 'log');
  after.restore(JSON.parse(JSON.stringify(before.snapshot())));

  const [raised] = play(after, [clock(6)]);

  expect(raised).toMatchObject({ effect: 'raised', finding: { value: 5.2, limit: 4.5, explanation: WORDS } });
  expect(after.open.map(({ finding }) => finding?.explanation)).toEqual([WORDS]);
});

it('a checkpoint says what was found in words, for whoever reads it without the detector', () => {
  const engine = new Engine(PLAN, 'log');
  play(engine, [reading(0, 5), reading(2, 5.2)]);

  const found = engine.snapshot().cells.flatMap(({ watches }) => watches.map(({ memory }) => memory.finding));
  expect(found).toEqual([{ value: 5.2, limit: 4.5, explanation: WORDS }]);
});
