import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detectorOf } from '../../rules/index.ts';
import type { Batch } from '../model/batch.ts';
import type { JudgedPlant, JudgedSource, PlanInForce } from '../model/judged-plant.ts';
import type { LogRecord, PlacedRecord } from '../model/log-record.ts';
import type { Rule } from '../model/plant.ts';
import { planInForceOf } from './plan-in-force.ts';
import { PlannedEngine } from './planned-engine.ts';
import type { EngineSnapshot } from './snapshot.ts';
import { T0, tagOf } from './testbench.ts';

const RUNS = Number(process.env['ENGINE_RUNS'] ?? 60);
const SECONDS = 60;
const LATENESS_MS = 10_000;
const TAGS = ['pump.vibration', 'pump.speed', 'pump.flow', 'fan.load'] as const;
const NAMES = new Map(TAGS.map((name, id) => [id, name]));

function plantOf(latenessMs: number): JudgedPlant {
  const source: JudgedSource = {
    id: 'gateway',
    kind: 'mqtt',
    alertAfterMs: 5_000,
    latenessMs,
    priority: 'medium',
  };
  const usual = { when: null, onDelayMs: 0, offDelayMs: 0, priority: 'medium', workOrder: null } as const;
  const limits = { high: 4.5, highHigh: 7.1, deadband: 0.2 };
  const rules: Rule[] = [
    { ...usual, id: 'high', on: ['pump.vibration', 'fan.load'], detect: 'limit', with: limits },
    { ...usual, id: 'slowly', on: [...TAGS], detect: 'limit', with: limits, onDelayMs: 3_000, offDelayMs: 2_000 },
    { ...usual, id: 'running', on: ['pump.flow'], detect: 'limit', with: limits, when: 'tag("pump.speed") > 4.0' },
    { ...usual, id: 'warm', on: ['fan.load'], detect: 'limit', with: limits, when: 'avg("pump.vibration", 5s) > 4.0' },
    { ...usual, id: 'flat', on: ['pump.flow'], detect: 'flatline', with: { for: 4_000, tolerance: 0, minReadings: 3 } },
    { ...usual, id: 'silent', on: ['fan.load'], detect: 'stale', with: { after: 5_000 } },
  ];
  const tags = TAGS.map((name) => tagOf(name, { unit: 'mm/s', source: 'gateway' }));
  return { sources: [source], tags, rules };
}

/** What somebody made of it while it ran: rules that are as before, changed, removed, new, and another lateness. */
function changedPlantOf(latenessMs: number): JudgedPlant {
  const plant = plantOf(latenessMs === 0 ? 0 : latenessMs / 2);
  const rules = plant.rules.flatMap((rule): Rule[] => {
    if (rule.id === 'warm') return [];
    return rule.id === 'slowly'
      ? [
          { ...rule, onDelayMs: 1_000 },
          { ...rule, id: 'new' },
        ]
      : [rule];
  });
  return { ...plant, rules };
}

interface Reading {
  readonly tag: number;
  readonly at: number;
  readonly value: number;
  readonly quality: number;
  /** When it arrives after its time, ms; once more for each duplicate. */
  readonly delays: readonly number[];
}

/** What happens to a plant besides readings, by second. */
interface Happening {
  readonly second: number;
  readonly what: 'up' | 'down' | 'acknowledge';
}

interface Stream {
  readonly readings: readonly Reading[];
  readonly happenings: readonly Happening[];
}

const value = fc.constantFrom(2, 4.4, 4.6, 5, 8);
const quality = fc.constantFrom(0, 0, 0, 0, 1, 2);
const readings = fc.uniqueArray(
  fc.record({
    tag: fc.nat(TAGS.length - 1),
    at: fc.nat(SECONDS * 4).map((quarter) => T0 + quarter * 250),
    value,
    quality,
    // A second less, as all that comes within a second is in the log at its end.
    delays: fc.array(fc.nat(LATENESS_MS - 1_001), { minLength: 1, maxLength: 3 }),
  }),
  { maxLength: 250, minLength: 100, selector: ({ tag, at }) => `${tag} ${at}`, size: 'max' },
);
const happenings = fc.array(
  fc.record({ second: fc.nat(SECONDS), what: fc.constantFrom('up' as const, 'down' as const, 'acknowledge' as const) }),
  { maxLength: 8 },
);
const stream = fc.record({ readings, happenings });
/** After which readings a batch ends, and before which records the engine is stopped. */
const cuts = fc.array(fc.nat(400), { maxLength: 60 });
const stops = fc.array(fc.nat(400), { maxLength: 6 });

type Arrival = readonly [arrival: number, reading: Reading];

const inOrder = ({ readings }: Stream): Arrival[] =>
  [...readings]
    .sort((a, b) => a.at - b.at || TAGS[a.tag]!.localeCompare(TAGS[b.tag]!))
    .map((reading) => [reading.at, reading]);

const asTheyCome = ({ readings }: Stream): Arrival[] =>
  readings
    .flatMap((reading) => reading.delays.map((delay): Arrival => [reading.at + delay, reading]))
    .sort(([a], [b]) => a - b);

interface Way {
  readonly latenessMs: number;
  readonly arrivals: readonly Arrival[];
  readonly cuts?: readonly number[];
  readonly stops?: readonly number[];
  /** In which second the plant is changed. */
  readonly changes?: number;
}

/** The journal as text: every transition, but for its place in the log, which is another one in another log. */
function journalOf({ happenings }: Stream, { latenessMs, arrivals, cuts = [], stops = [], changes }: Way): string {
  const begin = (plan: PlanInForce) => new PlannedEngine({ plan, registry: detectorOf, logId: 'log' });
  let engine = begin(planInForceOf(plantOf(latenessMs)).plan);
  const journal: unknown[] = [];
  const halts = new Set(stops);
  let position = 0;
  const apply = (record: LogRecord) => {
    if (halts.has(position)) {
      const [saved, plan] = JSON.parse(JSON.stringify([engine.snapshot(), engine.inForce])) as [
        EngineSnapshot,
        PlanInForce,
      ];
      engine = begin(plan);
      engine.restore(saved);
    }
    const placed: PlacedRecord = { position, end: ++position, record };
    for (const { position: _, ...transition } of engine.apply(placed, NAMES).transitions) journal.push(transition);
  };
  apply({ kind: 'event', event: { kind: 'source', source: 'gateway', link: 'up', at: T0 - 1 } });
  let next = 0;
  let seen = 'none'; // people acknowledge what they saw a second ago
  for (let second = 1; second <= SECONDS + LATENESS_MS / 1_000 + 20; second++) {
    const now = T0 + second * 1_000;
    const batch: Arrival[] = [];
    for (; next < arrivals.length && arrivals[next]![0] < now; next++) {
      batch.push(arrivals[next]!);
      if (cuts.includes(next)) flush(batch.splice(0));
    }
    flush(batch);
    for (const happening of happenings) {
      if (happening.second !== second) continue;
      if (happening.what === 'acknowledge')
        apply({ kind: 'event', event: { kind: 'acknowledge', commandId: 'c', alert: seen, at: now - 1, by: 'Kim' } });
      else apply({ kind: 'event', event: { kind: 'source', source: 'gateway', link: happening.what, at: now - 1 } });
    }
    if (second === changes) {
      const { plan } = planInForceOf(changedPlantOf(latenessMs));
      apply({ kind: 'event', event: { kind: 'plan', at: now - 1, ...plan } });
    }
    apply({ kind: 'clock', at: now });
    [seen = 'none'] = [...engine.openAlerts].sort();

    function flush(rows: readonly Arrival[]): void {
      // All that comes within a second came at its end: so nothing but the order within it depends on how it was cut.
      if (rows.length > 0) apply({ kind: 'readings', receivedAt: now - 2, batch: batchOf(rows.map(([, row]) => row)) });
    }
  }
  return journal.map((transition) => JSON.stringify(transition)).join('\n');
}

function batchOf(rows: readonly Reading[]): Batch {
  return {
    tag: Int32Array.from(rows, ({ tag }) => tag),
    at: Float64Array.from(rows, ({ at }) => at),
    value: Float64Array.from(rows, ({ value }) => value),
    quality: Uint8Array.from(rows, ({ quality }) => quality),
    codes: new Map(),
  };
}

/** Alerts of rules that are not there any more, or are others now, which were told to be open and never to have ended. */
function orphansOf(journal: string): string[] {
  const open = new Map<string, string>();
  for (const line of journal === '' ? [] : journal.split('\n')) {
    const { alert, rule, effect, note } = JSON.parse(line) as Record<string, string>;
    if (effect === 'cleared') open.delete(alert!);
    else open.set(alert!, rule!);
    if (note?.includes('was changed') && rule !== 'slowly') return [`${rule}: ${note}`];
  }
  return [...open.values()].filter((rule) => rule === 'warm');
}

describe('the journal', () => {
  it('is the same however the stream was cut, doubled, and the engine stopped and started again', () => {
    fc.assert(
      fc.property(stream, cuts, stops, fc.array(fc.nat(400), { maxLength: 40 }), (given, cuts, stops, doubled) => {
        const arrivals = inOrder(given);
        const plain = journalOf(given, { latenessMs: 0, arrivals });
        expect(journalOf(given, { latenessMs: 0, arrivals, cuts, stops })).toBe(plain);
        const again = arrivals.flatMap((each, i): Arrival[] => (doubled.includes(i) ? [each, each] : [each]));
        expect(journalOf(given, { latenessMs: 0, arrivals: again, stops })).toBe(plain);
      }),
      { numRuns: RUNS, seed: 5 },
    );
  });

  it('is the same in any order within the lateness of the source', () => {
    fc.assert(
      fc.property(stream, cuts, stops, (given, cuts, stops) => {
        const plain = journalOf(given, { latenessMs: LATENESS_MS, arrivals: inOrder(given) });
        const shuffled = { latenessMs: LATENESS_MS, arrivals: asTheyCome(given), cuts, stops };
        expect(journalOf(given, shuffled)).toBe(plain);
      }),
      { numRuns: RUNS, seed: 6 },
    );
  });

  it('tells of the same alerts with a lateness as without, only later', () => {
    fc.assert(
      fc.property(readings, (readings) => {
        const given: Stream = { readings, happenings: [] };
        const arrivals = inOrder(given);
        const raised = (latenessMs: number) =>
          journalOf(given, { latenessMs, arrivals })
            .split('\n')
            .filter((line) => line.includes('"rule":"high"'))
            .map((line) => line.replace(/"raisedAt":\d+,?/, ''));
        expect(raised(LATENESS_MS)).toEqual(raised(0));
      }),
      { numRuns: RUNS, seed: 7 },
    );
  });

  it('is the same over a change of the plant, and no alert is left without a rule', () => {
    fc.assert(
      fc.property(stream, cuts, stops, fc.integer({ min: 1, max: SECONDS }), (given, cuts, stops, changes) => {
        for (const latenessMs of [0, LATENESS_MS]) {
          const arrivals = inOrder(given);
          const plain = journalOf(given, { latenessMs, arrivals, changes });
          expect(journalOf(given, { latenessMs, arrivals, changes, cuts, stops })).toBe(plain);
          expect(orphansOf(plain)).toEqual([]);
        }
      }),
      { numRuns: Math.ceil(RUNS / 2), seed: 9 },
    );
  });

  it('has something in it', () => {
    const lengths = fc
      .sample(stream, { numRuns: 50, seed: 8 })
      .map((given) => journalOf(given, { latenessMs: LATENESS_MS, arrivals: asTheyCome(given) }).split('\n').length);
    expect(Math.min(...lengths)).toBeGreaterThan(5);
  });
});
