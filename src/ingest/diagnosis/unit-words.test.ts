import { describe, expect, it } from 'vitest';
import { diagnose } from './diagnose.ts';
import { Observations } from './observations.ts';
import { plantTime } from './say.ts';

const MINUTE = 60_000;
const START = Date.parse('2026-11-20T10:40:00Z');
const END = START + 10 * MINUTE;

/** What is said at 10:50 of a source that came up at 10:40, always brought readings, and to which that happened. */
function say(kind: string, happen: (seen: Observations) => void) {
  const seen = new Observations();
  for (let now = START; now <= END; now += 3_000) seen.arrived(now, now);
  happen(seen);
  const status = { kind, state: 'up', since: START, attempts: 0, lastError: null, tags: 7 } as const;
  return diagnose({ now: END, status, lastErrorDetail: null, ...seen.facts(END) }, plantTime('UTC'));
}

describe('a unit that failed once', () => {
  const failing = (at: number) => (seen: Observations) => {
    for (let now = START; now <= END; now += 3_000) {
      seen.asked({ unit: '1', ms: 12 }, now);
      if (now < at) seen.asked({ unit: '2', ms: 12 }, now);
    }
    seen.asked({ unit: '2', code: 'request_timeout', ms: 1_000 }, at);
  };

  it('and was not asked since is not well', () => {
    expect(say('modbus', failing(END - 24_000))).toEqual({
      isWell: false,
      sentences: [
        'no answer from unit 2 since 10:49:33 (1 timeout), not asked again yet; unit 1 on the same bus answers in 12 ms: ' +
          'if it lasts, check power and address',
      ],
    });
  });

  it('a moment ago, or is asked only when there is something to ask, is nothing to walk for', () => {
    expect(say('modbus', failing(END - 3_000)).isWell).toBe(true);
    expect(say('opcua', failing(END - 24_000)).isWell).toBe(true);
  });
});
