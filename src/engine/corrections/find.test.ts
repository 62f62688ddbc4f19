import { describe, expect, it } from 'vitest';
import { advance } from '../../alerts/advance.ts';
import { formatTime } from '../../model/time.ts';
import type { JournaledAlert } from '../../store/alert-history.ts';
import type { Change } from '../backtest/compare.ts';
import type { Episode } from '../backtest/episodes.ts';
import { findCorrections } from './find.ts';

const NOW = Date.UTC(2026, 10, 22, 12);
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

function episode(from: number, to: number | null): Episode {
  return {
    rule: 'flow-high',
    kind: 'machine',
    tag: 'pump.flow',
    asset: 'pump',
    priority: 'high',
    from,
    to,
    level: 'H',
    value: 9,
    limit: 5,
    explanation: 'flow is high',
  };
}

const isNew = (now: Episode): Change => ({ kind: 'new', before: null, now, shiftMs: null });
const find = (change: Change, journal: readonly JournaledAlert[], at = NOW) =>
  findCorrections([change], { journal, logId: 'log', at });

/** What a review that found nothing but this episode leaves behind, as the store gives it. */
function leftBehind(missed: Episode): JournaledAlert {
  const [correction] = find(isNew(missed), []);
  const { id, rule, tag, raisedAt, returnedAt, clearedAt } = advance(null, { ...correction!, position: 1 });
  const corrections = [correction!.note!];
  return { id, rule, tag, raisedAt, endedAt: returnedAt ?? clearedAt, raised: [], levels: [], corrections };
}

describe('an alert that a correction left behind', () => {
  const missed = episode(NOW - 3 * HOUR_MS, NOW - 3 * HOUR_MS + 10 * MINUTE_MS);

  it('ended when its condition did, not when that got known', () => {
    const [correction] = find(isNew(missed), []);
    expect(advance(null, { ...correction!, position: 1 })).toMatchObject({
      raisedAt: missed.from,
      returnedAt: missed.to,
      clearedAt: missed.to,
    });
  });

  it.each([
    ['ended', missed],
    ['was still active where history ended', { ...missed, to: null }],
  ])('and %s takes in no later one', (_, first) => {
    const before = leftBehind(first);
    const second = episode(NOW - HOUR_MS, NOW - HOUR_MS + 10 * MINUTE_MS);
    const found = find(isNew(second), [before], NOW + MINUTE_MS);
    expect(found).toMatchObject([
      { raisedAt: second.from, note: expect.stringContaining(`raised at ${formatTime(second.from)} and lasted`) },
    ]);
    expect(found[0]!.alert).not.toBe(before.id);
  });

  it('is the one whose beginning later readings move, again and again', () => {
    const before = leftBehind(missed);
    const [first, second] = [30_000, 50_000].map((each) => ({ ...missed, from: missed.from - each }));
    const isEarlier = (was: Episode, now: Episode): Change => ({ kind: 'earlier', before: was, now, shiftMs: 1 });
    expect(find(isEarlier(missed, first!), [before])).toMatchObject([
      { alert: before.id, note: expect.stringContaining(' 30 s earlier, at ') },
    ]);
    expect(find(isEarlier(first!, second!), [before])).toMatchObject([
      { alert: before.id, note: expect.stringContaining(' 50 s earlier, at ') },
    ]);
  });

  it('is not left behind a second time', () => {
    expect(find(isNew(missed), [leftBehind(missed)])).toEqual([]);
  });
});

describe('history that nobody was told of', () => {
  const imported = episode(NOW - 3 * HOUR_MS, null);

  it('is not told when late readings cut it in two', () => {
    const [first, rest] = [
      { ...imported, to: NOW - 2 * HOUR_MS },
      { ...imported, from: NOW - HOUR_MS },
    ];
    const changes: Change[] = [{ kind: 'same', before: imported, now: first, shiftMs: 0 }, isNew(rest)];
    expect(findCorrections(changes, { journal: [], logId: 'log', at: NOW })).toEqual([]);
  });

  it('is at the level at which it was without the late readings', () => {
    const known = leftBehind(imported);
    expect(find({ kind: 'same', before: imported, now: imported, shiftMs: 0 }, [known])).toEqual([]);
    const higher = { ...imported, level: 'HH' } as const;
    expect(find({ kind: 'same', before: imported, now: higher, shiftMs: 0 }, [known])).toMatchObject([
      { alert: known.id, note: 'late readings show that it would have reached HH' },
    ]);
  });
});

it('looks only at the alerts of what a change is about', () => {
  let looks = 0;
  const episodes = Array.from({ length: 40 }, (_, i) => ({ ...episode(NOW - HOUR_MS, NOW), tag: `pump-${i}.flow` }));
  const journal = episodes.map((each): JournaledAlert => {
    const alert = leftBehind(each);
    return {
      ...alert,
      get rule() {
        looks++;
        return alert.rule;
      },
    };
  });
  expect(findCorrections(episodes.map(isNew), { journal, logId: 'log', at: NOW })).toEqual([]);
  expect(looks).toBeLessThanOrEqual(3 * journal.length);
});
