import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Binding } from '../adapter.ts';
import { widthOf } from './registers.ts';
import { planRequests, type Request, splitRequest } from './requests.ts';
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
