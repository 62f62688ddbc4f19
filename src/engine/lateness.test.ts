import { describe, expect, it } from 'vitest';
import type { JudgedPlant, JudgedSource } from '../model/judged-plant.ts';
import type { LogRecord } from '../model/log-record.ts';
import { compilePlan } from './compile.ts';
import { Engine } from './engine.ts';
import { readings, ruleOf, T0, tagOf } from './testbench.ts';

const TAGS = ['pump.vibration', 'fan.vibration'] as const;
const NAMES = new Map(TAGS.map((name, id) => [id, name]));

/** The pump's source, and the fan's, may be late by so much. */
function plantOf(pumpMs: number, fanMs: number): JudgedPlant {
  const sources = [pumpMs, fanMs].map(
    (latenessMs, i): JudgedSource => ({
      id: `gateway-${i}`,
      kind: 'mqtt',
      alertAfterMs: 60_000,
      latenessMs,
      priority: 'medium',
    }),
  );
  return {
    sources,
    tags: TAGS.map((name, i) => tagOf(name, { source: `gateway-${i}` })),
    rules: [ruleOf({ id: 'high', on: TAGS, detect: 'limit', with: { high: 4.5, deadband: 0 } })],
  };
}

const reading = (tag: number, at: number, value: number) => readings(at, [tag, at, value]);

/** What is found after the lateness was changed, of readings that waited then. */
function across(before: JudgedPlant, after: JudgedPlant, waiting: readonly LogRecord[], rest: readonly LogRecord[]) {
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
