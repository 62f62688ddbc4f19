import { describe, expect, it } from 'vitest';
import { systemClock } from '../model/clock.ts';
import type { DeliveryResult } from '../model/delivery.ts';
import { DirectOutbox } from './direct.ts';

const DELIVERED: DeliveryResult = { state: 'delivered', attempts: 1, status: 200, reason: null, nextAt: null, at: 10 };
const endpoint = (id: string, priorities: readonly ('high' | 'low')[] = []) => ({
  id,
  url: `https://${id}.example`,
  priorities,
  secrets: ['whsec_x'],
});
const message = (id: string, priority: 'high' | 'low' = 'high') => ({ id, priority, body: '{}', at: 1 });

function create(results: { message: string; webhook: string; result: DeliveryResult }[] = []) {
  const told: string[] = [];
  const direct = new DirectOutbox({
    clock: systemClock,
    results,
    onResult: (id, webhook, { state }) => told.push(`${id} ${webhook} ${state}`),
  });
  direct.endpoints = [endpoint('all'), endpoint('low', ['low'])];
  return { direct, told };
}

async function claim(direct: DirectOutbox, at = 100): Promise<string[]> {
  return (await direct.claimDue(at, 10, 1_000)).map(({ id }) => id);
}

describe('the outbox without a database', () => {
  it('hands out nothing before it is told to', async () => {
    const { direct } = create();
    direct.offer(message('a'));
    expect(await claim(direct)).toEqual([]);
    direct.resume();
    expect(await claim(direct)).toEqual(['a_all']);
  });

  it('gives each endpoint what it wants, one at a time and in order', async () => {
    const { direct } = create();
    direct.resume();
    for (const [id, priority] of [
      ['a', 'high'],
      ['b', 'low'],
      ['c', 'low'],
    ] as const)
      direct.offer(message(id, priority));
    expect(await claim(direct)).toEqual(['a_all', 'b_low']);
    expect(await claim(direct)).toEqual([]);
    await direct.finish('a_all', DELIVERED);
    expect(await claim(direct)).toEqual(['b_all']);
  });

  it('lets the next one go while one that failed waits for its time', async () => {
    const { direct } = create();
    direct.resume();
    direct.offer(message('a'));
    direct.offer(message('b'));
    await claim(direct);
    await direct.finish('a_all', { ...DELIVERED, state: 'failed', status: 500, nextAt: 5_000 });
    expect(await claim(direct)).toEqual(['b_all']);
    await direct.finish('b_all', DELIVERED);
    expect(await claim(direct, 5_000)).toEqual(['a_all']);
  });

  it('settles only when nothing is under way, tells what became of all, and begins nothing meanwhile', async () => {
    const { direct, told } = create();
    direct.resume();
    direct.offer(message('a'));
    direct.offer(message('b'));
    await claim(direct, systemClock.now());
    let isSettled = false;
    const settled = direct.settle().then((results) => {
      isSettled = true;
      return results;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(isSettled).toBe(false);
    await direct.finish('a_all', DELIVERED);
    expect((await settled).get('a')?.get('all')).toEqual(DELIVERED);
    expect(told).toEqual(['a all delivered']);
    expect(await claim(direct)).toEqual([]);
    direct.forget(['a', 'b']);
    direct.resume();
    expect(await claim(direct)).toEqual([]);
  });

  it('does not send again what an earlier run delivered', async () => {
    const { direct } = create([{ message: 'a', webhook: 'all', result: DELIVERED }]);
    direct.resume();
    direct.offer(message('a', 'low'));
    expect(await claim(direct)).toEqual(['a_low']);
  });
});
