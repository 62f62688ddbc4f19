import { describe, expect, it } from 'vitest';
import { birth, data, death, hostBench, T0 } from './testbench.ts';

// What Sparkplug 3.0.0 demands of a host application towards edge nodes, each under the id of its assertion.

describe('a host application and the deaths of edge nodes', () => {
  const NODE = 'plant-gateway';
  const born = () => {
    const bench = hostBench();
    bench.say('NBIRTH', birth(0, { cpu: 1 }, { bdSeq: 7 }));
    bench.say('DBIRTH', birth(1, { force: 3 }, { firstAlias: 11 }), 'press');
    bench.say('DBIRTH', birth(2, { force: 4 }, { firstAlias: 21 }), 'lathe');
    bench.pass(1_000);
    return bench;
  };
  const dead = (tag: string, at: number) => ({ tag, at, value: null, quality: 'bad', code: 0x80310000 });

  it.each([
    'tck-id-operational-behavior-edge-node-termination-host-action-ndeath-node-offline',
    'tck-id-operational-behavior-edge-node-termination-host-action-ndeath-node-tags-stale',
  ])('%s: an NDEATH makes its metrics stale, at our time', () => {
    const { say, now } = born();
    expect(say('NDEATH', death(7))).toContainEqual(dead(`${NODE}.cpu`, now()));
  });

  it.each([
    'tck-id-operational-behavior-edge-node-termination-host-action-ndeath-devices-offline',
    'tck-id-operational-behavior-edge-node-termination-host-action-ndeath-devices-tags-stale',
  ])('%s: an NDEATH makes the metrics of all its devices stale, at our time', () => {
    const { say, now } = born();
    const readings = say('NDEATH', death(7));
    expect(readings).toContainEqual(dead(`${NODE}-press.force`, now()));
    expect(readings).toContainEqual(dead(`${NODE}-lathe.force`, now()));
  });

  it.each([
    'tck-id-operational-behavior-edge-node-termination-host-action-ddeath-devices-offline',
    'tck-id-operational-behavior-edge-node-termination-host-action-ddeath-devices-tags-stale',
  ])('%s: a DDEATH makes the metrics of its device stale, at its time, and no others', () => {
    const { say } = born();
    expect(say('DDEATH', { timestamp: T0 + 800, seq: 3 }, 'press')).toEqual([dead(`${NODE}-press.force`, T0 + 800)]);
  });

  it('a death of an earlier session changes nothing', () => {
    const { say } = born();
    expect(say('NDEATH', death(6))).toEqual([]);
  });

  it('a second death changes nothing', () => {
    const { say } = born();
    say('NDEATH', death(7));
    expect(say('NDEATH', death(7))).toEqual([]);
  });
});

describe('a host application and the order of messages', () => {
  const born = (reorderTimeout: number) => {
    const bench = hostBench({ reorderTimeout });
    bench.say('NBIRTH', birth(0, { a: 0 }, { bdSeq: 7 }));
    return bench;
  };

  it('tck-id-operational-behavior-host-reordering-param: waits as long as it is told', () => {
    for (const reorderTimeout of [0, 500, 4_000]) {
      const { say, pass, asked } = born(reorderTimeout);
      say('NDATA', data(2, [[1, 2]], T0 + 2));
      pass(Math.max(0, reorderTimeout - 100));
      expect(asked).toHaveLength(reorderTimeout === 0 ? 1 : 0);
      pass(200);
      expect(asked).toHaveLength(1);
    }
  });

  it('tck-id-operational-behavior-host-reordering-start: a message out of order waits, and nothing is asked yet', () => {
    const { say, asked } = born(2_000);
    expect(say('NDATA', data(2, [[1, 2]], T0 + 2))).toEqual([]);
    expect(asked).toEqual([]);
  });

  it('tck-id-operational-behavior-host-reordering-rebirth: a message that does not come leads to a rebirth request', () => {
    const { say, pass, asked, discarded } = born(2_000);
    say('NDATA', data(2, [[1, 2]], T0 + 2));
    pass(2_100);
    expect(asked).toEqual(['plant/gateway']);
    expect(discarded).toEqual(['sequence_gap']);
  });

  it('tck-id-operational-behavior-host-reordering-success: a message that comes in time ends the wait', () => {
    const { say, pass, asked, readings } = born(2_000);
    say('NDATA', data(2, [[1, 2]], T0 + 2));
    pass(1_000);
    say('NDATA', data(1, [[1, 1]], T0 + 1));
    pass(10_000);
    expect(readings.map(({ value }) => value)).toEqual([0, 1, 2]);
    expect(asked).toEqual([]);
  });
});
