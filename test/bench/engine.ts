import { compilePlan } from '../../src/engine/compile.ts';
import { Engine } from '../../src/engine/engine.ts';
import type { Batch } from '../../src/model/batch.ts';
import type { LogRecord } from '../../src/model/log-record.ts';
import type { Plant, Rule, Tag } from '../../src/model/plant.ts';
import type { Figure } from './figure.ts';
import { median, say } from './statistics.ts';

const TAGS = 10_000;
const BATCH = 1_000;
/** Seconds of signal; then it begins again. */
const PERIOD = 16;
const START = Date.UTC(2026, 0, 1);

const LIMITS = { high: 4.5, highHigh: 7.1, low: 0.5, deadband: 0.2 };
const FLAT = { for: 20_000, tolerance: 0, minReadings: 10 };
const SILENT_MS = 60_000;

/** Rules over readings in memory. */
export const engine: Figure = {
  name: 'engine',
  about:
    'limit, a second limit with a deadband, flatline and stale on each of 10,000 tags, one reading a second, on one core, against ' +
    'a loop over typed arrays that makes the same comparisons and knows no alerts, times or qualities.',

  async measure(bench) {
    const forMs = bench.seconds(3) * 1_000;
    const rates: number[] = [];
    const ceilings: number[] = [];
    for (let round = 0; round <= bench.rounds; round++) {
      const [rate, ceiling] = [evaluate(forMs), loop(forMs)];
      if (round === 0) continue; // the compiler warms up
      rates.push(rate);
      ceilings.push(ceiling);
      bench.say(`${round}: ${say(rate)} against ${say(ceiling)} readings/s`);
    }
    const stateBytes = bytesOfState();
    const holds = holdsOfCheckpoints(3 * bench.rounds);
    return [
      {
        figure: 'engine: 4 rules on each of 10,000 tags',
        unit: 'readings/s',
        value: median(rates),
        ceiling: median(ceilings),
        target: { of: 'value', is: 'at least', limit: 1_000_000 },
        note: '',
      },
      {
        figure: 'engine: state of a tag with 4 rules, as stored',
        unit: 'bytes',
        value: stateBytes,
        ceiling: null,
        target: { of: 'value', is: 'at most', limit: 2_048 },
        note: '',
      },
      {
        figure: 'engine: longest hold by a checkpoint of 10,000 tags, all changed',
        unit: 'ms',
        value: Math.max(...holds.map(({ copyMs, pieceMs }) => Math.max(copyMs, pieceMs))),
        ceiling: null,
        target: { of: 'value', is: 'at most', limit: 50 },
        note: `copy ${say(median(holds.map(({ copyMs }) => copyMs)))} ms, a piece of text at most ${say(median(holds.map(({ pieceMs }) => pieceMs)))} ms`,
      },
    ];
  },
};

/** Readings a second. */
function evaluate(forMs: number): number {
  const subject = new Engine(compilePlan(plantOf()), 'bench');
  const until = performance.now() + forMs;
  const begun = performance.now();
  let second = 0;
  for (; performance.now() < until; second++) play(subject, second);
  return (second * TAGS) / ((performance.now() - begun) / 1_000);
}

function bytesOfState(): number {
  const subject = new Engine(compilePlan(plantOf()), 'bench');
  for (let second = 0; second < 2 * PERIOD; second++) play(subject, second);
  return JSON.stringify(subject.snapshot()).length / TAGS;
}

/** What a checkpoint does in one go, as Checkpoints does it: a copy of what changed, then the text of some 256 KiB at a time. */
function holdsOfCheckpoints(times: number): { readonly copyMs: number; readonly pieceMs: number }[] {
  const subject = new Engine(compilePlan(plantOf()), 'bench');
  const measured = [];
  for (let second = 0; second < 2 * PERIOD + times; second++) {
    play(subject, second);
    const begun = performance.now();
    const { cells } = subject.changes();
    const copyMs = performance.now() - begun;
    let pieceMs = 0;
    for (let first = 0; first < cells.length; first += 3) {
      const pieceAt = performance.now();
      JSON.stringify(cells.slice(first, first + 3));
      pieceMs = Math.max(pieceMs, performance.now() - pieceAt);
    }
    if (second >= 2 * PERIOD) measured.push({ copyMs, pieceMs });
  }
  return measured;
}

function play(subject: Engine, second: number): void {
  const at = START + second * 1_000;
  for (const batch of SIGNAL[second % PERIOD]!) {
    batch.at.fill(at);
    apply(subject, { kind: 'readings', receivedAt: at, batch });
  }
  apply(subject, { kind: 'clock', at });
}

function apply(subject: Engine, record: LogRecord): void {
  const { transitions } = subject.apply({ record, position: 0, end: 1 }, NAMES);
  if (transitions.length > 0) throw new Error('the signal of the bench stays inside its limits');
}

/** The same comparisons without anything around them. */
function loop(forMs: number): number {
  const low = new Float64Array(TAGS);
  const high = new Float64Array(TAGS);
  const since = new Float64Array(TAGS);
  const count = new Int32Array(TAGS);
  const heard = new Float64Array(TAGS);
  const exceeded = new Uint8Array(TAGS);
  let found = 0;
  const until = performance.now() + forMs;
  const begun = performance.now();
  let second = 0;
  for (; performance.now() < until; second++) {
    const at = START + second * 1_000;
    for (const { tag, value } of SIGNAL[second % PERIOD]!) {
      for (let i = 0; i < tag.length; i++) {
        const id = tag[i]!;
        const x = value[i]!;
        if (x > LIMITS.high) found++;
        exceeded[id] = x > (exceeded[id] === 1 ? LIMITS.highHigh - LIMITS.deadband : LIMITS.highHigh) ? 1 : 0;
        low[id] = Math.min(low[id]!, x);
        high[id] = Math.max(high[id]!, x);
        if (high[id]! - low[id]! > FLAT.tolerance) {
          low[id] = x;
          high[id] = x;
          since[id] = at;
          count[id] = 0;
        }
        count[id]!++;
        if (at - since[id]! >= FLAT.for && count[id]! >= FLAT.minReadings) found++;
        heard[id] = at;
      }
    }
    for (let id = 0; id < TAGS; id++) if (at - heard[id]! >= SILENT_MS) found++;
  }
  if (found > 0) throw new Error('the signal of the bench stays inside its limits');
  return (second * TAGS) / ((performance.now() - begun) / 1_000);
}

const NAMES = new Map(Array.from({ length: TAGS }, (_, id) => [id, nameOf(id)]));
const SIGNAL: readonly (readonly Batch[])[] = Array.from({ length: PERIOD }, (_, second) =>
  Array.from({ length: TAGS / BATCH }, (_, part) => ({
    tag: Int32Array.from({ length: BATCH }, (_, i) => part * BATCH + i),
    at: new Float64Array(BATCH),
    value: Float64Array.from({ length: BATCH }, (_, i) => 2.5 + Math.sin((second / PERIOD) * 2 * Math.PI + i)),
    quality: new Uint8Array(BATCH),
    codes: new Map(),
  })),
);

function nameOf(id: number): string {
  return `asset-${Math.floor(id / 20)}.tag-${id}`;
}

function plantOf(): Plant {
  const tags = [...NAMES.values()].map(
    (name): Tag => ({
      name,
      asset: name.split('.')[0]!,
      unit: 'mm/s',
      source: null,
      range: null,
      deadband: 0,
      heartbeatMs: 60_000,
    }),
  );
  const on = tags.map(({ name }) => name);
  const usual = { on, when: null, onDelayMs: 0, offDelayMs: 0, priority: 'medium', workOrder: null } as const;
  const rules: Rule[] = [
    { ...usual, id: 'high', detect: 'limit', with: { high: LIMITS.high, deadband: 0 } },
    { ...usual, id: 'limits', detect: 'limit', with: LIMITS, onDelayMs: 5_000 },
    { ...usual, id: 'flat', detect: 'flatline', with: FLAT },
    { ...usual, id: 'silent', detect: 'stale', with: { after: SILENT_MS } },
  ];
  return {
    name: 'bench',
    timezone: 'UTC',
    sources: [],
    assets: [],
    tags,
    rules,
    endpoints: [],
    allowPrivateWebhookTargets: [],
    retention: { readingsMs: 1, rollupsMs: 1, waveformsMs: 1, compressAfterMs: 1 },
    log: { maxBytes: 1, whenFull: 'refuse' },
  };
}
