import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createTurns } from './turns.ts';

/** A piece of work that ends when it is told to. */
function piece(name: string, log: string[]) {
  let end: (how?: Error) => void = () => undefined;
  const ended = new Promise<string>((resolve, reject) => {
    end = (how) => (how ? reject(how) : resolve(name));
  });
  const work = () => {
    log.push(name);
    return ended;
  };
  return { work, end: (how?: Error) => end(how) };
}

describe('turns', () => {
  it('let as many run as there are places, and the rest in the order in which they came', async () => {
    const log: string[] = [];
    const turns = createTurns({ places: 2, waiting: 2, what: 'pictures' });
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => piece(name, log)) as [Piece, Piece, Piece, Piece];
    const running = [a, b, c, d].map(({ work }) => turns.run(work));
    await setImmediate();
    expect(log).toEqual(['a', 'b']);
    b.end();
    expect(await running[1]).toBe('b');
    await setImmediate();
    expect(log).toEqual(['a', 'b', 'c']);
    for (const one of [a, c, d]) one.end();
    expect(await Promise.all(running)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('hand a place on when the work fails, and take it back when nobody waits', async () => {
    const log: string[] = [];
    const turns = createTurns({ places: 1, waiting: 1, what: 'pictures' });
    const [a, b] = [piece('a', log), piece('b', log)];
    const running = [turns.run(a.work), turns.run(b.work)];
    a.end(new Error('no'));
    await expect(running[0]).rejects.toThrow('no');
    b.end();
    await running[1];
    expect(await turns.run(async () => 'free')).toBe('free');
  });

  it('refuse with a 503 when too many wait', async () => {
    const turns = createTurns({ places: 1, waiting: 1, what: 'pictures' });
    const [a, b] = [piece('a', []), piece('b', [])];
    const running = [turns.run(a.work), turns.run(b.work)];
    await expect(turns.run(async () => 1)).rejects.toMatchObject({
      status: 503,
      message: '2 pictures are under way already',
    });
    a.end();
    b.end();
    await Promise.all(running);
  });
});

type Piece = ReturnType<typeof piece>;
