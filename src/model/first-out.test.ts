import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EACH_ASSET, firstOutOf, lookBackOf, RaisedInOrder } from './first-out.ts';

const T0 = 1_790_000_000_000;
const raised = (id: string, seconds: number, asset: string | null = 'pump') => ({
  id,
  asset,
  raisedAt: T0 + seconds * 1_000,
});
const said = (alerts: readonly ReturnType<typeof raised>[]) =>
  Object.fromEntries(alerts.map((alert) => [alert.id, firstOutOf(alert, alerts)]));
const first = { firstOut: true };
const behind = (id: string) => ({ firstOutAlert: id });

describe('of several alerts of an asset', () => {
  it.each([
    ['one alone is not first of anything', [raised('a', 0)], { a: {} }],
    [
      'the earliest is first, and the others name it',
      [raised('a', 0), raised('b', 1), raised('c', 9)],
      { a: first, b: behind('a'), c: behind('a') },
    ],
    ['the earliest is first when it became known last', [raised('b', 1), raised('a', 0)], { a: first, b: behind('a') }],
    ['10 s apart are still together', [raised('a', 0), raised('b', 10)], { a: first, b: behind('a') }],
    ['more than 10 s apart are not', [raised('a', 0), raised('b', 10.001)], { a: {}, b: {} }],
    [
      'a row goes on while each follows within 10 s',
      [raised('a', 0), raised('b', 8), raised('c', 16)],
      { a: first, b: behind('a'), c: behind('a') },
    ],
    [
      'after a pause another row begins',
      [raised('a', 0), raised('b', 5), raised('c', 16), raised('d', 20)],
      { a: first, b: behind('a'), c: first, d: behind('c') },
    ],
    ['of one time the smaller id is first', [raised('b', 0), raised('a', 0)], { a: first, b: behind('a') }],
    [
      'another asset has its own',
      [raised('a', 0), raised('b', 1, 'fan'), raised('c', 2)],
      { a: first, b: {}, c: behind('a') },
    ],
    ['those of no asset are left out', [raised('a', 0, null), raised('b', 1, null)], { a: {}, b: {} }],
    [
      'the first is named for a minute, not longer',
      Array.from({ length: 9 }, (_, i) => raised(`${i}`, i * 10)),
      { 0: first, ...Object.fromEntries([1, 2, 3, 4, 5, 6].map((i) => [i, behind('0')])), 7: {}, 8: {} },
    ],
  ])('%s', (_what, alerts, expected) => {
    expect(said(alerts)).toEqual(expected);
  });

  it('those of a group of assets make one row, within the window that is set', () => {
    const policy = { windowMs: 30_000, groups: { feed: ['pump', 'fan'] } };
    const alerts = [raised('a', 0), raised('b', 25, 'fan'), raised('c', 30, 'press'), raised('d', 56)];
    expect(alerts.map((alert) => firstOutOf(alert, alerts, policy))).toEqual([first, behind('a'), {}, {}]);
    const inOrder = new RaisedInOrder(alerts, policy);
    inOrder.remove(raised('a', 0));
    expect(inOrder.firstOutOf(raised('b', 25, 'fan'))).toEqual({});
    inOrder.add(raised('e', 26));
    expect(inOrder.firstOutOf(raised('e', 26))).toEqual(behind('b'));
  });

  it('it is the same in whatever order they are told', () => {
    const alerts = fc.uniqueArray(fc.record({ id: fc.string({ minLength: 1 }), seconds: fc.nat(60) }), {
      selector: ({ id }) => id,
      maxLength: 12,
    });
    fc.assert(
      fc.property(
        alerts.chain((made) => fc.tuple(fc.constant(made), fc.shuffledSubarray(made, { minLength: made.length }))),
        ([made, shuffled]) => {
          const of = (list: typeof made) => said(list.map(({ id, seconds }) => raised(id, seconds)));
          expect(of(shuffled)).toEqual(of(made));
        },
      ),
      { numRuns: 200, seed: 11 },
    );
  });
});

describe('alerts in the order they were raised', () => {
  const alert = fc
    .record({ id: fc.nat(30), asset: fc.constantFrom('pump', 'fan', null) })
    .map(({ id, asset }) => raised(`${id}`, (id * 37) % 90, asset));
  const step = fc.record({ alert, isGone: fc.boolean() });

  it('say the same as all of them together, whichever came and went', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const known = new Map<string, ReturnType<typeof raised>>();
        const inOrder = new RaisedInOrder();
        for (const { alert, isGone } of steps) {
          const before = known.get(alert.id);
          if (before) inOrder.remove(before);
          known.delete(alert.id);
          if (isGone) continue;
          known.set(alert.id, alert);
          inOrder.add(alert);
          inOrder.add(alert);
        }
        for (const { alert } of steps) {
          const others = [...known.values()].filter(({ id }) => id !== alert.id);
          if (known.get(alert.id) !== undefined && known.get(alert.id)?.asset !== alert.asset) continue;
          expect(inOrder.firstOutOf(alert)).toEqual(firstOutOf(alert, others));
        }
      }),
      { numRuns: 200, seed: 12 },
    );
  });

  it('are not all looked at for each of a flood', () => {
    let looks = 0;
    const flood = Array.from({ length: 2_000 }, (_, i) => ({
      id: `${i}`,
      asset: 'pump',
      get raisedAt() {
        looks++;
        return T0 + i * 1_000;
      },
    }));
    const inOrder = new RaisedInOrder(flood);
    looks = 0;
    for (const alert of flood) inOrder.firstOutOf(alert);
    const behind = lookBackOf(EACH_ASSET) / 1_000;
    expect(looks).toBeLessThan(flood.length * 5 * behind);
  });
});
