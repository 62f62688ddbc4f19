import { describe, expect, it } from 'vitest';
import type { LogRecord } from '../model/log-record.ts';
import type { Plant, Source, Tag } from '../model/plant.ts';
import { compilePlan } from './compile.ts';
import { Engine } from './engine.ts';

const T0 = 1_790_000_000_000;
const TAGS = ['pump.vibration', 'fan.vibration'] as const;
const NAMES = new Map(TAGS.map((name, id) => [id, name]));

/** The pump's source, and the fan's, may be late by so much. */
function plantOf(pumpMs: number, fanMs: number): Plant {
  const sources = [pumpMs, fanMs].map(
    (latenessMs, i): Source => ({
      id: `gateway-${i}`,
      kind: 'mqtt',
      adopt: 'never',
      adoptLimit: 0,
      alertAfterMs: 60_000,
      latenessMs,
      priority: 'medium',
      config: {},
      bindings: [],
    }),
  );
  const rule = { detect: 'limit', with: { high: 4.5, deadband: 0 }, when: null, onDelayMs: 0, offDelayMs: 0 } as const;
  return {
    name: 'test',
    timezone: 'UTC',
    sources,
    assets: [],
    tags: TAGS.map(
      (name, i): Tag => ({
        name,
        asset: name.split('.')[0]!,
        unit: null,
        source: `gateway-${i}`,
        range: null,
        deadband: 0,
        heartbeatMs: 60_000,
      }),
    ),
    rules: [{ id: 'high', on: TAGS, ...rule, priority: 'high', workOrder: null }],
    endpoints: [],
    allowPrivateWebhookTargets: [],
    retention: { readingsMs: 1, rollupsMs: 1, waveformsMs: 1, compressAfterMs: 1 },
    log: { maxBytes: 1, whenFull: 'refuse' },
  };
}

const reading = (tag: number, at: number, value: number): LogRecord => ({
  kind: 'readings',
  receivedAt: at,
  batch: {
    tag: Int32Array.of(tag),
    at: Float64Array.of(at),
    value: Float64Array.of(value),
    quality: new Uint8Array(1),
    codes: new Map(),
  },
});

/** What is found after the lateness was changed, of readings that waited then. */
function across(before: Plant, after: Plant, waiting: readonly LogRecord[], rest: readonly LogRecord[]) {
  let position = 0;
  const placed = (record: LogRecord) => ({ position, end: ++position, record });
  const old = new Engine(compilePlan(before), 'log');
  for (const record of waiting) expect(old.apply(placed(record), NAMES).transitions).toEqual([]);
  const engine = new Engine(compilePlan(after), 'log');
  engine.restore(JSON.parse(JSON.stringify(old.snapshot())));
  const found = rest.flatMap((record) => engine.apply(placed(record), NAMES).transitions);
  return { found: found.map(({ tag, effect, at }) => `${tag} ${effect} ${at - T0}`), late: engine.late };
}

describe('readings that wait while the lateness of their source is changed', () => {
  const waiting = [reading(0, T0, 2), reading(0, T0 + 3_000, 9), reading(0, T0 + 2_000, 1)];

  it('are judged at once, in their order, when the source may not be late any more', () => {
    const rest = [reading(0, T0 + 4_000, 9)];
    expect(across(plantOf(10_000, 0), plantOf(0, 0), waiting, rest)).toEqual({
      found: ['pump.vibration raised 3000'],
      late: 0,
    });
  });

  it('are judged when another source has gone further with the new lateness already', () => {
    const busy = [reading(1, T0 - 5_000, 1), ...waiting, { kind: 'clock', at: T0 + 9_500 } as const];
    const rest = [{ kind: 'clock', at: T0 + 9_600 } as const];
    expect(across(plantOf(10_000, 5_000), plantOf(5_000, 5_000), busy, rest)).toEqual({
      found: ['pump.vibration raised 3000'],
      late: 0,
    });
  });
});
