import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createPacedAsk } from './paced-ask.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** Answers that come when the test says so. */
function setUp() {
  const open: { answer: (said: string) => void; refuse: () => void }[] = [];
  const told: string[] = [];
  let asked = 0;
  const ask = () => {
    asked += 1;
    return new Promise<string>((answer, refuse) => open.push({ answer, refuse: () => refuse(new Error('503')) }));
  };
  const paced = createPacedAsk(ask, { everyMs: 5_000, tell: (answer) => told.push(answer) });
  return { paced, told, open, asked: () => asked };
}

test('a thousand alerts in a second ask twice: for the first, and for the last when the pace allows', async () => {
  const { paced, told, open, asked } = setUp();
  for (let i = 0; i < 1_000; i++) {
    paced.want();
    if (i === 0) open[0]!.answer('first');
    await vi.advanceTimersByTimeAsync(1);
  }
  expect({ asked: asked(), told }).toEqual({ asked: 1, told: ['first'] });
  await vi.advanceTimersByTimeAsync(4_000);
  expect(asked()).toBe(2);
  open[1]!.answer('last');
  await vi.advanceTimersByTimeAsync(60_000);
  expect({ asked: asked(), told }).toEqual({ asked: 2, told: ['first', 'last'] });
});

test('while an answer is under way nothing more is asked', async () => {
  const { paced, open, asked } = setUp();
  paced.want();
  paced.want();
  await vi.advanceTimersByTimeAsync(14_000);
  expect(asked()).toBe(1);
  open[0]!.answer('late');
  await vi.advanceTimersByTimeAsync(0);
  expect(asked()).toBe(2);
});

test('a refusal takes nothing back, and the next want asks again', async () => {
  const { paced, told, open, asked } = setUp();
  paced.want();
  open[0]!.answer('known');
  await vi.advanceTimersByTimeAsync(5_000);
  paced.want();
  open[1]!.refuse();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(told).toEqual(['known']);
  paced.want();
  open[2]!.answer('new');
  await vi.advanceTimersByTimeAsync(0);
  expect({ asked: asked(), told }).toEqual({ asked: 3, told: ['known', 'new'] });
});

test('stopped, it tells and asks nothing', async () => {
  const { paced, told, open, asked } = setUp();
  paced.want();
  paced.want();
  paced.stop();
  open[0]!.answer('too late');
  await vi.advanceTimersByTimeAsync(60_000);
  expect({ asked: asked(), told }).toEqual({ asked: 1, told: [] });
});
