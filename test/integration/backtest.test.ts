import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TAKEN_AS_ACKNOWLEDGED } from '../../src/engine/backtest/acknowledged.ts';
import { backtest } from '../../src/engine/backtest/host.ts';
import type { BacktestRequest } from '../../src/engine/backtest/messages.ts';
import { Replay } from '../../src/engine/backtest/replay.ts';
import { runBacktest } from '../../src/engine/backtest/run.ts';
import { compilePlan } from '../../src/engine/compile.ts';
import { Engine } from '../../src/engine/engine.ts';
import { folderFiles } from '../../src/ingest/log/files.ts';
import { Log } from '../../src/ingest/log/log.ts';
import { LogReader } from '../../src/ingest/log/reader.ts';
import { systemClock } from '../../src/model/clock.ts';
import type { Plant } from '../../src/model/plant.ts';
import type { Transition } from '../../src/model/transition.ts';
import { streamHistory } from '../../src/store/history-stream.ts';
import { ensureTags, findTags } from '../../src/store/tags.ts';
import { withDatabase } from '../kit/history.ts';
import { storeAsWriter } from '../kit/rollups.ts';
import { seeded } from '../kit/seeded.ts';
import { plantOf, startTestService, type TestService } from '../kit/service.ts';
import { waitFor } from '../kit/wait.ts';

const PLANT = `plant: back-test
adapters:
  push: { kind: http }
  hall: { kind: modbus, host: 127.0.0.1 }
assets:
  p: { name: Pump, tags: { a: { unit: mm/s, from: push }, b: { unit: Cel, from: push }, c: { unit: bar, from: push }, on: { from: push } } }
rules:
  a-high: { on: [p.a, p.b], detect: limit, with: { high: 8, highHigh: 9.5, deadband: 0.5 }, onDelay: 2s, offDelay: 3s, workOrder: none }
  a-low-in-operation: { on: p.a, detect: limit, with: { low: 1 }, when: 'tag("p.on") > 0.5', workOrder: none }
  silent: { on: [p.a, p.b, p.c], detect: stale, with: { after: 7s }, workOrder: none }
  frozen: { on: p.c, detect: flatline, with: { for: 20s, minReadings: 3 }, workOrder: none }
`;
const TAGS = ['p.a', 'p.b', 'p.c', 'p.on'];
const plant = plantOf(PLANT);
/** From the sources, a thread compiles what it loads: on a busy machine that takes its time. */
const THREADS_MS = 150_000;
/** One hour for all tests, also when the next one begins between two of them. */
const HOUR = Math.floor(Date.now() / 3_600_000) * 3_600_000;
let test: TestService;
beforeAll(async () => {
  test = await startTestService(PLANT.replace(/ {2}hall:.*\n/, ''));
});
afterAll(() => test[Symbol.asyncDispose]());

const told = ({ rule, tag, effect, state, at, level, finding, kind }: Transition) =>
  ({ rule, tag, effect, state, at, level, finding, kind }) as const;

/** A wild stream: readings at any microsecond, some at the same time, some bad, some missing; it holds still now and then. */
function drawStream(seed: number, from: number, seconds: number) {
  const random = seeded(seed);
  const batches: { at: number; rows: { tag: string; value: number; quality: 0 | 1 | 2 }[] }[] = [];
  const held = new Map<string, number>();
  for (let second = 0; second < seconds; second++) {
    const times = [...new Set(Array.from({ length: 3 }, () => Math.floor(random() * 999_000) / 1_000))].sort(
      (x, y) => x - y,
    );
    for (const offset of times) {
      const rows = TAGS.filter(() => random() < (second % 60 < 40 ? 0.4 : 0.05)).map((tag) => {
        const isStill = second % 90 > 45 && tag === 'p.c';
        const value = isStill ? (held.get(tag) ?? 3) : Math.round(random() * 80) / 8;
        held.set(tag, value);
        const draw = random();
        return { tag, value, quality: draw < 0.05 ? 2 : draw < 0.1 ? 1 : 0 } as const;
      });
      if (rows.length > 0) batches.push({ at: from + second * 1_000 + offset, rows });
    }
  }
  return batches;
}

async function live(batches: ReturnType<typeof drawStream>, from: number, to: number): Promise<Transition[]> {
  const folder = mkdtempSync(join(tmpdir(), 'millwright-log-'));
  try {
    const files = await folderFiles(folder);
    const log = await Log.open(files);
    const writes: Promise<unknown>[] = [
      log.append({ kind: 'event', event: { kind: 'source', source: 'hall', link: 'up', at: from } }),
    ];
    let tick = from;
    const passTo = (at: number) => {
      for (; tick < at; tick += 1_000) writes.push(log.append({ kind: 'clock', at: tick }));
    };
    for (const { at, rows } of batches) {
      passTo(at);
      const batch = {
        tag: Int32Array.from(rows, ({ tag }) => log.tagId(tag)),
        at: Float64Array.from(rows, () => at),
        value: Float64Array.from(rows, ({ value }) => value),
        quality: Uint8Array.from(rows, ({ quality }) => quality),
        codes: new Map(),
      };
      writes.push(log.append({ kind: 'readings', receivedAt: at, batch }));
    }
    passTo(to);
    await Promise.all(writes);
    const engine = new Engine(compilePlan(plant), 'live');
    const reader = new LogReader(files, log.start);
    const transitions: Transition[] = [];
    for (let records = await reader.read(log.durable); records.length > 0; records = await reader.read(log.durable)) {
      for (const record of records) transitions.push(...engine.apply(record, reader.names).transitions);
    }
    await reader.close();
    await log.close();
    return transitions;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function store(batches: ReturnType<typeof drawStream>): Promise<void> {
  const rows = batches.flatMap(({ at, rows: each }) => each.map((row) => ({ at, ...row })));
  await withDatabase(test.databaseUrl, async (database) => {
    const ids = await ensureTags(
      database,
      TAGS.map((name) => ({ name, asset: 'p', source: 'push' })),
    );
    await storeAsWriter(database, {
      tagId: Int32Array.from(rows, ({ tag }) => ids.get(tag)!),
      at: Float64Array.from(rows, ({ at }) => at),
      value: Float64Array.from(rows, ({ value }) => value),
      quality: Uint8Array.from(rows, ({ quality }) => quality),
      codes: new Map(),
    });
  });
}

async function replay(from: number, to: number): Promise<{ transitions: Transition[]; readings: number }> {
  const tags = await withDatabase(test.databaseUrl, (database) => findTags(database, TAGS));
  const transitions: Transition[] = [];
  let readings = 0;
  const replay = new Replay({
    plans: [{ plan: compilePlan(plant), onTransition: (transition) => transitions.push(transition) }],
    names: new Map(tags.map(({ id, name }) => [id, name])),
    from,
    links: [],
  });
  const sink = {
    rows: (rows: Parameters<Replay['rows']>[0]) => {
      readings += rows.at.length;
      replay.rows(rows);
    },
    reached: (at: number) => replay.reached(at),
  };
  const range = { tagIds: tags.map(({ id }) => id), from, to, maxRows: 40 }; // the first minute has more
  await streamHistory(test.databaseUrl, range, sink, new AbortController().signal);
  return { transitions, readings };
}

const requestOf = (request: Partial<BacktestRequest> & Pick<BacktestRequest, 'from' | 'to'>): BacktestRequest => ({
  plant,
  present: null,
  rules: [],
  warmUpMs: 0,
  labels: [],
  workOrderMs: null,
  ...request,
});
const run = (request: BacktestRequest, databaseUrl = test.databaseUrl) =>
  runBacktest(request, {
    databaseUrl,
    clock: systemClock,
    signal: new AbortController().signal,
    onProgress: () => undefined,
  });

describe('a back-test', () => {
  it('does what the live engine did with the same stream', async () => {
    for (const seed of [1, 2]) {
      const from = HOUR - seed * 7_200_000;
      const to = from + 1_800_000;
      const batches = drawStream(seed, from, 1_800);
      const expected = await live(batches, from, to);
      await store(batches);
      const { transitions, readings } = await replay(from, to);
      expect(readings).toBe(batches.reduce((sum, { rows }) => sum + rows.length, 0));
      expect(new Set(expected.map(({ rule }) => rule)).size).toBe(4); // every rule had something to say
      expect(transitions.map(told)).toEqual(expected.map(told));
    }
  });

  it('tells by how much a changed rule differs, and how right it is', async () => {
    const from = HOUR - 7_200_000;
    const to = from + 1_800_000;
    const rules = plant.rules.map((rule) => (rule.id === 'a-high' ? { ...rule, onDelayMs: 4_000 } : rule));
    const changed: Plant = { ...plant, rules };
    const labels = [
      { name: 'a fault', asset: 'p', tag: null, from, to: from + 600_000, origin: 'label' as const },
      { name: 'before it all', asset: 'p', tag: null, from: from - 2_000, to: from - 1_000, origin: 'label' as const },
    ];
    const asked = { from, to, plant: changed, present: plant, rules: ['a-high'], labels };
    const report = await run(requestOf(asked));
    expect(report).toMatchObject({ against: 'rules', tags: 2, notes: [TAKEN_AS_ACKNOWLEDGED], changesLeftOut: 0 });
    const [summary] = report!.rules;
    expect(report!.rules).toHaveLength(1);
    expect(summary!.before).toBeGreaterThan(summary!.now); // some were over before 4 s
    expect(summary!.before - summary!.gone).toBe(summary!.same + summary!.earlier + summary!.later);
    const later = report!.changes.filter(({ kind }) => kind === 'later');
    expect(later.length).toBeGreaterThan(0);
    expect(later.every(({ shiftMs }) => shiftMs! >= 2_000)).toBe(true);
    expect(report!.judgement).toMatchObject({
      labels: 2,
      misses: [{ name: 'before it all' }],
      hits: [{ label: { name: 'a fault' } }],
    });
    expect(report!.judgement!.falseAlarmCount).toBeGreaterThan(0);
  });

  it('finds again what the service itself did live, as its journal says', async () => {
    const from = Date.now() - 8 * 60_000;
    const values = [2, 2, 9, 9, 9.8, 9.8, 2, 2, 2, 9, 9, 9, 3, 3, 3, 3];
    for (const [i, value] of values.entries())
      await test.call('POST', '/api/v1/readings', { readings: [{ tag: 'p.a', at: from + i * 2_000, value }] });
    const effects = async () => (await test.call('GET', '/api/v1/alerts')).body.items;
    await waitFor('both alerts', async () => {
      const first = (await effects()).find(({ rule }: { rule: string }) => rule === 'a-high');
      if (!first) return false;
      const { events } = (await test.call('GET', `/api/v1/alerts/${first.id}`)).body;
      return (
        events.map(({ effect }: { effect: string }) => effect).join() ===
        'raised,changed,returned,raised again,returned'
      );
    });
    await waitFor(
      'the readings to be stored',
      async () => (await replay(from - 1_000, from + 60_000)).readings === values.length,
    );
    const report = await run(requestOf({ from: from - 1_000, to: from + 60_000, rules: ['a-high'] }));
    expect(report!.rules).toMatchObject([{ rule: 'a-high', before: 2, now: 2, same: 2 }]);
    for (const { before, now } of report!.changes) expect(now).toEqual(before);
    // It was raised in the one part and raised again in the other, where it is later by its delay, as if it had been acknowledged.
    const middle = from + 16_000;
    for (const part of [
      { from: from - 1_000, to: middle },
      { from: middle, to: from + 60_000 },
    ]) {
      const { rules } = (await run(requestOf({ ...part, rules: ['a-high'] })))!;
      expect(rules).toMatchObject([{ rule: 'a-high', before: 1, now: 1, gone: 0, new: 0 }]);
    }
  });

  it('runs in a thread of its own and is cancelled at once', async () => {
    const to = Date.now();
    const cancelling = new AbortController();
    const begun = performance.now();
    const running = backtest(requestOf({ from: to - 300 * 86_400_000, to }), {
      databaseUrl: test.databaseUrl,
      signal: cancelling.signal,
      onProgress: () => cancelling.abort(),
    });
    expect(await running).toBeNull();
    expect(performance.now() - begun).toBeLessThan(60_000);
  });

  it('says what it cannot read', async () => {
    await expect(run(requestOf({ from: 0, to: 1 }), 'postgres://nobody@127.0.0.1:1/x')).rejects.toThrow('ECONNREFUSED');
    const own = plantOf(PLANT.replace('p: {', 'q: {').replaceAll('p.', 'q.'));
    const report = await run(requestOf({ from: 1_000, to: 2_000, plant: own }));
    expect(report!.notes).toEqual(['no history of q.a, q.b, q.on, q.c', TAKEN_AS_ACKNOWLEDGED]);
  });

  it('is asked for, watched and forgotten over the API', async () => {
    const to = HOUR - 5_400_000;
    const range = { from: new Date(to - 1_800_000).toISOString(), to: new Date(to).toISOString() };
    const text = PLANT.replace('onDelay: 2s', 'onDelay: 4s');
    const labels = [{ asset: 'p', ...range }];
    const asked = await test.call('POST', '/api/v1/backtests', { ...range, plant: text, rules: ['a-high'], labels });
    expect(asked).toMatchObject({ status: 202, body: { ...range, rules: ['a-high'], against: 'rules' } });
    const path = `/api/v1/backtests/${asked.body.id}`;
    await waitFor('the report', async () => (await test.call('GET', path)).body.state === 'done', THREADS_MS);
    const { body } = await test.call('GET', path);
    expect(body).toMatchObject({
      progress: 1,
      reason: null,
      report: { tags: 2, judgement: { labels: 1, misses: [] } },
    });
    const [{ before, now }] = body.report.changes;
    expect((before ?? now).from).toMatch(/^20.*Z$/);
    expect((await test.call('GET', '/api/v1/backtests')).body.items).toMatchObject([
      { id: asked.body.id, state: 'done' },
    ]);
    expect((await test.call('DELETE', path)).status).toBe(204);
    expect((await test.call('GET', path)).status).toBe(404);

    const refused = async (change: object) =>
      (await test.call('POST', '/api/v1/backtests', { ...range, ...change })).body.detail;
    expect(await refused({ to: range.from })).toContain('it ends before it begins');
    expect(await refused({ from: '2200-01-01T00:00:00Z', to: '2201-01-01T00:00:00Z' })).toContain(
      'there is no history',
    );
    expect(await refused({ rules: ['x'] })).toBe('rules: there is no rule x');
    expect(await refused({ labels: [{ asset: 'x', ...range }] })).toBe('labels: there is no asset x');
    const on = Array.from({ length: 500 }, (_, i) => `p.t${i}`).join();
    const more = Array.from({ length: 450 }, (_, i) => `  r${i}: { on: *on, detect: limit }\n`).join('');
    const swollen = `plant: x\nrules:\n  r: { on: &on [${on}], detect: limit }\n${more}`;
    const [first, second] = await Promise.all([
      test.call('POST', '/api/v1/backtests', { ...range, plant: swollen }),
      test.call('POST', '/api/v1/backtests', { ...range, plant: swollen }),
    ]);
    expect([first.status, second.status].sort()).toEqual([400, 429]);
    expect((first.status === 400 ? first : second).body.detail).toContain('stand for too many values');
    expect(await refused({ plant: 'plant: x\nrulez: {}\n' })).toBe(
      'the plant cannot be tried:\nplant:2:1: unknown key "rulez" in the plant file; did you mean "rules"?',
    );
  });
});
