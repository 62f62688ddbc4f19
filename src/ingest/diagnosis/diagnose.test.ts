import { describe, expect, it } from 'vitest';
import { diagnose } from './diagnose.ts';
import type { SourceFacts } from './facts.ts';
import { Observations } from './observations.ts';
import { plantTime } from './say.ts';
import type { Outcome } from './unit-record.ts';

const sayTime = plantTime('Europe/Berlin');
const at = (time: string) => Date.parse(`2026-11-20T${time}+01:00`);
const START = at('10:40:00');

/** A source that came up at 10:40:00, and what happened to it since. */
interface Story {
  readonly kind?: string;
  readonly status?: Partial<SourceFacts['status']>;
  readonly detail?: string;
  readonly now?: string;
  readonly happen?: (seen: Observations) => void;
}

function tell({ kind = 'modbus', status = {}, detail, now = '10:50:00', happen }: Story) {
  const seen = new Observations();
  happen?.(seen);
  const facts: SourceFacts = {
    now: at(now),
    status: { kind, state: 'up', since: START, attempts: 0, lastError: null, tags: 7, ...status },
    lastErrorDetail: detail ?? null,
    ...seen.facts(at(now)),
  };
  return diagnose(facts, sayTime);
}

/** Each of `units` gets an outcome every three seconds. */
function ask(
  seen: Observations,
  units: readonly string[],
  from: string,
  until: string,
  outcome: Omit<Outcome, 'unit'>,
) {
  for (let now = at(from); now <= at(until); now += 3_000) {
    for (const unit of units) seen.asked({ unit, ...outcome }, now);
  }
}

/** A batch every three seconds, `delayMs` old when it comes. */
function bring(seen: Observations, from: string, until: string, delayMs = 0) {
  for (let now = at(from); now <= at(until); now += 3_000) {
    seen.arrived(now - delayMs, now);
  }
}

const down = (code: string, message: string, attempts = 12): Partial<SourceFacts['status']> => ({
  state: 'waiting',
  since: at('10:42:03'),
  attempts,
  lastError: { code, message, at: at('10:49:59') },
});
const unreachable = down('connection_refused', 'cannot reach 10.0.4.21:502');
const six = ['1', '2', '3', '4', '5', '6'];

describe('a diagnosis', () => {
  it.each<[string, Story, readonly string[]]>([
    [
      'names the one unit of many that is silent, and what works beside it',
      {
        happen: (seen) => {
          bring(seen, '10:40:00', '10:50:00');
          ask(seen, six, '10:40:00', '10:50:00', { ms: 12 });
          ask(seen, ['7'], '10:40:00', '10:42:03', { ms: 14 });
          for (let i = 0; i < 201; i++) {
            seen.asked({ unit: '7', code: 'request_timeout', ms: 1_000 }, at('10:42:04') + i * 2_000);
          }
        },
      },
      [
        "no answer from unit 7 since 10:42:03 (201 timeouts); units 1–6 on the same bus answer in 12 ms: check unit 7's power and address",
      ],
    ],
    [
      'says of a unit that never answered since when it was asked',
      {
        happen: (seen) => {
          bring(seen, '10:40:00', '10:50:00');
          ask(seen, ['1'], '10:40:00', '10:50:00', { ms: 0.4 });
          ask(seen, ['9'], '10:40:00', '10:40:30', { code: 'exception_11', ms: 30 });
        },
      },
      [
        'no answer from unit 9 yet (11 times unreachable for the gateway since 10:40:00); ' +
          "unit 1 on the same bus answers in less than 1 ms: check unit 9's power and address",
      ],
    ],
    [
      'names several silent units in one sentence',
      {
        happen: (seen) => {
          bring(seen, '10:40:00', '10:50:00');
          ask(seen, [...six, '7', '9'], '10:40:00', '10:42:00', { ms: 12 });
          ask(seen, ['1', '2'], '10:42:03', '10:50:00', { ms: 12 });
          ask(seen, ['3', '4', '5', '7', '9'], '10:42:03', '10:42:30', { code: 'request_timeout', ms: 1_000 });
          ask(seen, ['6'], '10:42:03', '10:42:06', { code: 'connection_lost', ms: 3 });
        },
      },
      [
        'no answer from units 3–7 and 9 since 10:42:00 (50 timeouts and 2 broken connections); ' +
          "units 1 and 2 on the same bus answer in 12 ms: check the 6 units' power and address",
      ],
    ],
    [
      'sees that the gateway is there when none of its units answers',
      {
        status: down('request_timeout', 'unit 2 at 10.0.4.21:502 did not answer within 1000 ms', 20),
        happen: (seen) => {
          ask(seen, ['1', '2'], '10:40:00', '10:42:00', { ms: 12 });
          ask(seen, ['1', '2'], '10:42:03', '10:42:57', { code: 'request_timeout', ms: 1_000 });
        },
      },
      [
        'no answer from units 1 and 2 since 10:42:00 (38 timeouts), and nobody else does; the connection can be made: ' +
          'check power, addresses and the bus behind the gateway',
      ],
    ],
    [
      'tells a closed port from a dead host: refused',
      { status: unreachable, detail: 'ECONNREFUSED' },
      [
        'cannot reach 10.0.4.21:502 since 10:42:03 (12 attempts): the host is there, but nothing listens on that port: ' +
          'check the port, and that the service runs',
      ],
    ],
    [
      'tells a closed port from a dead host: no way to it',
      { status: down('connection_refused', 'cannot reach 10.0.4.21:502', 1), detail: 'EHOSTUNREACH' },
      [
        'cannot reach 10.0.4.21:502 since 10:42:03 (1 attempt): there is no way to that host: check its power, cable, switch and routing',
      ],
    ],
    [
      'tells a closed port from a dead host: silence',
      { status: down('connection_timeout', 'cannot reach 10.0.4.21:502') },
      [
        'cannot reach 10.0.4.21:502 since 10:42:03 (12 attempts): nothing answers at that address: check power, cable, address and firewall',
      ],
    ],
    [
      'says that a name is not known',
      { status: down('connection_refused', 'cannot reach plc-hall:502'), detail: 'ENOTFOUND' },
      [
        'cannot reach plc-hall:502 since 10:42:03 (12 attempts): nobody knows that name: check its spelling and the name server',
      ],
    ],
    [
      'says that a login is refused',
      {
        kind: 'mqtt',
        status: down('authentication_failed', 'mqtt://broker:1883 refuses the user name or password'),
      },
      [
        'mqtt://broker:1883 refuses the user name or password since 10:42:03 (12 attempts): check user name and password, ' +
          'and what that user may do',
      ],
    ],
    [
      'says what is wrong with a certificate',
      {
        kind: 'mqtt',
        status: down('certificate_refused', 'no trusted TLS connection to mqtts://broker:8883 (CERT_HAS_EXPIRED)'),
        detail: 'CERT_HAS_EXPIRED',
      },
      [
        'no trusted TLS connection to mqtts://broker:8883 (CERT_HAS_EXPIRED) since 10:42:03 (12 attempts): ' +
          'a certificate has expired or is not valid yet: renew it, and check the clocks on both sides',
      ],
    ],
    [
      'has an advice for a failure that nobody foresaw',
      { status: down('adapter_failed', 'x is not a function', 0) },
      ['x is not a function since 10:42:03: see the service log for the cause'],
    ],
    [
      'tells a slow unit that loses requests from a disturbed one',
      {
        happen: (seen) => {
          bring(seen, '10:40:00', '10:50:00');
          for (let i = 0; i < 32; i++) {
            const now = at('10:48:24') + i * 3_000;
            seen.asked(i % 8 === 3 ? { unit: '3', code: 'request_timeout', ms: 1_000 } : { unit: '3', ms: 810 }, now);
            seen.asked(i % 8 === 3 ? { unit: '4', code: 'request_timeout', ms: 1_000 } : { unit: '4', ms: 11 }, now);
          }
        },
      },
      [
        'unit 3 left 4 of 32 requests unanswered since 10:48:24 and answers the others in 810 ms: it is slow: raise `timeout`, or poll less often',
        'unit 4 left 4 of 32 requests unanswered since 10:48:24 and answers the others in 11 ms: something disturbs it: ' +
          'check cable, shield, termination, and who else asks it',
      ],
    ],
    [
      'says what a refused register is',
      {
        happen: (seen) => {
          bring(seen, '10:40:00', '10:50:00');
          ask(seen, ['1', '2'], '10:40:00', '10:50:00', { ms: 12 });
          for (let i = 0; i < 20; i++)
            seen.asked({ unit: '2', code: 'exception_2', ms: 9 }, at('10:40:10') + i * 30_000);
        },
      },
      [
        'unit 2: exception 2 (illegal address), 20 times since 10:40:10: check the register in the addresses of its bad tags',
      ],
    ],
    [
      'forgets a refusal that is over',
      {
        happen: (seen) => {
          bring(seen, '10:40:00', '10:50:00');
          ask(seen, ['2'], '10:40:00', '10:50:00', { ms: 12 });
          seen.asked({ unit: '2', code: 'exception_2', ms: 9 }, at('10:45:00'));
        },
      },
      ['all good: connected since 10:40:00, unit 2 answers in 12 ms, last readings at 10:50:00'],
    ],
    [
      'sees that a link comes and goes, also while it is there',
      {
        status: { since: at('10:49:30') },
        happen: (seen) => {
          bring(seen, '10:40:00', '10:50:00');
          for (const time of ['10:41:00', '10:43:10', '10:47:00', '10:49:20']) seen.broke(at(time));
        },
      },
      [
        'the link comes and goes: it broke 4 times since 10:41:00, last at 10:49:20: check cable and power, ' +
          'and that no second client uses the same name or session',
      ],
    ],
    [
      'sees that nothing has come over a link that is up',
      { kind: 'mqtt' },
      [
        'connected since 10:40:00, but nothing has come yet: check that the devices send, and the addresses or topics of its tags',
      ],
    ],
    [
      'hears a source that sends waveforms only',
      { kind: 'mqtt', happen: (seen) => seen.captured(at('10:49:30')) },
      ['all good: connected since 10:40:00, last waveform or frame at 10:49:30'],
    ],
    [
      'sees that nothing comes any more over a link that is up',
      { kind: 'mqtt', happen: (seen) => bring(seen, '10:40:00', '10:44:00') },
      [
        'connected since 10:40:00, but nothing has come since 10:44:00: check that the devices send, and the addresses or topics of its tags',
      ],
    ],
    [
      'does not take a server for silent that answers and has nothing new',
      {
        kind: 'opcua',
        happen: (seen) => {
          bring(seen, '10:40:00', '10:44:00');
          seen.asked({ ms: 900 }, at('10:49:55'));
        },
      },
      ['all good: connected since 10:40:00, last readings at 10:44:00'],
    ],
    [
      'leaves a source alone whose pauses are long by nature',
      {
        kind: 'mqtt',
        status: { since: at('06:00:00') },
        happen: (seen) => {
          for (let now = at('06:00:00'); now <= at('10:30:00'); now += 600_000) {
            seen.arrived(now, now);
          }
        },
      },
      ['all good: connected since 06:00:00, last readings at 10:30:00'],
    ],
    [
      'sees a clock that is ahead',
      { kind: 'opcua', happen: (seen) => bring(seen, '10:45:00', '10:50:00', -190_000) },
      ['its clock is 3 min ahead of ours: set the clocks on both sides (NTP)'],
    ],
    [
      'sees a clock that is behind',
      { kind: 'opcua', happen: (seen) => bring(seen, '10:45:00', '10:50:00', 300_000) },
      [
        'its readings are 5 min old when they arrive: its clock is behind, or something holds them back: set the clocks on both sides (NTP)',
      ],
    ],
    [
      'sees a full log',
      {
        happen: (seen) => {
          bring(seen, '10:45:00', '10:50:00');
          for (let i = 0; i < 30; i++) seen.refused(10, at('10:47:00') + i * 1_000);
          seen.discarded('log_full', { count: 20 }, at('10:47:30'));
        },
      },
      [
        'the readings log is full: 300 readings refused since 10:47:00: see /health/ready for what holds up the database',
      ],
    ],
    [
      'sees a full disk',
      {
        happen: (seen) => {
          bring(seen, '10:45:00', '10:50:00');
          seen.refused(5, at('10:46:00'));
          seen.refused(5, at('10:47:00'), 'the disk is full (0 MiB free of 8 MiB at /data/log)');
        },
      },
      ['the disk is full (0 MiB free of 8 MiB at /data/log): 10 readings refused since 10:46:00: make room there'],
    ],
    [
      'tells a slow log from a full one',
      {
        happen: (seen) => {
          bring(seen, '10:45:00', '10:50:00');
          seen.discarded('log_full', { count: 18 }, at('10:47:00'));
        },
      },
      [
        '18 readings missed since 10:47:00 because the readings log took long to take those before: ' +
          'check the disk and the load of this machine, and see /health/ready',
      ],
    ],
    [
      'says that what comes in is malformed, and keeps quiet about what is ordinary',
      {
        kind: 'http',
        status: { state: 'listening' },
        happen: (seen) => {
          bring(seen, '10:45:00', '10:50:00');
          seen.discarded('malformed', { count: 31 }, at('10:49:00'));
          seen.discarded('deadband', { count: 4_000 }, at('10:49:00'));
          seen.discarded('made_up_tomorrow', { count: 2 }, at('10:49:00'));
        },
      },
      [
        '31 of its messages or readings since 10:49:00 are malformed and cannot be read: check what is sent, and by whom',
        '2 of its messages or readings since 10:49:00 are not stored (made up tomorrow): check what is sent',
      ],
    ],
    [
      'says that all is good, and how fast',
      {
        happen: (seen) => {
          bring(seen, '10:40:00', '10:50:00');
          ask(seen, six, '10:40:00', '10:50:00', { ms: 12 });
        },
      },
      ['all good: connected since 10:40:00, units 1–6 answer in 12 ms, last readings at 10:50:00'],
    ],
    [
      'says that a push source waits for its first batch',
      { kind: 'http', status: { state: 'listening' } },
      ['nothing has been pushed since 10:40:00'],
    ],
    [
      'says when something was pushed last, and the day when it was another one',
      {
        kind: 'http',
        status: { state: 'listening' },
        happen: (seen) => seen.arrived(0, at('10:00:00') - 86_400_000),
      },
      ['all good: last pushed at 19 Nov 10:00:00'],
    ],
    [
      'says that it is still connecting for the first time',
      { status: { state: 'connecting', since: at('10:49:58'), attempts: 1 } },
      ['connecting since 10:49:58'],
    ],
  ])('%s', (_, story, sentences) => {
    const { isWell, sentences: said } = tell(story);
    expect(said).toEqual(sentences);
    expect(isWell).toBe(/^(all good|connecting|nothing has been pushed)/.test(sentences[0] ?? ''));
  });

  it('takes as much memory for a hundred thousand outcomes of ten thousand units as for a few', () => {
    const seen = new Observations();
    for (let i = 0; i < 100_000; i++) {
      const unit = String(i % 10_000);
      seen.asked(i % 3 === 0 ? { unit, code: `code_${i}`, ms: 1 } : { unit, ms: 1 }, START + i);
      seen.discarded(`reason_${i}`, { count: 1 }, START + i);
    }
    const { units, discards } = seen.facts(START + 100_000);
    expect(units).toHaveLength(256);
    expect(Math.max(...units.map(({ recent }) => recent.asked))).toBeLessThanOrEqual(32);
    expect(Math.max(...units.map(({ complaints }) => complaints.size))).toBeLessThanOrEqual(8);
    expect(discards.size).toBeLessThanOrEqual(64);
  });
});
