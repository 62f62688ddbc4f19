import { type EpochMs, type Finding, type Subject, sayDuration } from '../detector.ts';
import { sayNumber, withUnit } from '../say-number.ts';
import { sayHour } from '../seasonal/hour-of-week.ts';
import { type Alone, type AloneSeen, advanceAlone, endLearning, LONE_SCALES, startAlone } from './alone.ts';
import { beginAlone } from './begin-alone.ts';
import { TUNING } from './model.ts';
import type { Pattern } from './season.ts';
import { sidesOf } from './sides.ts';
import type { Lesson } from './watch.ts';

/** What one reading of a channel that is judged alone means. */
export interface AloneJudged {
  readonly seen: AloneSeen;
  /** With this reading an alarm begins. */
  readonly isOnset: boolean;
  /** Or one that lasted ends. */
  readonly isChange: boolean;
}

/** Takes in one reading and decides; `null` while it learns. `at`: the middle of the time that the reading is the mean of. */
export function judgeAlone(alone: Alone, at: EpochMs, value: number, lesson: Lesson): AloneJudged | null {
  if (alone.first) {
    beginAlone(alone, alone.first, at, value);
    return null;
  }
  const { subject, withinMs } = lesson;
  const needed = Math.max(lesson.learn, TUNING.leastReadings);
  const seen = advanceAlone(alone, at, value, {
    learn: alone.learnt || needed,
    timezone: subject.timezone ?? 'UTC',
    side: sidesOf(subject, 1)[0]!,
  });
  if (alone.learnt === 0) {
    const lastsMs = at - alone.since;
    const isTimeUp = withinMs !== null && lastsMs >= withinMs && alone.readings >= TUNING.leastReadings;
    if (alone.readings >= needed || isTimeUp) endLearning(alone, lastsMs / Math.max(1, alone.readings - 1));
    return null;
  }
  const was = alone.isAlarm;
  alone.isAlarm = was ? seen.ratio >= TUNING.release : seen.ratio > 1;
  const lasted = alone.alarmReadings;
  alone.alarmReadings = alone.isAlarm ? lasted + 1 : 0;
  if (alone.alarmReadings > TUNING.acceptAfter * alone.learnt) Object.assign(alone, startAlone());
  const isOnset = alone.isAlarm && !was;
  return { seen, isOnset, isChange: isOnset || (was && !alone.isAlarm && lasted >= TUNING.lasting) };
}

/** The finding of an alarm: one sentence with number, unit, what is normal and when, since when and how sure. */
export function explainAlone(
  { learnt, season }: Alone,
  { seen, value, lastedMs, subject }: { seen: AloneSeen; value: number; lastedMs: number; subject: Subject },
): Finding {
  const { tag, unit } = subject.inputs?.[0] ?? subject;
  const { expected, tolerance, isHigh, scale, ratio, sigmas } = seen;
  const said = (number: number) => withUnit(sayNumber(number), unit);
  const scatter = sayNumber(Number((ratio * sigmas).toPrecision(2)));
  const lasted = lastedMs > 0 ? ` for ${sayDuration(lastedMs)}` : '';
  const over = LONE_SCALES[scale] === 1 ? 'in this reading' : `over the last ${LONE_SCALES[scale]} readings`;
  return {
    value,
    limit: isHigh ? expected + tolerance : expected - tolerance,
    explanation:
      `${tag} is ${said(value)} where ${said(expected)} ± ${said(tolerance)} is normal${sayWhen(seen.pattern, season.hour)}: ` +
      `too ${isHigh ? 'high' : 'low'}${lasted}, ${over} ${scatter} times its usual scatter (learnt from ${learnt} readings)`,
    contributions: [{ tag, share: 1 }],
  };
}

function sayWhen(pattern: Pattern, hour: number): string {
  switch (pattern) {
    case 0:
      return '';
    case 1:
      return ` ${sayHour(hour).split(' ').slice(1).join(' ')}`;
    case 2:
      return ` ${sayHour(hour)}`;
  }
}
