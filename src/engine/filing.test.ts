import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import type { Detector } from '../../rules/detector.ts';
import { NORMAL } from '../../rules/verdict.ts';
import type { LogRecord } from '../model/log-record.ts';
import type { Plant, Tag } from '../model/plant.ts';
import { compilePlan } from './compile.ts';
import { Engine } from './engine.ts';
import type { EngineSnapshot } from './snapshot.ts';

const T0 = 1_790_000_000_000;
const TAGS = ['pump.flow', 'motor.current'];
const NAMES = new Map(TAGS.map((name, id) => [id, name]));

const tagOf = (name: string): Tag => ({
  name,
  asset: name.slice(0, name.indexOf('.')),
  unit: null,
  source: null,
  range: null,
  deadband: 0,
  heartbeatMs: 60_000,
});

const plant: Plant = {
  name: 'test',
  timezone: 'UTC',
  sources: [],
  assets: [],
  tags: TAGS.map(tagOf),
  rules: [
    {
      id: 'together',
      on: TAGS,
      detect: 'together',
      with: {},
      when: null,
      onDelayMs: 0,
      offDelayMs: 0,
      toleranceMs: 2_000,
      priority: 'low',
      workOrder: null,
    },
  ],
  endpoints: [],
  allowPrivateWebhookTargets: [],
  retention: { readingsMs: 1, rollupsMs: 1, waveformsMs: 1, compressAfterMs: 1 },
  log: { maxBytes: 1, whenFull: 'refuse' },
};

/** Abnormal while the sum is above 10; each tag has the part in it that its value says. */
function adding(filedUnder: Detector['filedUnder']): Engine {
  const together: Detector = {
    kind: 'together',
    about: 'machine',
    joins: true,
    ...(filedUnder && { filedUnder }),
    config: Type.Object({}),
    init: () => ({}),
    step: (_state, _at, [flow = 0, current = 0]) => {
      if (flow + current <= 10) return NORMAL;
      const contributions = [flow, current].map((share, i) => ({ tag: TAGS[i]!, share }));
      return {
        state: 'abnormal',
        score: 1,
        finding: { value: flow + current, limit: 10, explanation: 'too much', contributions },
      };
    },
  };
  return new Engine(
    compilePlan(plant, () => together),
    'log',
  );
}

const scan = (at: number, flow: number, current: number): LogRecord => ({
  kind: 'readings',
  receivedAt: T0 + at,
  batch: {
    tag: Int32Array.of(0, 1),
    at: Float64Array.of(T0 + at, T0 + at),
    value: Float64Array.of(flow, current),
    quality: new Uint8Array(2),
    codes: new Map(),
  },
});
const SCANS = [scan(0, 1, 1), scan(1_000, 2, 20), scan(2_000, 30, 2), scan(3_000, 1, 1), scan(4_000, 40, 2)];

function filed(filedUnder: Detector['filedUnder'], restart: 'no restart' | 'a restart after each record'): string[] {
  let engine = adding(filedUnder);
  return SCANS.flatMap((record, position) => {
    const { transitions } = engine.apply({ record, position, end: position + 1 }, NAMES);
    if (restart === 'a restart after each record') {
      const saved = JSON.parse(JSON.stringify(engine.snapshot())) as EngineSnapshot; // what a checkpoint does
      engine = adding(filedUnder);
      engine.restore(saved);
    }
    return transitions.map(({ effect, tag, asset }) => `${effect} ${tag} of ${asset}`);
  });
}

describe('an alert of a rule that joins tags', () => {
  it.each(['no restart', 'a restart after each record'] as const)(
    'is filed under the tag with the largest part when it was raised, and stays there: %s',
    (restart) => {
      expect(filed('largest part', restart)).toEqual([
        'raised motor.current of motor',
        'returned motor.current of motor',
        'raised again motor.current of motor',
      ]);
    },
  );

  it('is filed under the first tag where its detector does not say otherwise', () => {
    expect(new Set(filed(undefined, 'no restart').map((said) => said.split(' ').at(-3)))).toEqual(
      new Set(['pump.flow']),
    );
  });
});
