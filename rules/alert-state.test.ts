import { describe, expect, it } from 'vitest';
import type { AlertState, Level } from '../src/model/alert.ts';
import {
  type AlertEvent,
  type AlertMemory,
  type AlertPolicy,
  type AlertTransition,
  calm,
  step,
} from './alert-state.ts';
import type { Verdict } from './detector.ts';

const finding = (value: number) => ({ value, limit: 4.5, explanation: `is ${value}` });
const high = (value = 5, level: Level = 'H'): AlertEvent => ({
  kind: 'condition',
  verdict: { state: 'abnormal', score: 1, level, finding: finding(value) },
});
const said = (verdict: Verdict): AlertEvent => ({ kind: 'condition', verdict });
const normal = said({ state: 'normal', score: 0 });
const unknown = said({ state: 'unknown' });
const tick: AlertEvent = { kind: 'tick' };
const acknowledge: AlertEvent = { kind: 'acknowledge', by: 'ana' };
const reset: AlertEvent = { kind: 'reset', by: 'ben' };

const delays: AlertPolicy = { onDelayMs: 30_000, offDelayMs: 60_000 };
const noDelays: AlertPolicy = { onDelayMs: 0, offDelayMs: 0 };

/** Plays `[second, event]` pairs and answers with where it ended and every effect as `effect@second`. */
function play(events: readonly (readonly [number, AlertEvent])[], policy: AlertPolicy) {
  let memory = calm;
  const effects: AlertTransition[] = [];
  for (const [second, event] of events) {
    const next = step(memory, event, second * 1_000, policy);
    memory = JSON.parse(JSON.stringify(next.memory)) as AlertMemory; // what a checkpoint does to it
    effects.push(...next.effects);
  }
  return { memory, effects, told: effects.map(({ effect, at }) => `${effect}@${at / 1_000}`) };
}

/** The shortest way into each state, without delays. */
const INTO: Readonly<Record<Exclude<AlertState, 'pending'>, readonly (readonly [number, AlertEvent])[]>> = {
  normal: [],
  unacknowledged: [[1, high()]],
  acknowledged: [
    [1, high()],
    [2, acknowledge],
  ],
  returned: [
    [1, high()],
    [2, normal],
  ],
};

describe('the alert machine without delays', () => {
  it.each<[Exclude<AlertState, 'pending'>, string, AlertEvent, AlertState, string[]]>([
    ['normal', 'condition true', high(), 'unacknowledged', ['raised@9']],
    ['normal', 'condition false', normal, 'normal', []],
    ['normal', 'unknown', unknown, 'normal', []],
    ['normal', 'tick', tick, 'normal', []],
    ['normal', 'acknowledge', acknowledge, 'normal', []],
    ['normal', 'reset', reset, 'normal', []],
    ['unacknowledged', 'condition true', high(), 'unacknowledged', []],
    ['unacknowledged', 'another level', high(8, 'HH'), 'unacknowledged', ['changed@9']],
    ['unacknowledged', 'condition false', normal, 'returned', ['returned@9']],
    ['unacknowledged', 'unknown', unknown, 'unacknowledged', []],
    ['unacknowledged', 'tick', tick, 'unacknowledged', []],
    ['unacknowledged', 'acknowledge', acknowledge, 'acknowledged', ['acknowledged@9']],
    ['unacknowledged', 'reset', reset, 'unacknowledged', []],
    ['acknowledged', 'condition true', high(), 'acknowledged', []],
    ['acknowledged', 'another level', high(8, 'HH'), 'acknowledged', ['changed@9']],
    ['acknowledged', 'condition false', normal, 'normal', ['cleared@9']],
    ['acknowledged', 'unknown', unknown, 'acknowledged', []],
    ['acknowledged', 'tick', tick, 'acknowledged', []],
    ['acknowledged', 'acknowledge', acknowledge, 'acknowledged', []],
    ['acknowledged', 'reset', reset, 'acknowledged', []],
    ['returned', 'condition true', high(), 'unacknowledged', ['raised again@9']],
    ['returned', 'condition false', normal, 'returned', []],
    ['returned', 'unknown', unknown, 'returned', []],
    ['returned', 'tick', tick, 'returned', []],
    ['returned', 'acknowledge', acknowledge, 'normal', ['cleared@9']],
    ['returned', 'reset', reset, 'returned', []],
  ])('%s and %s', (state, _name, event, expected, told) => {
    const way = INTO[state];
    const before = play(way, noDelays);
    expect(before.memory.state).toBe(state);
    const after = play([...way, [9, event]], noDelays);
    expect(after.memory.state).toBe(expected);
    expect(after.told.slice(before.told.length)).toEqual(told);
  });

  it('forgets everything when it is cleared', () => {
    expect(play([...INTO.returned, [9, acknowledge]], noDelays).memory).toEqual({ ...calm, since: 9_000 });
  });

  it('keeps the time it was first raised when it is raised again', () => {
    expect(play([...INTO.returned, [9, high()]], noDelays).memory).toMatchObject({ raisedAt: 1_000, since: 9_000 });
  });

  it('says who acknowledged, also when that clears it', () => {
    expect(play([...INTO.unacknowledged, [9, acknowledge]], noDelays).effects.at(-1)).toMatchObject({ by: 'ana' });
    expect(play([...INTO.returned, [9, acknowledge]], noDelays).effects.at(-1)).toMatchObject({
      effect: 'cleared',
      by: 'ana',
      finding: finding(5),
    });
  });
});

describe('the on-delay', () => {
  const pending = [[10, high(5)]] as const;

  it.each<[string, AlertEvent, AlertState]>([
    ['condition true', high(), 'pending'],
    ['condition false', normal, 'normal'],
    ['unknown', unknown, 'pending'],
    ['tick', tick, 'pending'],
    ['acknowledge', acknowledge, 'pending'],
    ['reset', reset, 'pending'],
  ])('pending and %s before it ends', (_name, event, state) => {
    const { memory, told } = play([...pending, [39.999, event]], delays);
    expect(memory.state).toBe(state);
    expect(told).toEqual([]);
  });

  it.each<[string, AlertEvent, string[], AlertState]>([
    ['a tick', tick, ['raised@40'], 'unacknowledged'],
    ['a reading that is still abnormal', high(), ['raised@40'], 'unacknowledged'],
    ['a reading that is normal', normal, ['raised@40'], 'unacknowledged'],
    ['an unknown verdict', unknown, ['raised@40'], 'unacknowledged'],
    ['an acknowledgement', acknowledge, ['raised@40', 'acknowledged@55'], 'acknowledged'],
    ['a reset', reset, ['raised@40'], 'unacknowledged'],
  ])('raises at the very end of it, noticed late by %s', (_name, event, told, state) => {
    const result = play([...pending, [55, event]], delays);
    expect(result.told).toEqual(told);
    expect(result.memory.state).toBe(state);
    expect(result.memory.raisedAt).toBe(40_000);
  });

  it('raises with the newest finding known when it ended', () => {
    const { effects, memory } = play([...pending, [25, high(6)], [55, high(9, 'HH')]], delays);
    expect(effects.map(({ effect, at, level, finding: f }) => [effect, at, level, f?.value])).toEqual([
      ['raised', 40_000, 'H', 6],
      ['changed', 55_000, 'HH', 9],
    ]);
    expect(memory).toMatchObject({ level: 'HH', finding: finding(9) });
  });

  it('begins anew after the condition was false in between', () => {
    expect(play([...pending, [20, normal], [25, high()], [54, tick], [56, tick]], delays).told).toEqual(['raised@55']);
  });

  it('does not run while the verdict is unknown', () => {
    const held = play([...pending, [20, unknown], [25, unknown], [300, tick], [400, high()]], delays);
    expect(held.told).toEqual([]);
    expect(held.memory.state).toBe('pending');
    const events = [...pending, [20, unknown], [400, high()], [419, tick], [421, tick]] as const;
    expect(play(events, delays).told).toEqual(['raised@420']);
  });

  it('is cancelled by a normal reading after an unknown time', () => {
    expect(play([...pending, [20, unknown], [400, normal], [500, tick]], delays)).toMatchObject({
      told: [],
      memory: { state: 'normal' },
    });
  });
});

describe('the off-delay', () => {
  const raised = [
    [10, high(5)],
    [50, tick],
  ] as const;

  it('returns or clears at the very end of it, however late it is noticed', () => {
    expect(play([...raised, [100, normal], [159, tick]], delays).told).toEqual(['raised@40']);
    expect(play([...raised, [100, normal], [200, tick]], delays).told).toEqual(['raised@40', 'returned@160']);
    expect(play([...raised, [60, acknowledge], [100, normal], [200, tick]], delays).told).toEqual([
      'raised@40',
      'acknowledged@60',
      'cleared@160',
    ]);
  });

  it('returns first and is raised again when the condition comes back after it ended', () => {
    expect(play([...raised, [100, normal], [170, high()]], delays).told).toEqual([
      'raised@40',
      'returned@160',
      'raised again@170',
    ]);
  });

  it('is cancelled when the condition comes back before it ended', () => {
    const events = [...raised, [100, normal], [150, high()], [165, tick], [170, normal], [229, tick]] as const;
    expect(play(events, delays).told).toEqual(['raised@40']);
    expect(play([...events, [230, tick]], delays).told).toEqual(['raised@40', 'returned@230']);
  });

  it('goes on running when somebody acknowledges meanwhile', () => {
    expect(play([...raised, [100, normal], [130, acknowledge], [160, tick]], delays).told).toEqual([
      'raised@40',
      'acknowledged@130',
      'cleared@160',
    ]);
  });

  it('does not run while the verdict is unknown', () => {
    const events = [...raised, [100, normal], [120, unknown], [1_000, tick], [2_000, normal], [2_039, tick]] as const;
    expect(play(events, delays).told).toEqual(['raised@40']);
    expect(play([...events, [2_040, tick]], delays).told).toEqual(['raised@40', 'returned@2040']);
  });

  it('never begins from an unknown verdict', () => {
    expect(play([...raised, [100, unknown], [10_000, tick]], delays)).toMatchObject({
      told: ['raised@40'],
      memory: { state: 'unacknowledged' },
    });
  });
});

describe('a latched alert', () => {
  const latched: AlertPolicy = { onDelayMs: 0, offDelayMs: 0, latch: true };
  type Way = readonly (readonly [number, AlertEvent])[];
  const ways = {
    unacknowledged: [[1, high()]],
    acknowledged: [
      [1, high()],
      [2, acknowledge],
    ],
    returned: [
      [1, high()],
      [2, normal],
    ],
    'awaits reset': [
      [1, high()],
      [2, normal],
      [3, acknowledge],
    ],
  } as const satisfies Record<string, Way>;

  it.each<[keyof typeof ways, string, AlertEvent, AlertState, boolean, string[]]>([
    ['unacknowledged', 'condition true', high(), 'unacknowledged', false, []],
    ['unacknowledged', 'another level', high(8, 'HH'), 'unacknowledged', false, ['changed@9']],
    ['unacknowledged', 'condition false', normal, 'returned', false, ['returned@9']],
    ['unacknowledged', 'unknown', unknown, 'unacknowledged', false, []],
    ['unacknowledged', 'tick', tick, 'unacknowledged', false, []],
    ['unacknowledged', 'acknowledge', acknowledge, 'acknowledged', false, ['acknowledged@9']],
    ['unacknowledged', 'reset', reset, 'unacknowledged', false, []],
    ['acknowledged', 'condition true', high(), 'acknowledged', false, []],
    ['acknowledged', 'another level', high(8, 'HH'), 'acknowledged', false, ['changed@9']],
    ['acknowledged', 'condition false', normal, 'acknowledged', true, ['returned@9']],
    ['acknowledged', 'unknown', unknown, 'acknowledged', false, []],
    ['acknowledged', 'tick', tick, 'acknowledged', false, []],
    ['acknowledged', 'acknowledge', acknowledge, 'acknowledged', false, []],
    ['acknowledged', 'reset', reset, 'acknowledged', false, []],
    ['returned', 'condition true', high(), 'unacknowledged', false, ['raised again@9']],
    ['returned', 'condition false', normal, 'returned', false, []],
    ['returned', 'unknown', unknown, 'returned', false, []],
    ['returned', 'tick', tick, 'returned', false, []],
    ['returned', 'acknowledge', acknowledge, 'acknowledged', true, ['acknowledged@9']],
    ['returned', 'reset', reset, 'returned', false, []],
    ['awaits reset', 'condition true', high(), 'unacknowledged', false, ['raised again@9']],
    ['awaits reset', 'another level', high(8, 'HH'), 'unacknowledged', false, ['raised again@9']],
    ['awaits reset', 'condition false', normal, 'acknowledged', true, []],
    ['awaits reset', 'unknown', unknown, 'acknowledged', true, []],
    ['awaits reset', 'tick', tick, 'acknowledged', true, []],
    ['awaits reset', 'acknowledge', acknowledge, 'acknowledged', true, []],
    ['awaits reset', 'reset', reset, 'normal', false, ['cleared@9']],
  ])('%s and %s', (state, _name, event, expected, awaitsReset, told) => {
    const way = ways[state];
    const before = play(way, latched);
    const after = play([...way, [9, event]], latched);
    expect(after.memory).toMatchObject({ state: expected, awaitsReset });
    expect(after.told.slice(before.told.length)).toEqual(told);
  });

  it('says who reset it', () => {
    expect(play([...ways['awaits reset'], [9, reset]], latched).effects.at(-1)).toMatchObject({ by: 'ben' });
  });
});

describe('the time to tell again', () => {
  const insistent: AlertPolicy = { onDelayMs: 0, offDelayMs: 60_000, reAlarmMs: 100_000 };

  it('repeats an alert that nobody acknowledges, again and again, at its own times', () => {
    expect(
      play(
        [
          [10, high()],
          [350, tick],
        ],
        insistent,
      ).told,
    ).toEqual(['raised@10', 're-alarmed@110', 're-alarmed@210', 're-alarmed@310']);
  });

  it('counts from the acknowledgement, and asks for another one', () => {
    const { told, memory } = play(
      [
        [10, high()],
        [60, acknowledge],
        [159, tick],
        [160, tick],
      ],
      insistent,
    );
    expect(told).toEqual(['raised@10', 'acknowledged@60', 're-alarmed@160']);
    expect(memory.state).toBe('unacknowledged');
  });

  it('ends when the alert has returned, and begins anew when it is raised again', () => {
    const events = [
      [10, high()],
      [20, normal],
      [1_000, tick],
      [1_010, high()],
      [1_110, tick],
    ] as const;
    expect(play(events, insistent).told).toEqual(['raised@10', 'returned@80', 'raised again@1010', 're-alarmed@1110']);
  });

  it('does not run while the verdict is unknown', () => {
    const events = [
      [10, high()],
      [60, unknown],
      [500, tick],
      [560, high()],
      [609, tick],
    ] as const;
    expect(play(events, insistent).told).toEqual(['raised@10']);
    expect(play([...events, [610, tick]], insistent).told).toEqual(['raised@10', 're-alarmed@610']);
  });

  it('counts from an acknowledgement that came while the verdict was unknown', () => {
    const events = [
      [10, high()],
      [60, unknown],
      [200, acknowledge],
      [500, high()],
      [599, tick],
    ] as const;
    expect(play(events, insistent).told).toEqual(['raised@10', 'acknowledged@200']);
    expect(play([...events, [600, tick]], insistent).told.at(-1)).toBe('re-alarmed@600');
  });

  it('never repeats a latched alert that only waits for its reset', () => {
    const latched = { ...insistent, offDelayMs: 0, latch: true };
    expect(
      play(
        [
          [10, high()],
          [20, normal],
          [30, acknowledge],
          [9_000, tick],
        ],
        latched,
      ).told,
    ).toEqual(['raised@10', 'returned@20', 'acknowledged@30']);
  });

  it('tells a bounded number of times of an age without a tick', () => {
    expect(
      play(
        [
          [10, high()],
          [100_000_000, tick],
        ],
        insistent,
      ).told.length,
    ).toBeLessThan(110);
  });
});

describe('time', () => {
  it('takes an event that is dated before the last transition as of that transition', () => {
    const { told } = play(
      [
        [10, high()],
        [50, tick],
        [39, normal],
      ],
      { onDelayMs: 30_000, offDelayMs: 0 },
    );
    expect(told).toEqual(['raised@40', 'returned@40']);
  });
});
