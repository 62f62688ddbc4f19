import { describe, expect, it } from 'vitest';
import { NOT_BEGUN, type WorkProgress } from '../model/work-order.ts';
import { type JobAct, moveJob } from './move-job.ts';

const AT = 1_790_000_000_000;
const who = { by: 'Kim', at: AT, startNote: null };
const start: JobAct = { kind: 'start', note: null };
const complete: JobAct = { kind: 'complete', found: 'fault', cause: 'dry bearing', remedy: 'greased', notes: null };
const cancel: JobAct = { kind: 'cancel', note: 'double' };

function moved(job: WorkProgress, act: JobAct): WorkProgress {
  const move = moveJob(job, act, who);
  if (move.kind !== 'moved') throw new Error(`the job was not moved: ${move.kind}`);
  return move.progress;
}

describe('a job', () => {
  it('is started, then done, with who, when and what was found', () => {
    const begun = moved(NOT_BEGUN, start);
    expect(begun).toEqual({ ...NOT_BEGUN, state: 'in progress', startedAt: AT, startedBy: 'Kim' });
    expect(moveJob(begun, complete, { ...who, by: 'Alex', at: AT + 1 })).toEqual({
      kind: 'moved',
      action: 'completed',
      progress: {
        ...{ state: 'done', startedAt: AT, startedBy: 'Kim', closedAt: AT + 1, closedBy: 'Alex' },
        ...{ found: 'fault', cause: 'dry bearing', remedy: 'greased', notes: null },
      },
    });
  });

  it('may be done without having been started, and cancelled with why', () => {
    expect(moved(NOT_BEGUN, complete)).toMatchObject({ state: 'done', startedAt: null, closedBy: 'Kim' });
    expect(moved(moved(NOT_BEGUN, start), cancel)).toMatchObject({ state: 'cancelled', found: null, notes: 'double' });
  });

  it('is as it was when the same is said again', () => {
    for (const act of [start, complete, cancel])
      expect(moveJob(moved(NOT_BEGUN, act), act, { ...who, at: AT + 1 })).toEqual({ kind: 'already' });
    const noted: JobAct = { kind: 'start', note: 'with Alex' };
    expect(moveJob(moved(NOT_BEGUN, noted), noted, { ...who, startNote: 'with Alex' })).toEqual({ kind: 'already' });
    expect(moveJob(moved(NOT_BEGUN, complete), complete, { ...who, by: 'Alex' })).toEqual({ kind: 'already' });
  });

  it('is started or cancelled once: who comes second, or with other words, is told so', () => {
    for (const [act, why] of [
      [start, 'the job is in progress: Kim has started it already'],
      [cancel, 'the job is cancelled: it cannot be cancelled otherwise any more'],
    ] as const) {
      const refused = { kind: 'refused', why: expect.stringContaining(why) };
      expect(moveJob(moved(NOT_BEGUN, act), act, { ...who, by: 'Alex' })).toEqual(refused);
      expect(moveJob(moved(NOT_BEGUN, act), { ...act, note: 'other words' }, who)).toEqual(refused);
    }
  });

  it('stays closed', () => {
    const done = moved(NOT_BEGUN, complete);
    const cancelled = moved(NOT_BEGUN, cancel);
    const otherwise: JobAct = { ...complete, found: 'nothing' };
    for (const [job, act] of [
      [done, start],
      [done, cancel],
      [done, otherwise],
      [cancelled, start],
      [cancelled, complete],
    ] as const)
      expect(moveJob(job, act, who)).toMatchObject({ kind: 'refused', why: expect.stringContaining(job.state) });
  });
});
