import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileTopic, covers, TOPIC_PATTERN } from './topic.ts';

const captured = (pattern: string, topic: string) => {
  const captures = compileTopic(pattern).match(topic);
  return captures === null ? null : Object.fromEntries(captures);
};

describe('a topic pattern', () => {
  it('captures named levels and subscribes without the names', () => {
    expect(captured('plant/+area/+asset/+tag', 'plant/hall/press-1/temperature')).toEqual({
      area: 'hall',
      asset: 'press-1',
      tag: 'temperature',
    });
    expect(compileTopic('plant/+area/+asset/#').filter).toBe('plant/+/+/#');
  });

  it('matches as MQTT 3.1.1 §4.7 says', () => {
    expect(captured('a/+/c', 'a/b/c')).toEqual({});
    expect(captured('a/+', 'a/')).toEqual({});
    expect(captured('a/#', 'a')).toEqual({});
    expect(captured('a/#', 'a/b/c')).toEqual({});
    expect(captured('+/+', '/b')).toEqual({});
    expect(captured('a/+', 'a')).toBeNull();
    expect(captured('a/+', 'a/b/c')).toBeNull();
    expect(captured('+', '/a')).toBeNull();
    expect(captured('a', 'A')).toBeNull();
  });

  it('does not reach the topics of the broker with a wildcard', () => {
    expect(captured('#', '$SYS/broker')).toBeNull();
    expect(captured('+x/broker', '$SYS/broker')).toBeNull();
    expect(captured('$SYS/#', '$SYS/broker')).toEqual({});
  });

  it('has a form that the schema checks', () => {
    const form = new RegExp(TOPIC_PATTERN);
    for (const good of ['a', 'a/b', '+', '+a/+b', '#', 'a/#', '/a', 'a//b', 'plant/+area/+asset/+tag', '+/+x1']) {
      expect(form.test(good), good).toBe(true);
    }
    for (const bad of ['a#', '#/a', 'a/#/b', 'a+', 'a/b+/c', '+1', '+a-b']) expect(form.test(bad), bad).toBe(false);
  });
});

const level = fc.constantFrom('a', 'b', '', '$x');
const topic = fc.array(level, { minLength: 1, maxLength: 4 }).map((levels) => levels.join('/'));
const filter = fc
  .tuple(fc.array(fc.oneof(level, fc.constant('+')), { maxLength: 4 }), fc.boolean())
  .filter(([levels, isOpen]) => isOpen || levels.length > 0)
  .map(([levels, isOpen]) => [...levels, ...(isOpen ? ['#'] : [])].join('/'));

describe('covering', () => {
  it('means that whatever the inner filter matches, the outer one matches', () => {
    fc.assert(
      fc.property(filter, filter, topic, (outer, inner, sent) => {
        fc.pre(covers(outer, inner) && compileTopic(inner).match(sent) !== null);
        expect(compileTopic(outer).match(sent)).not.toBeNull();
      }),
      { numRuns: 300 },
    );
  });

  it('agrees with matching where the inner filter is a plain topic', () => {
    fc.assert(
      fc.property(filter, topic, (outer, sent) => {
        expect(covers(outer, sent)).toBe(compileTopic(outer).match(sent) !== null);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is true of every filter and itself', () => {
    for (const same of ['a', 'a/+', 'a/#', '#', '+/b']) expect(covers(same, same), same).toBe(true);
    expect(covers('a/+', 'a/#')).toBe(false);
    expect(covers('a/b', 'a/+')).toBe(false);
  });
});
