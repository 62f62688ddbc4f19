import { describe, expect, it } from 'vitest';
import { advance } from '../alerts/advance.ts';
import type { Alert } from '../model/alert.ts';
import type { JudgedPlant } from '../model/judged-plant.ts';
import type { LogRecord } from '../model/log-record.ts';
import type { Transition } from '../model/transition.ts';
import { compilePlan } from './compile.ts';
import { Engine } from './engine.ts';
import { T0 } from './testbench.ts';

const plant: JudgedPlant = {
  rules: [],
  tags: [],
  timezone: 'Europe/Berlin',
  sources: [{ id: 'plc', kind: 'modbus', alertAfterMs: 5_000, priority: 'high' }],
};

const clock = (second: number): LogRecord => ({ kind: 'clock', at: T0 + second * 1_000 });
const link = (state: 'up' | 'down', second: number): LogRecord => ({
  kind: 'event',
  event: { kind: 'source', source: 'plc', link: state, at: T0 + second * 1_000, reason: 'check the port' },
});

function run(engine: Engine, records: readonly LogRecord[]): Transition[] {
  return records.flatMap((record, i) => [...engine.apply({ record, position: i, end: i + 1 }, new Map()).transitions]);
}

describe('the alert of a source that is back', () => {
  it('says that it is, since when by the clock of the plant, and how long it was away', () => {
    const transitions = run(new Engine(compilePlan(plant), 'log'), [
      link('up', -1),
      link('down', 0),
      clock(6),
      link('up', 600),
      link('down', 602), // it flaps: it has not returned yet
      link('up', 840),
      clock(846),
    ]);
    expect(transitions.map(({ effect }) => effect)).toEqual(['raised', 'returned']);
    const alert = transitions.reduce<Alert | null>(advance, null)!;
    expect(alert.explanation).toBe(
      'plc (modbus) is back: reachable again since 2026-09-21 16:27:20 (Europe/Berlin), after 14 min away',
    );
  });

  it('says it after a checkpoint of an earlier version, which does not know since when', () => {
    const before = new Engine(compilePlan(plant), 'log');
    run(before, [link('up', -1), link('down', 0), clock(6)]);
    const { links, ...saved } = structuredClone(before.snapshot());
    const engine = new Engine(compilePlan(plant), 'log');
    engine.restore({ ...saved, links: links.map(({ awaySince: _, ...old }) => old) });
    const [returned] = run(engine, [link('up', 9), clock(15)]);
    expect(returned!.finding!.explanation).toContain('after 9 s away');
  });
});
