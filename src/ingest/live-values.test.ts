import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Reading } from '../model/reading.ts';
import { LiveValues } from './live-values.ts';

const reading = (tag: string, at: number, value: number): Reading => ({ tag, at, value, quality: 'good' });

describe('live values', () => {
  it('keep the newest durable reading of each tag, in the order of names', () => {
    const live = new LiveValues([reading('b.x', 5, 1)]);
    live.offer(reading('a.x', 7, 2));
    live.offer(reading('b.x', 4, 9));
    live.offer(reading('b.x', 6, 3));
    expect(live.newest()).toMatchObject([
      { tag: 'a.x', reading: { at: 7, value: 2 } },
      { tag: 'b.x', reading: { at: 6, value: 3 } },
    ]);
  });

  it('keep the first of two readings with the same time, as the database does', () => {
    const live = new LiveValues();
    live.offer(reading('a.x', 5, 1));
    live.offer(reading('a.x', 5, 2));
    expect(live.newestOf('a.x')?.value).toBe(1);
  });

  it('show what lies within the deadband, and do not take it for durable', () => {
    const live = new LiveValues();
    live.offer(reading('a.x', 5, 1));
    live.show(reading('a.x', 6, 1.1));
    expect(live.takeChanged()).toMatchObject([{ at: 6, value: 1.1 }]);
    expect(live.lastAt('a.x')).toBe(6);
    expect(live.newestOf('a.x')).toMatchObject({ at: 5, value: 1 });
  });

  it('know of a tag that it had a number, whatever it says later and however it came', () => {
    const bad = (tag: string, at: number): Reading => ({ tag, at, value: null, quality: 'bad' });
    const live = new LiveValues([reading('a.stored', 5, 1), bad('a.bad', 5), bad('a.before', 5)]);
    for (const tag of ['a.stored', 'a.bad', 'a.late', 'a.batch', 'a.log']) live.offer(bad(tag, 6));
    live.noteNumbers(['a.before', 'a.unknown']);
    live.offer(reading('a.late', 4, 1));
    const older = (tag: number) => ({
      tag: Int32Array.of(tag, tag),
      at: Float64Array.of(4, 7),
      value: Float64Array.of(1, Number.NaN),
      quality: Uint8Array.of(0, 2),
      codes: new Map(),
    });
    for (const batch of [older(1), older(1)]) live.offerBatch(batch, { tagName: () => 'a.batch' });
    live.recover(older(2), new Map([[2, 'a.log']]));
    const all = ['a.stored', 'a.bad', 'a.before', 'a.late', 'a.batch', 'a.log', 'a.unknown'];
    expect(all.filter((tag) => live.hadNumber(tag))).toEqual(['a.stored', 'a.before', 'a.late', 'a.batch', 'a.log']);
    live.retract(bad('a.log', 7), null);
    expect(live.hadNumber('a.log')).toBe(false);
  });

  it('tell each change once', () => {
    const live = new LiveValues();
    live.offer(reading('a.x', 5, 1));
    live.offer(reading('a.x', 6, 2));
    expect(live.takeChanged()).toMatchObject([{ at: 6 }]);
    expect(live.takeChanged()).toEqual([]);
    live.offer(reading('a.x', 7, 1));
    live.forgetChanged();
    expect(live.takeChanged()).toEqual([]);
    live.offer(reading('a.x', 8, 2));
    expect(live.takeChanged()).toMatchObject([{ at: 8 }]);
  });

  it('recover from the log what the database did not know, and nothing older', () => {
    const live = new LiveValues([reading('a.x', 5, 1)]);
    const batch = {
      tag: Int32Array.of(0, 0, 1),
      at: Float64Array.of(4, 6, 2),
      value: Float64Array.of(8, 9, Number.NaN),
      quality: Uint8Array.of(0, 1, 2),
      codes: new Map(),
    };
    live.recover(
      batch,
      new Map([
        [0, 'a.x'],
        [1, 'a.y'],
      ]),
    );
    expect(live.newest().map((each) => each.reading)).toEqual([
      { tag: 'a.x', at: 6, value: 9, quality: 'uncertain' },
      { tag: 'a.y', at: 2, value: null, quality: 'bad' },
    ]);
  });

  it('take a batch as they take its readings one by one', () => {
    const row = fc.record({
      tag: fc.integer({ min: 0, max: 3 }),
      at: fc.integer({ min: 0, max: 9 }),
      value: fc.double(),
    });
    fc.assert(
      fc.property(fc.array(fc.array(row, { maxLength: 12 }), { maxLength: 6 }), (batches) => {
        const oneByOne = new LiveValues();
        const atOnce = new LiveValues();
        for (const rows of batches) {
          for (const { tag, at, value } of rows) {
            const isNumber = !Number.isNaN(value);
            oneByOne.offer({ tag: `a.${tag}`, at, value: isNumber ? value : null, quality: isNumber ? 'good' : 'bad' });
          }
          const batch = {
            tag: Int32Array.from(rows, ({ tag }) => tag),
            at: Float64Array.from(rows, ({ at }) => at),
            value: Float64Array.from(rows, ({ value }) => value),
            quality: Uint8Array.from(rows, ({ value }) => (Number.isNaN(value) ? 2 : 0)),
            codes: new Map(),
          };
          atOnce.offerBatch(batch, { tagName: (id) => `a.${id}` });
        }
        const newest = (live: LiveValues) => live.newest().map(({ tag, reading }) => ({ tag, reading }));
        expect(newest(atOnce)).toEqual(newest(oneByOne));
        expect(new Set(atOnce.takeChanged().map(({ tag }) => tag))).toEqual(
          new Set(oneByOne.takeChanged().map(({ tag }) => tag)),
        );
      }),
    );
  });

  it('push no history that is older than what is known, and mark what they recover', () => {
    const live = new LiveValues([reading('a.x', 5, 1)]);
    live.offer({ ...reading('a.x', 4, 9), historical: true });
    expect(live.takeChanged()).toEqual([]);
    const batch = {
      tag: Int32Array.of(0),
      at: Float64Array.of(6),
      value: Float64Array.of(2),
      quality: Uint8Array.of(4),
      codes: new Map(),
    };
    live.recover(batch, new Map([[0, 'a.x']]));
    expect(live.newestOf('a.x')).toEqual({ tag: 'a.x', at: 6, value: 2, quality: 'good', code: 0x00a20000 });
  });
});
