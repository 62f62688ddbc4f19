import { describe, expect, it } from 'vitest';
import { compileRoutes } from './routes.ts';
import { stableClientId } from './session.ts';
import { arrivalTimes } from './time.ts';

describe('the subscriptions of a source', () => {
  it('leave out what a wider one covers, so that no message comes twice', () => {
    const bindings = ['plant/a/b/c', 'other/x', 'other/x'].map((topic, index) => ({
      tag: `m.t${index}`,
      address: { topic, value: '$' },
    }));
    const map = [
      { topic: 'plant/+area/+asset/+tag', value: '$' },
      { topic: 'plant/+area/+asset/speed', tag: 'speed', value: '$' },
    ];
    expect(compileRoutes(map, bindings).filters).toEqual(['other/x', 'plant/+/+/+']);
  });

  it.each([
    [{ topic: 'a/+asset', value: '$' }, /a\/\+asset names no tag/],
    [{ topic: 'a/+asset', tag: '{line}', value: '$' }, /captures no "\+line"/],
    [{ topic: 'a/+asset', tag: '$.x y', value: '$' }, /no path/],
  ])('refuse a pattern that contradicts itself', (pattern, message) => {
    expect(() => compileRoutes([pattern], [])).toThrow(message);
  });

  it('remember topics without end in bounded memory', () => {
    const table = compileRoutes([{ topic: 'a/+asset/+tag', value: '$' }], []);
    const first = table.routesOf('a/m/0');
    expect(table.routesOf('a/m/0')).toBe(first);
    for (let index = 0; index < 10_001; index++) table.routesOf(`a/m/${index}`);
    expect(table.routesOf('a/m/0')).not.toBe(first);
  });
});

describe('the session name', () => {
  const url = 'mqtt://broker:1883';

  it('is the same for the same settings, another one for others, and fits every broker', () => {
    const name = stableClientId({ url }, ['a/#']);
    expect(name).toMatch(/^millwright-[0-9a-f]{12}$/);
    expect(stableClientId({ url }, ['a/#'])).toBe(name);
    expect(stableClientId({ url }, ['b/#'])).not.toBe(name);
    expect(stableClientId({ url, username: 'x' }, ['a/#'])).not.toBe(name);
  });
});

describe('times of arrival', () => {
  it('are all different while the clock stands still, and follow it when it is set back', () => {
    let now = 1_767_225_600_000;
    const arrival = arrivalTimes({ now: () => now, sleep: () => Promise.resolve() });
    expect([arrival(), arrival(), arrival()]).toEqual([now, now + 0.001, now + 0.002]);
    now += 5;
    expect(arrival()).toBe(now);
    now -= 3_600_000;
    expect(arrival()).toBe(now);
  });
});
