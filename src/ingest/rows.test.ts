import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PlacedRecord } from '../model/log-record.ts';
import { gatherRows, sliceRows, sortRows } from './rows.ts';
import { areApart, makeStretch } from './stretch.ts';

interface Row {
  readonly tag: number;
  readonly at: number;
  readonly value: number;
  readonly code: number | undefined;
}

const row = fc.record({
  tag: fc.nat({ max: 5 }),
  at: fc.nat({ max: 20 }).map((n) => 1_767_225_600_000 + n / 4),
  value: fc.oneof(fc.nat({ max: 2 }), fc.constant(Number.NaN)),
  code: fc.option(fc.nat(9), { nil: undefined }),
});
const log = fc.array(fc.array(row, { maxLength: 30 }), { maxLength: 6 });
/** Database ids in another order than the log's. */
const IDS = [50, 10, 40, 20, 60, 30];
const names = new Map(IDS.map((_, id) => [id, `a.t${id}`]));
const idOf = (name: string) => IDS[Number(name.slice(3))]!;

function records(batches: readonly (readonly Row[])[]): PlacedRecord[] {
  return batches.map((rows, position) => ({
    position,
    end: position + 1,
    record: {
      kind: 'readings',
      receivedAt: 1,
      batch: {
        tag: Int32Array.from(rows, ({ tag }) => tag),
        at: Float64Array.from(rows, ({ at }) => at),
        value: Float64Array.from(rows, ({ value }) => value),
        quality: Uint8Array.from(rows, ({ value }) => (Number.isNaN(value) ? 2 : 0)),
        codes: new Map(rows.flatMap(({ code }, i) => (code === undefined ? [] : [[i, code] as const]))),
      },
    },
  }));
}

function sorted(batches: readonly (readonly Row[])[]) {
  const gathered = gatherRows(records(batches), names);
  return sortRows(gathered, gathered.tags.map(idOf));
}

describe('the rows of a stretch', () => {
  it('are sorted by (tag id, time), each key once with its first value, and every reading is accounted for', () => {
    fc.assert(
      fc.property(log, (batches) => {
        const first = new Map<string, Row>();
        let duplicates = 0;
        let conflicts = 0;
        for (const each of batches.flat()) {
          const key = `${IDS[each.tag]}|${each.at}`;
          const known = first.get(key);
          if (!known) first.set(key, each);
          else if (Object.is(known.value, each.value)) duplicates++;
          else conflicts++;
        }
        const expected = [...first.values()]
          .map(({ tag, ...rest }) => ({ ...rest, tagId: IDS[tag]! }))
          .sort((a, b) => a.tagId - b.tagId || a.at - b.at);
        const { rows, ...counts } = sorted(batches);
        expect(counts).toEqual({ duplicates, conflicts });
        const found = Array.from(rows.tagId, (tagId, i) => ({
          tagId,
          at: rows.at[i],
          value: rows.value[i],
          code: rows.codes.get(i),
        }));
        expect(found).toEqual(expected);
      }),
    );
  });

  it('are the same rows when they are cut in two', () => {
    fc.assert(
      fc.property(log, fc.nat(200), (batches, where) => {
        const { rows } = sorted(batches);
        const at = Math.min(where, rows.tagId.length);
        const parts = [sliceRows(rows, 0, at), sliceRows(rows, at, rows.tagId.length)];
        expect(parts.flatMap(({ at }) => [...at])).toEqual([...rows.at]);
        const codes = parts.flatMap((part) => Array.from(part.tagId, (_, i) => part.codes.get(i)));
        expect(codes).toEqual(Array.from(rows.tagId, (_, i) => rows.codes.get(i)));
      }),
    );
  });
});

describe('two stretches', () => {
  it('are apart only when no key is in both', () => {
    fc.assert(
      fc.property(log, log, (one, other) => {
        const stretches = [one, other].map((batches) =>
          makeStretch({
            end: 1,
            duplicates: 0,
            conflicts: 0,
            captures: [],
            texts: [],
            forgets: [],
            rows: sorted(batches).rows,
            tagNames: new Map(),
          }),
        );
        const [a, b] = stretches.map(({ rows }) => Array.from(rows.tagId, (id, i) => `${id}|${rows.at[i]}`));
        if (areApart(stretches[0]!, stretches[1]!)) expect(a!.filter((key) => b!.includes(key))).toEqual([]);
        expect(areApart(stretches[0]!, stretches[1]!)).toBe(areApart(stretches[1]!, stretches[0]!));
      }),
    );
  });

  it('are apart when the one goes on where the other ended', () => {
    const at = (n: number) => [{ tag: 1, at: n, value: 1, code: undefined }];
    const [a, b] = [at(1), at(2)].map((rows) =>
      makeStretch({
        end: 1,
        duplicates: 0,
        conflicts: 0,
        captures: [],
        texts: [],
        forgets: [],
        rows: sorted([rows]).rows,
        tagNames: new Map(),
      }),
    );
    expect(areApart(a!, b!)).toBe(true);
    expect(areApart(a!, a!)).toBe(false);
  });

  it('of history have their plain quality, and the code of an inserted entry where they have none and are good', () => {
    const batch = {
      tag: Int32Array.of(0, 0, 0, 0),
      at: Float64Array.of(1, 2, 3, 4),
      value: Float64Array.of(1, 1, Number.NaN, 1),
      quality: Uint8Array.of(0, 4, 6, 4),
      codes: new Map([[3, 0x00a10000]]),
    };
    const record = { kind: 'readings' as const, receivedAt: 1, batch };
    const gathered = gatherRows([{ position: 0, end: 1, record }], names);
    expect([...gathered.quality]).toEqual([0, 0, 2, 0]);
    expect([...gathered.codes]).toEqual([
      [1, 0x00a20000],
      [3, 0x00a10000],
    ]);
  });
});
