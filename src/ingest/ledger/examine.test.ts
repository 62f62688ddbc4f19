import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Batch } from '../../model/batch.ts';
import type { LogRecord } from '../../model/log-record.ts';
import type { EpochMs } from '../../model/reading.ts';
import { createMetrics } from '../../telemetry/metrics.ts';
import type { Due } from './cadence.ts';
import { Examiner, type SavedExaminer } from './examine.ts';

const BEGIN = 1_760_000_000_000;
const NAMES = new Map([
  [0, 'm.a'],
  [1, 'm.b'],
  [2, 'm.c'],
]);
const SECOND = 1_000;

let due: Due;
let examiner: Examiner;
const create = (saved: SavedExaminer | null = null) =>
  new Examiner(
    {
      dueOf: () => due,
      tagOf: () => ({ source: 'plc', deadband: 0, heartbeatMs: 60_000 }),
      metrics: createMetrics(),
      keepMs: 86_400_000,
    },
    saved,
  );
beforeEach(() => {
  due = SECOND;
  examiner = create();
});

const take = (record: LogRecord) => examiner.take(record, NAMES);
/** One reading of each tag at `at` seconds; NaN: without a value. */
const read = (at: number, tags: readonly number[] = [0, 1], value = 1, receivedAt = at, bits = 0): void => {
  const batch: Batch = {
    tag: Int32Array.from(tags),
    at: Float64Array.from(tags, () => BEGIN + at * SECOND),
    value: Float64Array.from(tags, () => value),
    quality: Uint8Array.from(tags, () => bits | (Number.isNaN(value) ? 2 : 0)),
    codes: new Map(),
  };
  take({ kind: 'readings', receivedAt: BEGIN + receivedAt * SECOND, batch });
};
const every = (from: number, to: number, step = 1, tags?: readonly number[], receivedAt?: number) => {
  for (let at = from; at <= to; at += step) read(at, tags, 1, receivedAt);
};
const clock = (at: number) => take({ kind: 'clock', at: BEGIN + at * SECOND });
const link = (at: number, state: 'starting' | 'up' | 'down', code = 'connection_lost') =>
  take({ kind: 'event', event: { kind: 'source', source: 'plc', link: state, at: BEGIN + at * SECOND, code } });
const pushed = (sequence: number, at = sequence) =>
  take({
    kind: 'event',
    event: {
      kind: 'pushed',
      source: 'plc',
      stream: 'edge',
      sequence,
      at: BEGIN + at * SECOND,
      from: BEGIN + sequence * SECOND,
      to: BEGIN + sequence * SECOND + 900,
    },
  });

const seconds = (at: EpochMs | null) => (at === null ? null : (at - BEGIN) / SECOND);
const open = () =>
  [...examiner.book.open].map(({ gap: { tag, from, to, reason } }) => ({
    tag,
    from: seconds(from),
    to: seconds(to),
    reason,
  }));

describe('a source with a schedule', () => {
  it('that keeps to it, or misses a slot, has no gap', () => {
    every(0, 20);
    every(22, 40);
    expect(open()).toEqual([]);
  });

  it('that was away is one gap for all its tags, open while it lasts, and ends when the link is back', () => {
    every(0, 20);
    link(21, 'down');
    clock(22);
    expect(open()).toEqual([]);
    clock(40);
    expect(open()).toEqual([{ tag: null, from: 20, to: null, reason: 'link_down' }]);
    link(60, 'up');
    every(60, 80);
    expect(open()).toEqual([{ tag: null, from: 20, to: 60, reason: 'link_down' }]);
  });

  it('is asked by nobody while the service is stopped', () => {
    every(0, 20);
    clock(20);
    clock(100);
    link(100, 'starting');
    link(101, 'up');
    every(101, 110);
    expect(open()).toEqual([{ tag: null, from: 20, to: 101, reason: 'service_stopped' }]);
  });

  it('is asked by nobody during a stall, or a restart so quick that the time goes on before it dials: one gap', () => {
    const run = (from: number, to: number) => {
      for (let at = from; at <= to; at++) {
        clock(at);
        read(at);
      }
    };
    run(0, 20);
    run(27, 40);
    expect(open()).toEqual([{ tag: null, from: 20, to: 27, reason: 'service_stopped' }]);
    clock(48);
    link(48, 'starting');
    link(49, 'up');
    run(49, 60);
    expect(open().slice(1)).toEqual([{ tag: null, from: 40, to: 49, reason: 'service_stopped' }]);
  });

  it('that is found dead after a stall was down', () => {
    for (let at = 0; at <= 20; at++) {
      clock(at);
      read(at);
    }
    clock(27);
    link(28, 'down');
    clock(40);
    expect(open()).toEqual([{ tag: null, from: 20, to: null, reason: 'link_down' }]);
  });

  it('after a stall too short to miss much has no gap, and a tag that stays silent has its own', () => {
    for (let at = 0; at <= 20; at++) {
      clock(at);
      read(at);
    }
    clock(23);
    every(23, 30);
    expect(open()).toEqual([]);
    clock(30);
    for (let at = 37; at <= 50; at++) {
      clock(at);
      read(at, [0]);
    }
    expect(open()).toEqual([
      { tag: null, from: 30, to: 37, reason: 'service_stopped' },
      { tag: 'm.b', from: 30, to: null, reason: 'silent' },
    ]);
  });

  it('whose polls were skipped because the log was full says so', () => {
    every(0, 20);
    link(50, 'down', 'log_full'); // told only when there was room again
    link(60, 'up');
    every(60, 70);
    expect(open()).toEqual([{ tag: null, from: 20, to: 60, reason: 'log_full' }]);
  });

  it('of which one tag is silent, or has no value, has a gap of that tag', () => {
    every(0, 10);
    for (let at = 11; at <= 30; at++) {
      read(at, [0]);
      clock(at);
    }
    expect(open()).toEqual([{ tag: 'm.b', from: 10, to: null, reason: 'silent' }]);
    for (let at = 31; at <= 50; at++) {
      read(at, [1]);
      read(at, [0], Number.NaN);
      clock(at);
    }
    expect(open()).toEqual([
      { tag: 'm.b', from: 10, to: 31, reason: 'silent' },
      { tag: 'm.a', from: 30, to: null, reason: 'no_value' },
    ]);
  });
});

describe('a gap', () => {
  beforeEach(() => {
    every(0, 20);
    link(20, 'down');
    link(100, 'up');
    every(100, 110);
  });

  it('of a source shrinks when something of every tag came, and is closed when all came', () => {
    every(21, 60, 1, [0], 200);
    expect(open()).toMatchObject([{ tag: null, from: 20, to: 100 }]);
    every(21, 50, 1, [1], 201);
    expect(open()).toMatchObject([{ tag: null, from: 50, to: 100 }]);
    every(61, 99, 1, [0], 202);
    every(51, 99, 1, [1], 203);
    expect(open()).toEqual([]);
    expect(examiner.book.takeChanged()).toMatchObject([{ closedAt: BEGIN + 203 * SECOND, tag: null }]);
  });

  it('is closed by the same readings in any order, and not before the last stretch came', () => {
    const late = Array.from({ length: 79 }, (_, i) => 21 + i).flatMap((at) => [
      { at, tag: 0 },
      { at, tag: 1 },
    ]);
    fc.assert(
      fc.property(fc.shuffledSubarray(late, { minLength: 0, maxLength: late.length }), (some) => {
        due = SECOND;
        examiner = create();
        every(0, 20);
        link(20, 'down');
        link(100, 'up');
        every(100, 110);
        for (const { at, tag } of some) read(at, [tag], 1, 300);
        // By definition: every stretch between two readings of a tag is as long as what counts as no gap.
        const isWhole = [0, 1].every((tag) => {
          const times = [20, ...some.flatMap((each) => (each.tag === tag ? [each.at] : [])), 100].sort((a, b) => a - b);
          return times.every((at, i) => i === 0 || at - times[i - 1]! <= 3);
        });
        expect(open().length === 0).toBe(isWhole);
      }),
      { numRuns: 300 },
    );
  });

  it('outlives a restart of the service with what came of it so far', () => {
    every(21, 99, 1, [0], 200);
    every(21, 60, 1, [1], 200);
    examiner = create(JSON.parse(JSON.stringify(examiner.save())) as SavedExaminer);
    expect(open()).toMatchObject([{ from: 60, to: 100 }]);
    every(61, 99, 1, [1], 300);
    expect(open()).toEqual([]);
  });

  it('is forgotten when nobody could fill it any more', () => {
    clock(86_400 + 120);
    expect(open().filter(({ to }) => to !== null)).toEqual([]);
  });
});

describe('a source that nobody knows the schedule of', () => {
  beforeEach(() => {
    due = 'learnt';
    examiner = create();
  });

  it('has a gap when it is silent for much longer than it ever was', () => {
    every(0, 100, 1, [0]);
    read(140, [0]);
    expect(open()).toEqual([]); // less than a minute
    every(141, 600, 1, [0]);
    read(900, [0]);
    expect(open()).toEqual([{ tag: 'm.a', from: 600, to: 900, reason: 'silent' }]);
  });

  it('may pause as it has paused before', () => {
    for (let shift = 0; shift < 5; shift++) every(shift * 1_000, shift * 1_000 + 500, 10, [0]);
    examiner.book.takeChanged();
    const before = open().length;
    for (let shift = 5; shift < 20; shift++) every(shift * 1_000, shift * 1_000 + 500, 10, [0]);
    expect(open().length).toBe(before);
  });

  it('has none before its rhythm is known, and none on change', () => {
    every(0, 10, 1, [0]);
    read(5_000, [0]);
    expect(open()).toEqual([]);
    due = 'on change';
    examiner = create();
    every(0, 100, 1, [0]);
    read(5_000, [0]);
    expect(open()).toEqual([]);
  });

  it('that sends late what it kept has no gap in the end', () => {
    every(0, 100, 1, [0]);
    for (let at = 101; at <= 300; at += 5) clock(at);
    expect(open()).toEqual([{ tag: 'm.a', from: 100, to: null, reason: 'silent' }]);
    every(101, 300, 1, [0], 300);
    expect(open()).toEqual([]);
  });
});

describe('a client that numbers its batches', () => {
  it('has a gap for every number it left out, which late batches fill from both ends and from the middle', () => {
    for (const sequence of [1, 2, 3, 9]) pushed(sequence);
    expect(open()).toEqual([{ tag: null, from: 3.9, to: 9, reason: 'sequence' }]);
    pushed(6, 20);
    expect(open()).toMatchObject([
      { from: 3.9, to: 6 },
      { from: 6.9, to: 9 },
    ]);
    pushed(4, 21);
    pushed(8, 22);
    expect(open()).toMatchObject([
      { from: 4.9, to: 6 },
      { from: 6.9, to: 8 },
    ]);
    for (const sequence of [5, 7]) pushed(sequence, 30);
    expect(open()).toEqual([]);
  });

  it('may send one again, and may begin to count anew', () => {
    for (const sequence of [5, 6, 7, 7, 6, 0, 1, 2, 500_000, 500_001]) pushed(sequence);
    expect(open()).toEqual([]);
  });
});

describe('history', () => {
  const HISTORY = 4;

  it('fetched after an outage closes its gap, whether it comes before or after the first live readings', () => {
    for (const order of ['before', 'after']) {
      examiner = create();
      every(0, 20);
      link(20, 'down');
      clock(40);
      link(60, 'up');
      if (order === 'after') every(60, 63);
      for (let at = 21; at < 60; at++) read(at, [0, 1], 1, 63, HISTORY);
      if (order === 'before') every(60, 63);
      expect(open()).toEqual([]);
    }
  });

  it('imported for a tag that nobody has heard live makes no gap and is not due', () => {
    due = 'learnt';
    for (let at = -90_000; at < -80_000; at += 100) read(at, [0], 1, 0, HISTORY);
    for (let at = -50_000; at < -40_000; at += 100) read(at, [0], 1, 0, HISTORY);
    for (let at = 0; at < 4_000; at += 5) clock(at);
    expect(open()).toEqual([]);
  });
});
