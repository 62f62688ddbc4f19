import { Type } from 'typebox';
import { expect, it } from 'vitest';
import type { Detector } from '../../rules/detector.ts';
import { NORMAL } from '../../rules/verdict.ts';
import type { LogRecord } from '../model/log-record.ts';
import type { Plant, Rule, Tag } from '../model/plant.ts';
import { compilePlan } from './compile.ts';
import { Engine } from './engine.ts';

const T0 = 1_790_000_000_000;
const TAGS = ['pump.temperature', 'pump.vibration'];

const tagOf = (name: string): Tag => ({
  name,
  asset: 'pump',
  unit: null,
  source: null,
  range: null,
  deadband: 0,
  heartbeatMs: 60_000,
});
const ruleOf = (id: string, on: readonly string[], detect: string): Rule => ({
  id,
  on: [...on],
  detect,
  with: {},
  when: null,
  onDelayMs: 0,
  offDelayMs: 0,
  toleranceMs: 2_000,
  priority: 'low',
  workOrder: null,
});
const plant: Plant = {
  name: 'test',
  timezone: 'UTC',
  sources: [],
  assets: [],
  tags: TAGS.map(tagOf),
  rules: [
    ruleOf('sensor', TAGS, 'sensor'),
    ruleOf('hot', TAGS.slice(0, 1), 'high'),
    ruleOf('rough', TAGS.slice(1), 'high'),
  ],
  endpoints: [],
  allowPrivateWebhookTargets: [],
  retention: { readingsMs: 1, rollupsMs: 1, waveformsMs: 1, compressAfterMs: 1 },
  log: { maxBytes: 1, whenFull: 'refuse' },
};

const high: Detector = {
  kind: 'high',
  about: 'machine',
  config: Type.Object({}),
  init: () => ({}),
  step: (_state, _at, [value = 0]) =>
    value <= 10
      ? NORMAL
      : { state: 'abnormal', score: 1, finding: { value, limit: 10, explanation: 'it is more than 10' } },
};
const sensor: Detector = { ...high, kind: 'sensor', about: 'instrument', joins: true };

it('an instrument that is found wrong beside others puts what is said of its own tag in doubt, not what is said of theirs', () => {
  const plan = compilePlan(plant, (kind) => (kind === 'sensor' ? sensor : high));
  const engine = new Engine(plan, 'log');
  const names = new Map(TAGS.map((name, id) => [id, name]));
  const scan = (at: number, temperature: number, vibration: number): LogRecord => ({
    kind: 'readings',
    receivedAt: T0 + at,
    batch: {
      // the vibration first: the instrument is judged when its own reading has come
      tag: Int32Array.of(1, 0),
      at: Float64Array.of(T0 + at, T0 + at),
      value: Float64Array.of(vibration, temperature),
      quality: new Uint8Array(2),
      codes: new Map(),
    },
  });
  const records = [scan(0, 1, 1), scan(1_000, 11, 1), scan(2_000, 1, 1), scan(3_000, 11, 1), scan(4_000, 11, 20)];
  const told = records.flatMap((record, position) =>
    engine
      .apply({ record, position, end: position + 1 }, names)
      .transitions.map(({ rule, effect, at }) => `${rule} ${effect} ${at - T0}`),
  );
  // its own reading is judged by the machine's rule before all tags of the group have come
  expect(told.filter((each) => each.startsWith('rough'))).toEqual(['rough raised 4000']);
  expect(told.filter((each) => each.startsWith('sensor')).length).toBeGreaterThan(0);
});
