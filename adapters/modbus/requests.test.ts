import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Binding } from '../adapter.ts';
import { widthOf } from './registers.ts';
import { type Limits, planRequests, type Request, splitRequest } from './requests.ts';
import type { Address } from './settings.ts';

const limits = { maxRegisters: 125, gap: 8 };
const nothing = { refused: new Set<string>(), cuts: new Set<string>() };

function at(register: number, more: Partial<Address> = {}): Binding<Address> {
  const address: Address = {
    unitId: 1,
    table: 'holding',
    register,
    type: 'uint16',
    order: 'ABCD',
    scale: 1,
    offset: 0,
    ...more,
  };
  return { tag: `t.${address.unitId}-${address.table}-${register}-${address.type}`, address };
}

function spans(requests: readonly Request[]): string[] {
  return requests.map(({ first, count }) => `${first}+${count}`);
}

describe('planRequests', () => {
  test('500 contiguous registers are 4 requests', () => {
    const bindings = Array.from({ length: 500 }, (_, i) => at(i));
    expect(spans(planRequests(bindings, limits, nothing).requests)).toEqual(['0+125', '125+125', '250+125', '375+125']);
  });

  test('bindings in any order give the same plan', () => {
    const bindings = [at(10), at(2), at(6, { type: 'float32' })];
    expect(spans(planRequests(bindings, limits, nothing).requests)).toEqual(['2+9']);
  });

  test('a hole is bridged when it is no wider than the gap', () => {
    expect(spans(planRequests([at(0), at(9)], limits, nothing).requests)).toEqual(['0+10']);
    expect(spans(planRequests([at(0), at(10)], limits, nothing).requests)).toEqual(['0+1', '10+1']);
  });

  test('a value of several registers is never torn', () => {
    const bindings = Array.from({ length: 250 }, (_, i) => at(i * 2, { type: 'float32' }));
    expect(spans(planRequests(bindings, limits, nothing).requests)).toEqual([
      '0+124',
      '124+124',
      '248+124',
      '372+124',
      '496+4',
    ]);
  });

  test('units and tables are asked apart', () => {
    const bindings = [at(0), at(1, { unitId: 2 }), at(2, { table: 'input' }), at(3, { table: 'coil' })];
    expect(planRequests(bindings, limits, nothing).requests).toHaveLength(4);
  });

  test('2000 coils are one request', () => {
    const bindings = Array.from({ length: 2001 }, (_, i) => at(i, { table: 'coil' }));
    expect(spans(planRequests(bindings, limits, nothing).requests)).toEqual(['0+2000', '2000+1']);
  });

  test('a refused tag is asked alone and nobody reads across it', () => {
    const bindings = [at(0), at(1), at(2), at(3)];
    const learnt = { ...nothing, refused: new Set([bindings[2]!.tag]) };
    expect(spans(planRequests(bindings, limits, learnt).requests)).toEqual(['2+1', '0+2', '3+1']);
  });

  test('a cut is not read across', () => {
    const learnt = { ...nothing, cuts: new Set(['1:holding:2']) };
    expect(spans(planRequests([at(0), at(1), at(2), at(3)], limits, learnt).requests)).toEqual(['0+2', '2+2']);
  });

  test('nothing is read across a forbidden register, and a tag that lies in one is not read', () => {
    const forbidden = [
      { table: 'holding', from: 3, to: 3 } as const,
      { unitId: 2, table: 'holding', from: 8, to: 9 } as const,
    ];
    const bindings = [at(0), at(2), at(3), at(4), at(7, { type: 'int32' })];
    const plan = planRequests(bindings, { ...limits, forbidden }, nothing);
    expect(spans(plan.requests)).toEqual(['0+3', '4+5']);
    expect(plan.unreadable.map(({ address }) => address.register)).toEqual([3]);
  });

  test('a unit with limits of its own is asked within them, the others are not', () => {
    const bindings = [1, 2].flatMap((unitId) => Array.from({ length: 40 }, (_, i) => at(i, { unitId })));
    const units = [{ unitId: 2, maxRegisters: 16 }];
    expect(spans(planRequests(bindings, { ...limits, units }, nothing).requests)).toEqual([
      '0+40',
      '0+16',
      '16+16',
      '32+8',
    ]);
  });

  test('no other plan has fewer requests', () => {
    const tag = fc
      .record({
        register: fc.integer({ min: 0, max: 24 }),
        type: fc.constantFrom<Address['type']>('uint16', 'float32', 'int64'),
      })
      .map(({ register, type }) => at(register, { type }));
    const range = fc
      .tuple(fc.integer({ min: 0, max: 28 }), fc.integer({ min: 0, max: 2 }))
      .map(([from, more]) => ({ table: 'holding' as const, from, to: from + more }));
    const small = fc.record({
      maxRegisters: fc.integer({ min: 4, max: 10 }),
      gap: fc.integer({ min: 0, max: 5 }),
      forbidden: fc.array(range, { maxLength: 2 }),
    });
    const tags = fc.uniqueArray(tag, { selector: ({ tag }) => tag, minLength: 1, maxLength: 7 });
    fc.assert(
      fc.property(tags, small, (bindings, within) => {
        const { requests, unreadable } = planRequests(bindings, within, nothing);
        for (const { bindings: block } of requests) expect(isOneRead(block, within)).toBe(true);
        const planned = requests.flatMap((request) => request.bindings);
        expect(new Set([...planned, ...unreadable])).toEqual(new Set(bindings));
        expect(unreadable.every((binding) => !isOneRead([binding], within))).toBe(true);
        expect(requests).toHaveLength(fewestReads(planned, within));
      }),
      { numRuns: 500 },
    );
  });

  test('a value that reaches beyond the last register is not asked for', () => {
    const plan = planRequests([at(65_535), at(65_534, { type: 'int64' })], limits, nothing);
    expect(spans(plan.requests)).toEqual(['65535+1']);
    expect(plan.unreadable.map(({ address }) => address.register)).toEqual([65_534]);
  });

  test('every tag lies in exactly one request, whole, and no request is too long', () => {
    const binding = fc
      .record({
        register: fc.integer({ min: 0, max: 400 }),
        unitId: fc.integer({ min: 1, max: 2 }),
        table: fc.constantFrom<Address['table']>('holding', 'input', 'coil'),
        type: fc.constantFrom<Address['type']>('uint16', 'float32', 'int64'),
        isRefused: fc.boolean(),
      })
      .map(({ register, isRefused, ...more }) => ({ ...at(register, more), isRefused }));
    fc.assert(
      fc.property(fc.uniqueArray(binding, { selector: ({ tag }) => tag, maxLength: 80 }), (bindings) => {
        const refused = new Set(bindings.filter((b) => b.isRefused).map(({ tag }) => tag));
        const { requests } = planRequests(bindings, { maxRegisters: 20, gap: 4 }, { ...nothing, refused });
        const planned = requests.flatMap((request) => request.bindings.map(({ tag }) => tag));
        expect([...planned].sort()).toEqual(bindings.map(({ tag }) => tag).sort());
        for (const request of requests) {
          expect(request.count).toBeLessThanOrEqual(request.table === 'coil' ? 320 : 20);
          for (const { address } of request.bindings) {
            expect(address.register).toBeGreaterThanOrEqual(request.first);
            expect(address.register + widthOf(address)).toBeLessThanOrEqual(request.first + request.count);
          }
        }
      }),
    );
  });
});

/** The rules, spelt out register by register: what is read is no more than allowed, not forbidden, and used every so often. */
function isOneRead(block: readonly Binding<Address>[], { maxRegisters, gap, forbidden }: Limits): boolean {
  const used = new Set(
    block.flatMap(({ address }) => Array.from({ length: widthOf(address) }, (_, i) => address.register + i)),
  );
  const [first, last] = [Math.min(...used), Math.max(...used)];
  if (last - first + 1 > maxRegisters) return false;
  let unused = 0;
  for (let register = first; register <= last; register++) {
    if (forbidden?.some(({ from, to }) => register >= from && register <= to)) return false;
    unused = used.has(register) ? 0 : unused + 1;
    if (unused > gap) return false;
  }
  return true;
}

/** The size of the smallest partition into blocks that may be read at once, by trying them all. */
function fewestReads(bindings: readonly Binding<Address>[], within: Limits): number {
  const fewest = (rest: readonly Binding<Address>[], blocks: readonly (readonly Binding<Address>[])[]): number => {
    const [next, ...others] = rest;
    if (next === undefined)
      return blocks.every((block) => isOneRead(block, within)) ? blocks.length : Number.POSITIVE_INFINITY;
    const joined = blocks.map((block, i) => fewest(others, blocks.with(i, [...block, next])));
    return Math.min(fewest(others, [...blocks, [next]]), ...joined);
  };
  return fewest(bindings, []);
}

describe('splitRequest', () => {
  test('splits at the widest hole', () => {
    const [request] = planRequests([at(0), at(1), at(2), at(9), at(12)], limits, nothing).requests;
    expect(spans(splitRequest(request!) ?? [])).toEqual(['0+3', '9+4']);
  });

  test('splits in the middle when there is no hole', () => {
    const [request] = planRequests([at(0), at(1), at(2)], limits, nothing).requests;
    expect(spans(splitRequest(request!) ?? [])).toEqual(['0+2', '2+1']);
  });

  test('does not split a single tag', () => {
    const [request] = planRequests([at(0)], limits, nothing).requests;
    expect(splitRequest(request!)).toBeNull();
  });
});
