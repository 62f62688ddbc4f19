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

  it('and is asked once a minute is not well only after two of its pauses', () => {
    const failing = (at: number) => (seen: Observations) => {
      for (let now = at - 5 * MINUTE; now <= END; now += MINUTE) {
        for (const ms of [12, 13]) seen.asked({ unit: '1', ms }, now + ms);
        if (now < at) for (const ms of [12, 13]) seen.asked({ unit: '2', ms }, now + ms);
      }
      seen.asked({ unit: '2', code: 'request_timeout', ms: 1_000 }, at);
    };
    expect(say('modbus', failing(END - 59_000)).isWell).toBe(true);
    expect(say('modbus', failing(END - 121_000)).isWell).toBe(false);
  });
});

describe('a node that a server refuses', () => {
  it('is named as the server does, with what to do', () => {
    const refuse = (seen: Observations) => {
      for (const at of [END - 2 * MINUTE, END - MINUTE, END]) {
        for (const unit of ['press.amps', 'press.volts']) seen.asked({ unit, code: 'BadNodeIdUnknown', ms: 3 }, at);
      }
      seen.asked({ unit: 'press.key', code: 'BadUserAccessDenied', ms: 3 }, END);
      seen.asked({ unit: 'press.odd', code: 'BadTypeMismatch', ms: 3 }, END);
    };
    expect(say('opcua', refuse)).toEqual({
      isWell: false,
      sentences: [
        'press.amps and press.volts: BadNodeIdUnknown (the server has no such node), 6 times since 10:48:00: ' +
          'check the spelling of its `nodeId`, and prefer `nsu=` to `ns=`',
        'press.key: BadUserAccessDenied (our user may not read it), 1 time since 10:50:00: ' +
          'give the user the right at the server, or use another',
        'press.odd: BadTypeMismatch, 1 time since 10:50:00: look it up in the manual of the server',
      ],
    });
  });

  it('and took two minutes ago is well, and no unit that answers', () => {
    const refuse = (seen: Observations) =>
      seen.asked({ unit: 'press.amps', code: 'BadNodeIdUnknown', ms: 3 }, END - 2 * MINUTE);
    expect(say('opcua', refuse)).toEqual({
      isWell: true,
      sentences: ['all good: connected since 10:40:00, last readings at 10:50:00'],
    });
  });
});
