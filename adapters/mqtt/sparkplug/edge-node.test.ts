import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StatusCode } from '../../adapter.ts';
import { MAX_EARLY } from './edge-node.ts';
import { birth, data, death, encode, type Given, garbage, hostBench, seeded, T0 } from './testbench.ts';

const NODE = 'plant-gateway';
const PRESS = 'plant-gateway-press';

/** A host that knows an edge node with one device: aliases 1 and 2 of its own, 11 and 12 of the press. */
function born(config: Parameters<typeof hostBench>[0] = {}) {
  const bench = hostBench(config);
  bench.say('NBIRTH', birth(0, { cpu: 1, disk: 2 }, { bdSeq: 7 }));
  bench.say('DBIRTH', birth(1, { force: 3, stroke: 4 }, { firstAlias: 11 }), 'press');
  return bench;
}

const good = (tag: string, value: number, at = T0) => ({ tag, at, value, quality: 'good' });
const stale = (tag: string, at: number) => ({
  tag,
  at,
  value: null,
  quality: 'bad',
  code: StatusCode.badNoCommunication,
});

describe('a host application', () => {
  it('reads births, and data by the aliases of their birth', () => {
    const { readings, say, asked } = born();
    say('NDATA', data(2, [[2, 20]], T0 + 1));
    say('DDATA', data(3, [[11, 30]], T0 + 2), 'press');
    expect(readings).toEqual([
      good(`${NODE}.cpu`, 1),
      good(`${NODE}.disk`, 2),
      good(`${PRESS}.force`, 3),
      good(`${PRESS}.stroke`, 4),
      good(`${NODE}.disk`, 20, T0 + 1),
      good(`${PRESS}.force`, 30, T0 + 2),
    ]);
    expect(asked).toEqual([]);
  });

  it('follows the numbers over 255 to 0, wherever a birth begins', () => {
    const { say, readings, pass, asked } = hostBench();
    say('NBIRTH', birth(250, { a: 0 }, { bdSeq: 0 }));
    for (let i = 1; i <= 300; i++) say('NDATA', data((250 + i) % 256, [[1, i]], T0 + i));
    pass(5_000);
    expect(readings.map(({ value }) => value)).toEqual(Array.from({ length: 301 }, (_, i) => i));
    expect(asked).toEqual([]);
  });

  it('asks for births when data come before them, and counts what it could not read', () => {
    const { say, readings, asked, discarded } = hostBench();
    say('DDATA', data(9, [[11, 1]]), 'press');
    expect({ readings, asked, discarded }).toEqual({ readings: [], asked: ['plant/gateway'], discarded: ['no_birth'] });
  });

  it('reads also without a birth what brings its name and datatype', () => {
    const { say, asked } = hostBench();
    const metric = { name: 'force', type: 'Double' as const, value: 5, timestamp: T0 };
    expect(say('DDATA', { timestamp: T0, seq: 9, metrics: [metric] }, 'press')).toEqual([good(`${PRESS}.force`, 5)]);
    expect(asked).toEqual(['plant/gateway']);
  });

  it('asks when an alias is unknown, once, then with more and more patience', () => {
    const { say, pass, asked, now } = born();
    let seq = 2;
    const askedAt: number[] = [];
    while (now() < T0 + 200_000) {
      const before = asked.length;
      say('NDATA', data(seq++ % 256, [[99, 1]], now()));
      pass(500);
      if (asked.length > before) askedAt.push(now() - T0);
    }
    const waits = askedAt.slice(1).map((at, i) => Math.round((at - askedAt[i]!) / 1_000));
    expect(waits.slice(0, 5)).toEqual([2, 4, 8, 16, 32]);
    expect(Math.max(...waits)).toBeLessThanOrEqual(60);
  });

  it('never asks when it may not', () => {
    const { say, pass, asked } = hostBench({ rebirth: 'never' });
    say('NDATA', data(9, [[1, 1]]));
    pass(10_000);
    expect(asked).toEqual([]);
  });

  it('asks a thousand edge nodes no faster than ten a second', () => {
    const { sayRaw, pass, asked } = hostBench();
    for (let i = 0; i < 1_000; i++) sayRaw(`spBv1.0/plant/NDATA/node-${i}`, encode(data(1, [[1, 1]])));
    pass(1_000);
    expect(asked.length).toBeLessThanOrEqual(11);
    pass(1_000);
    expect(new Set(asked).size).toBe(asked.length);
    expect(asked.length).toBeGreaterThan(15);
  });

  it('does not let an edge node with births of its own wait for one that has none', () => {
    const { sayRaw, say } = born();
    for (let i = 0; i < 100; i++) sayRaw(`spBv1.0/plant/NDATA/node-${i}`, encode(data(1, [[1, 1]])));
    expect(say('NDATA', data(2, [[1, 5]], T0 + 1))).toEqual([good(`${NODE}.cpu`, 5, T0 + 1)]);
  });

  it('takes what a birth leaves out for gone, and reads it again when it is back', () => {
    const { say } = born();
    expect(say('DBIRTH', birth(2, { force: 3 }, { at: T0 + 10 }), 'press')).toEqual([
      good(`${PRESS}.force`, 3, T0 + 10),
      { ...stale(`${PRESS}.stroke`, T0 + 10), code: StatusCode.badNodeIdUnknown },
    ]);
    expect(say('DBIRTH', birth(3, { force: 3, stroke: 4 }, { at: T0 + 20 }), 'press')).toContainEqual(
      good(`${PRESS}.stroke`, 4, T0 + 20),
    );
  });

  it('takes devices for gone that an edge node does not bring back with its birth', () => {
    const { say, pass } = born();
    say('NBIRTH', birth(0, { cpu: 1, disk: 2 }, { bdSeq: 7, at: T0 + 1 }));
    expect(pass(9_000)).toEqual([]);
    expect(pass(1_100)).toEqual([stale(`${PRESS}.force`, T0 + 10_000), stale(`${PRESS}.stroke`, T0 + 10_000)]);
  });

  it('does not read the aliases of a device by a birth of the session before', () => {
    const { say, asked } = born();
    say('NBIRTH', birth(0, { cpu: 1, disk: 2 }, { bdSeq: 8, at: T0 + 1 }));
    expect(say('DDATA', data(1, [[11, 30]], T0 + 2), 'press')).toEqual([]);
    expect(asked).toEqual(['plant/gateway']);
  });

  it('reads again after a death what has not changed since before it', () => {
    const { say, pass, now } = born();
    pass(1_000);
    say('NDEATH', death(7));
    pass(1_000);
    const unchanged = birth(0, { cpu: 1, disk: 2 }, { bdSeq: 8 }); // with the times of the last change
    expect(say('NBIRTH', { ...unchanged, timestamp: now() })).toEqual([
      good(`${NODE}.cpu`, 1, now()),
      good(`${NODE}.disk`, 2, now()),
    ]);
  });

  it('reads again what was born by a clock that is behind ours', () => {
    const { say, pass } = born();
    pass(60_000);
    say('NDEATH', death(7));
    const [cpu] = say('NBIRTH', birth(0, { cpu: 5 }, { bdSeq: 8, at: T0 + 30_000 }));
    expect(cpu).toEqual(good(`${NODE}.cpu`, 5, T0 + 60_001));
  });

  it('adds no row for a rebirth in which nothing is new', () => {
    const { say, readings } = born();
    const before = [...readings];
    say('NBIRTH', birth(0, { cpu: 1, disk: 2 }, { bdSeq: 7 }));
    expect(readings.slice(before.length)).toEqual(before.slice(0, 2));
  });

  it('marks historical values, which do not bring a dead tag to life', () => {
    const { say, pass, now } = born();
    pass(1_000);
    say('NDEATH', death(7));
    say('NBIRTH', birth(0, { cpu: 1, disk: 2 }, { bdSeq: 8, at: now() + 1 }));
    const metric = { alias: 1, type: 'Double' as const, value: 9, timestamp: T0 + 500, isHistorical: true };
    expect(say('NDATA', { timestamp: now() + 2, seq: 1, metrics: [metric] })).toEqual([
      { ...good(`${NODE}.cpu`, 9, T0 + 500), historical: true },
    ]);
  });

  it('asks edge nodes with bound tags at once, and marks the tags of one that is never heard', () => {
    const address = { group: 'plant', edge: 'gateway', device: 'press', metric: 'force' };
    const { pass, asked } = hostBench({ bindings: [{ tag: 'press-1.force', address }] });
    pass(100);
    expect(asked).toEqual(['plant/gateway']);
    expect(pass(20_000)).toEqual([stale('press-1.force', expect.any(Number) as unknown as number)]);
  });

  it('marks the adopted tags of a lost link, and leaves those of the plant file to the supervisor', () => {
    const address = { group: 'plant', edge: 'gateway', metric: 'cpu' };
    const { host, say } = born({ bindings: [{ tag: 'gateway.cpu', address }] });
    say('DDEATH', { timestamp: T0 + 5, seq: 2 }, 'press');
    expect(host.lose()).toEqual([stale(`${NODE}.disk`, T0 + 1)]);
    expect(host.lose()).toEqual([]);
  });

  it('says which bound metric a birth does not have', () => {
    const address = { group: 'plant', edge: 'gateway', metric: 'cup' };
    const { say } = hostBench({ bindings: [{ tag: 'gateway.cpu', address }] });
    expect(say('NBIRTH', birth(0, { cpu: 1 }, { bdSeq: 0 }))).toEqual([
      good(`${NODE}.cpu`, 1),
      { ...stale('gateway.cpu', T0), code: StatusCode.badNodeIdUnknown },
    ]);
  });

  it('reads a bound metric as the tags it is bound to, and as no other', () => {
    const address = { group: 'plant', edge: 'gateway', metric: 'cpu' };
    const { say } = hostBench({ bindings: ['a.x', 'b.y'].map((tag) => ({ tag, address })) });
    expect(say('NBIRTH', birth(0, { cpu: 1 }, { bdSeq: 0 }))).toEqual([good('a.x', 1), good('b.y', 1)]);
  });

  it('refuses a second metric for a tag that another one has', () => {
    const { sayRaw, discarded } = hostBench({ asset: 'all' });
    sayRaw('spBv1.0/plant/NBIRTH/one', encode(birth(0, { cpu: 1 }, { bdSeq: 0 })));
    expect(sayRaw('spBv1.0/plant/NBIRTH/two', encode(birth(0, { cpu: 2 }, { bdSeq: 0 })))).toEqual([]);
    expect(discarded).toEqual(['duplicate']);
  });

  it('remembers no more metrics than it may, and says so', () => {
    const { sayRaw, say, discarded } = born({ maxMetrics: 10 });
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`m${i}`, i]));
    sayRaw('spBv1.0/plant/NBIRTH/two', encode(birth(0, many, { bdSeq: 0 })));
    expect(discarded).toEqual(Array(51).fill('adopt_limit'));
    expect(say('NDATA', data(2, [[1, 9]], T0 + 1))).toHaveLength(1);
  });

  it.each([
    ['retained', 'spBv1.0/plant/NBIRTH/gateway', encode(birth(0, { cpu: 1 }, { bdSeq: 0 })), true, 'retained'],
    ['of another shape', 'spBv1.0/plant/NBIRTH', encode(birth(0, {})), false, 'unknown_tag'],
    ['empty', 'spBv1.0/plant/NDATA/gateway', new Uint8Array(), false, 'malformed'],
    ['without a number', 'spBv1.0/plant/NDATA/gateway', encode({ timestamp: T0 }), false, 'malformed'],
    ['a death of no session', 'spBv1.0/plant/NDEATH/gateway', encode({ timestamp: T0 }), false, 'malformed'],
  ])('counts a message that is %s', (_, topic, payload, retain, reason) => {
    const { sayRaw, discarded, readings, asked } = hostBench();
    sayRaw(topic, payload, retain);
    expect({ discarded, readings, asked }).toEqual({ discarded: [reason], readings: [], asked: [] });
  });

  it('keeps bdSeq and the commands of an edge node to itself', () => {
    const { say, readings, discarded } = hostBench();
    const command = { name: 'Node Control/Rebirth', type: 'Boolean' as const, value: false, timestamp: T0 };
    const { metrics, ...rest } = birth(0, { cpu: 1 }, { bdSeq: 0 });
    say('NBIRTH', { ...rest, metrics: [...(metrics ?? []), command] });
    expect({ readings, discarded }).toEqual({ readings: [good(`${NODE}.cpu`, 1)], discarded: [] });
  });
});

describe('whatever is lost, late or renumbered', () => {
  const METRICS = 4;
  const VALUES = 1_000_000;
  /** A message and what becomes of it on the way. */
  const journey = fc.record({
    what: fc.constantFrom('data', 'data', 'data', 'data', 'node birth', 'device birth'),
    fate: fc.constantFrom('arrives', 'arrives', 'arrives', 'arrives', 'is lost', 'is late'),
    metric: fc.nat(METRICS - 1),
    shift: fc.nat(METRICS - 1),
    waitMs: fc.constantFrom(0, 0, 0, 100, 3_000),
  });

  it('no value is ever given to another tag', () => {
    fc.assert(
      fc.property(fc.array(journey, { maxLength: 80 }), (journeys) => {
        const bench = hostBench();
        // Goes on over births, as 3.0.0 allows: begun anew, a lost birth and as many lost data could look like no loss.
        let seq = 0;
        let shift = 0;
        let counter = 0;
        let late: (() => void) | null = null;
        // The value of a metric says which one it is; its alias changes with each birth.
        const value = (metric: number) => metric * VALUES + counter++;
        const alias = (metric: number) => 1 + ((metric + shift) % METRICS);
        const metrics = () =>
          Array.from({ length: METRICS }, (_, i) => ({
            name: `m${i}`,
            alias: alias(i),
            type: 'Double' as const,
            value: value(i),
            timestamp: bench.now(),
          }));
        const bdSeq = { name: 'bdSeq', type: 'UInt64' as const, value: 1, timestamp: T0 };
        for (const { what, fate, metric, shift: next, waitMs } of journeys) {
          if (what !== 'data') shift = next;
          const timestamp = bench.now();
          const type = what === 'data' ? 'DDATA' : what === 'node birth' ? 'NBIRTH' : 'DBIRTH';
          const payload: Given =
            what === 'data'
              ? data(seq, [[alias(metric), value(metric)]], timestamp)
              : { timestamp, seq, metrics: what === 'node birth' ? [bdSeq] : metrics() };
          seq = (seq + 1) % 256;
          const bytes = encode(payload);
          const topic = `spBv1.0/plant/${type}/gateway${type === 'NBIRTH' ? '' : '/press'}`;
          const deliver = () => void bench.sayRaw(topic, bytes);
          if (fate === 'arrives') deliver();
          late?.();
          late = fate === 'is late' ? deliver : null;
          bench.pass(waitMs);
        }
        for (const { tag, value } of bench.readings) {
          if (value !== null) expect(tag).toBe(`${PRESS}.m${Math.floor(value / VALUES)}`);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('what only overtook each other is read in full and in order', () => {
    fc.assert(
      fc.property(fc.nat(255), fc.infiniteStream(fc.nat(4)), (firstSeq, delays) => {
        const { say, pass, readings, asked } = hostBench();
        say('NBIRTH', birth(firstSeq, { a: 0 }, { bdSeq: 0 }));
        const sent = Array.from({ length: 40 }, (_, i) => ({ i: i + 1, at: i + delays.next().value! }));
        const arriving = sent.toSorted((a, b) => a.at - b.at);
        for (const { i } of arriving) say('NDATA', data((firstSeq + i) % 256, [[1, i]], T0 + i));
        pass(5_000);
        expect(readings.map(({ value }) => value)).toEqual(Array.from({ length: 41 }, (_, i) => i));
        expect(asked).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  it('no more messages wait than the bound', () => {
    const { say, asked, discarded, readings } = born();
    const before = readings.length;
    for (let i = 0; i <= MAX_EARLY; i++) say('NDATA', data(3 + i, [[1, i]], T0 + i));
    expect(asked).toEqual(['plant/gateway']);
    expect(discarded.length + readings.length - before).toBe(MAX_EARLY + 1);
  });
});

describe('garbage on every topic', () => {
  const ROUNDS = 100_000;

  it(`among ${ROUNDS} messages ends nothing, and of the valid hundredth no value is missing or bent`, () => {
    const random = seeded(5);
    const { sayRaw, pass, readings, discarded, asked } = hostBench({ maxMetrics: 1_000 });
    const address = 'spBv1.0/plant';
    const valid = (i: number) => data((1 + i / 100) % 256, [[1, i]], T0 + i);
    sayRaw(`${address}/NBIRTH/valid`, encode(birth(0, { a: -1 }, { bdSeq: 0 })));
    const topics = ['NBIRTH/g', 'NDATA/g', 'NDEATH/g', 'DBIRTH/g/d', 'DDATA/g/d', 'DDEATH/g/d', 'STATE/x', 'NDATA'];
    for (let i = 0; i < ROUNDS; i++) {
      if (i % 100 === 0) sayRaw(`${address}/NDATA/valid`, encode(valid(i)));
      else sayRaw(`${address}/${topics[i % topics.length]}`, garbage(random, encode(valid(0))));
      if (i % 1_000 === 0) pass(100);
    }
    const read = readings.filter(({ tag }) => tag === 'plant-valid.a').map(({ value }) => value);
    expect(read).toEqual([-1, ...Array.from({ length: ROUNDS / 100 }, (_, i) => i * 100)]);
    expect(discarded.length).toBeGreaterThan(ROUNDS / 2);
    expect(asked).not.toContain('plant/valid');
  }, 60_000);
});
